"""Names that a corpus gives to image files, and where they lead."""

import fsspec
import pytest

from tests.corpora.made import index, jpeg, spec
from vladata.corpora.corpus import open_corpus
from vladata.corpora.image_files import ImageFolder, check_folder, leads_elsewhere
from vladata.corpora.part import CorpusIndexing
from vladata.corpora.pictures import Pictures
from vladata.errors import MissingFile, SourceError, UnfitRecord, UsageError
from vladata.sources.folder import Folder


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.jpg", False),
        ("a/b..c.jpg", False),
        ("12:30.jpg", False),
        ("a:b.jpg", False),
        ("2020-01-01T12:30:00/1.jpg", False),
        ("a::b.jpg", False),
        ("a/http://b.jpg", False),
        ("..", True),
        ("a/../b.jpg", True),
        ("a\\..\\b.jpg", True),
        ("/a.jpg", True),
        ("\\a.jpg", True),
        ("//host/a.jpg", True),
        ("", True),
        ("a\0.jpg", True),
        ("C:/a.jpg", True),
        ("c:\\a.jpg", True),
        ("http://example.org/a.jpg", True),
        ("gs://a", True),
        ("a+b.c-1://d", True),
    ],
)
def test_names_that_lead_elsewhere(name, expected):
    assert leads_elsewhere(name) is expected


def test_colons_behind_a_url():
    """fsspec reads `::` as a chain: this one it would take for a.jpg."""
    folder = ImageFolder("memory://colons")
    system = fsspec.filesystem("memory")
    system.pipe("/colons/12:30.jpg", jpeg(1))
    system.pipe("/colons/a.jpg", jpeg(2))
    assert folder.read("12:30.jpg") == jpeg(1)
    with pytest.raises(UnfitRecord, match="the name leads out of the images folder") as caught:
        folder.read("a.jpg::file:///etc/passwd")
    assert caught.value.reason == "unsafe_name"


def test_colons_on_a_disk(tmp_path):
    (tmp_path / "a::b.jpg").write_bytes(jpeg(1))
    assert ImageFolder(str(tmp_path)).read("a::b.jpg") == jpeg(1)


PLAIN = spec('layout: json\nimage: {file: ["{image}"]}\npairs: [{task: caption, text: text}]')


@pytest.mark.parametrize(
    ("name", "kind", "says"),
    [
        ("gone", MissingFile, "the images folder does not exist"),
        ("x.json", MissingFile, "the images folder is a file"),
        ("empty", SourceError, "the images folder is empty"),
        ("memory://gone/images", MissingFile, "nothing lies in the images folder"),
    ],
)
def test_a_folder_without_images_is_told_at_once(tmp_path, name, kind, says):
    """And not as every record's own fault."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "x.json").write_text('[{"image": "a.jpg", "text": "x"}]')
    folder = name if "://" in name else str(tmp_path / name)
    with pytest.raises(kind, match=says) as caught:
        index(PLAIN, tmp_path / "x.json", folder)
    assert caught.value.where == folder
    assert caught.value.hint.startswith("Name the folder that holds the image files named by the records.")


def test_a_folder_that_may_hold_images(tmp_path, monkeypatch):
    (tmp_path / "deep").mkdir()
    check_folder(Folder(str(tmp_path)))
    fsspec.filesystem("memory").pipe("/some/images/deep/a.jpg", b"x")
    check_folder(Folder("memory://some/images"))
    monkeypatch.setattr(
        "vladata.sources.remote.describe", lambda url: 1 / 0
    )  # as where only files may be read
    check_folder(Folder("memory://gone"))
    check_folder(Folder("https://example.org/images"))


def linked(tmp_path):
    """LLaVA's usual layout: a link for each set of images, in one folder."""
    for name in ("coco", "gqa"):
        (tmp_path / "sets" / name).mkdir(parents=True)
        (tmp_path / "sets" / name / "a.jpg").write_bytes(jpeg())
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "coco").symlink_to(tmp_path / "sets" / "coco")
    (tmp_path / "images" / "b.jpg").symlink_to(tmp_path / "sets" / "gqa" / "a.jpg")
    (tmp_path / "x.json").write_text(
        '[{"image": "coco/a.jpg", "text": "x"}, {"image": "b.jpg", "text": "y"}]'
    )
    return tmp_path / "x.json", tmp_path / "images"


def with_links(source, images, *links):
    opened = open_corpus(PLAIN, [str(source)], str(images), links=[str(link) for link in links])
    indexer = CorpusIndexing(opened).indexer()
    return opened, indexer.part(opened.files[0]).to_pylist()


def test_links_may_lead_into_folders_that_are_named(tmp_path):
    source, images = linked(tmp_path)
    _, rows = with_links(source, images)
    assert [row["reason"] for row in rows] == ["unsafe_name"] * 2
    for row, folder in zip(rows, ("coco", "gqa"), strict=True):
        assert f"allow the folder that it leads into: --links-into {tmp_path}/sets/{folder}" in row["says"]
    _, rows = with_links(source, images, tmp_path / "sets" / "coco")
    assert [row["reason"] for row in rows] == [None, "unsafe_name"]
    opened, rows = with_links(source, images, tmp_path / "sets")
    assert [row["reason"] for row in rows] == [None, None]
    places = [(image["file"], image["offset"], image["length"]) for row in rows for image in row["images"]]
    assert Pictures(opened).read(places) == [jpeg()] * 2


def test_links_lead_into_folders_that_are_there(tmp_path):
    source, images = linked(tmp_path)
    with pytest.raises(MissingFile, match="there is no such folder for links to lead into"):
        with_links(source, images, tmp_path / "gone")
    with pytest.raises(UsageError, match="only a local images folder can have links that lead out of it"):
        with_links(source, "memory://some", tmp_path)
