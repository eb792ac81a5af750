"""Values as a notebook shows them: a short line or a small table, long texts cut with a sign, no HTML tags from the data."""

import base64
import io
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

import vladata
from tests.conversion import convert, recipe
from tests.manifests import MANIFEST
from vladata import notebook
from vladata.errors import BadImage
from vladata.footage import Footage
from vladata.records import Episode, Place, Sample

EVIL = '<script>alert(1)</script><img src=x onerror="alert(2)">'
TAGS = {"div", "strong", "table", "tr", "th", "td", "span", "br", "img", "em"}
ATTRIBUTES = {"style", "src"}


class Page(HTMLParser):
    """The tags, attributes and texts of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.sources: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.sources += [value for name, value in attrs if name == "src"]

    def handle_data(self, data):
        self.text += data

    @property
    def pictures(self):
        return [
            Image.open(io.BytesIO(base64.b64decode(source.removeprefix("data:image/jpeg;base64,"))))
            for source in self.sources
        ]


def harmless(html: str) -> Page:
    page = Page(html)
    assert page.tags <= TAGS
    assert page.attributes <= ATTRIBUTES
    assert all(source.startswith("data:image/jpeg;base64,") for source in page.sources)
    return page


def encoded(kind="PNG", size=(300, 200), mode="RGB"):
    file = io.BytesIO()
    Image.new(mode, size, 7).save(file, kind)
    return file.getvalue()


def sample(**fields):
    given = {"prompt": EVIL + "x" * 1000, "target": EVIL, "task": "action", "action": [0.5, -1.0]}
    images = {"primary": encoded(), "wrist<b>": memoryview(encoded("JPEG"))}
    return Sample(f"key{EVIL}", images, {**given, **fields})


def episode(**columns):
    place = Place("a.tfrecord", 0, 3, 0, 9)
    steps = {"action": np.zeros((5, 7), np.float32), "instruction": ["go <b>on</b>"] * 5, **columns}
    return Episode("bridge<i>", "train", place, steps, {"note": EVIL}, np.arange(5))


@pytest.fixture(scope="module")
def dataset(clean, tmp_path_factory):
    out = tmp_path_factory.mktemp("shown") / "out"
    convert(clean, out, recipe=recipe(cameras="all"))
    return vladata.open(str(out))


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("short", "'short'"),
        ("a" * 61, f"'{'a' * 60}'… (61 characters)"),
        ("two\nlines", "'two\\nlines'"),
        (b"x" * 1500, "1.5 kB"),
        (memoryview(b"abc"), "3 bytes"),
        (np.zeros((2, 7), np.float32), "float32 [2, 7]"),
        (np.array([0.5, -1], np.float32), "float32 [2]: 0.5 -1"),
        (np.zeros(9), "float64 [9]"),
        (np.zeros(0), "float64 [0]"),
        ([1, 0, 255], "3 numbers: 1 0 255"),
        (["a", "b"], "2 texts, the first 'a'"),
        ([b"a", b"bc"], "2 byte strings, 3 bytes"),
        ([], "0 entries"),
        ([{}, {}], "2 entries"),
        ({"file": 1, "offset": 2}, "2 entries: file, offset"),
        ({}, "0 entries"),
        (3.25, "3.25"),
        (None, "None"),
    ],
    ids=range(18),
)
def test_one_line_about_a_value(value, told):
    assert notebook.summary(value) == told


def test_a_long_list_of_names_says_how_many_more():
    assert notebook.listed(map(str, range(8))) == "0, 1, 2, 3, 4, 5, 6, 7"
    assert notebook.listed(map(str, range(11))) == "0, 1, 2, 3, 4, 5, 6, 7 and 3 more"


def test_a_sample_is_one_line():
    said = repr(replace(sample(), key="a-0001"))
    assert said == (
        f"<Sample a-0001: task 'action', prompt {EVIL + 'x' * 5!r}… (1,055 characters), target {EVIL!r}, "
        f"action 2 numbers: 0.5 -1; images: primary {len(encoded())} bytes, wrist<b> 1.6 kB>"
    )


def test_a_sample_with_a_fault_says_it():
    said = repr(replace(sample(), images={}, fault=BadImage("the image is cut")))
    assert said.endswith("; images: none; fault: the image is cut>")


def test_a_sample_in_a_notebook_runs_nothing_and_shows_pictures():
    page = harmless(sample()._repr_html_())
    assert EVIL in page.text
    assert "… (1,055 characters)" in page.text
    assert [(picture.format, picture.size) for picture in page.pictures] == [("JPEG", (96, 64))] * 2


def test_small_pictures_are_not_made_larger():
    (picture,) = harmless(notebook.thumbnail(encoded(size=(8, 300)))).pictures
    assert picture.size == (3, 96)
    (picture,) = harmless(notebook.thumbnail(encoded(size=(5, 4)))).pictures
    assert picture.size == (5, 4)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "image"),
        (b"<script>alert(1)</script>", "image"),
        (encoded()[:60], "cannot be decoded"),
        (encoded("PNG", (4, 4), "I;16"), "more than 8 bits"),
        (np.zeros((4, 4, 2), np.uint8), "uint8"),
    ],
    ids=["empty", "script", "cut", "depth", "two channels"],
)
def test_a_picture_that_is_none_is_replaced_by_the_reason(data, why):
    page = harmless(notebook.thumbnail(data))
    assert page.sources == []
    assert page.text.startswith("no picture: ")
    assert why in page.text


def test_an_episode_is_one_line():
    said = repr(episode(**{f"more_{n}": np.zeros(5) for n in range(9)}))
    assert said.startswith(
        "<Episode train-00000-000003 of bridge<i>: 5 steps; action float32 [5, 7], instruction 5 texts"
    )
    assert said.endswith(" and 3 more>")
    assert len(said) < 600


@pytest.mark.parametrize(
    "column",
    [
        [encoded()] * 5,
        np.zeros((5, 200, 300, 3), np.uint8),
        [np.zeros((200, 300, 1), np.uint8)] * 5,
    ],
    ids=["encoded", "pixels", "pixels of several sizes"],
)
def test_an_episode_in_a_notebook_shows_its_first_middle_and_last_step(column):
    page = harmless(episode(**{"images/primary": column})._repr_html_())
    assert [picture.size for picture in page.pictures] == [(96, 64)] * 3
    assert EVIL in page.text
    assert "bridge<i>" in page.text


class FaultyFilm:
    """A film whose second frame is not there."""

    size = (4, 6)

    def frames(self, times):
        return (BadImage(f"no frame at {t} s") if t == 2 else np.zeros((4, 6, 3), np.uint8) for t in times)


def test_a_video_is_decoded_at_the_steps_that_are_shown():
    page = harmless(episode(video=Footage(FaultyFilm(), np.arange(5.0)))._repr_html_())
    assert len(page.pictures) == 2
    assert "5 frames of a video" in page.text
    assert "no picture: no frame at 2.0 s" in page.text


def test_an_episode_without_steps_has_no_pictures():
    empty = replace(episode(), numbers=np.zeros(0, np.int64), steps={"images/primary": []})
    assert harmless(empty._repr_html_()).sources == []
    assert ": 0 steps; images/primary 0 entries>" in repr(empty)


def test_a_manifest():
    assert repr(replace(MANIFEST, digest="ab" * 32)) == (
        "<Manifest of bridge: kind robot, 10 samples (train 9, val 1), 1 shard, 100 bytes, webdataset, digest abababababab>"
    )
    page = harmless(replace(MANIFEST, name=EVIL)._repr_html_())
    assert EVIL in page.text
    assert "contract" in page.text


def test_a_dataset_is_one_line(dataset):
    told = "kind robot, 16 samples (train 16)"
    cameras = "cameras primary, secondary, third, fourth>"
    assert repr(dataset).startswith(f"<Dataset {dataset.url}: {told}, ")
    assert repr(dataset).endswith(f"webdataset; {cameras}")
    assert repr(dataset[2:5]).startswith(f"<Dataset {dataset.url}: 3 of its samples; {told}, ")


def test_a_dataset_in_a_notebook_shows_its_first_samples(dataset):
    page = harmless(dataset[4:]._repr_html_())
    assert len(page.pictures) == 3 * 4
    for sample in dataset[4:7]:
        assert sample.prompt in page.text
        assert sample.target in page.text
    assert dataset[7].images != dataset[6].images
    assert "sample 3" not in page.text
    assert len(harmless(dataset[:0]._repr_html_()).pictures) == 0


def test_a_damaged_dataset_can_be_shown(clean, tmp_path):
    convert(clean, tmp_path / "out", order="source")
    dataset = vladata.open(str(tmp_path / "out"))
    shard = tmp_path / "out" / dataset.manifest.shards[0].path
    shard.write_bytes(b"\0" * shard.stat().st_size)
    page = harmless(dataset._repr_html_())
    assert page.sources == []
    assert "sample 0" in page.text
