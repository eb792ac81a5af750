"""Parquet as Hugging Face's datasets and pyarrow write it."""

import errno
import io

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.corpora.made import bomb, index, jpeg, png, reasons, spec, texts
from vladata.corpora.corpus import CorpusFile
from vladata.corpora.parquet import PLACES, ROWS_AT_ONCE
from vladata.errors import MissingKey, SourceError

IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def table(path, images, captions, **more):
    columns = {"image": pa.array(images, IMAGE), "text": pa.array(captions, pa.string()), **more}
    pq.write_table(pa.table(columns), path, row_group_size=7)
    return path


def stored(data, path=None):
    return {"bytes": data, "path": path}


def test_rows_across_row_groups(tmp_path):
    count = ROWS_AT_ONCE * 2 + 3
    path = table(
        tmp_path / "train-00000-of-00001.parquet",
        [stored(jpeg(i), f"{i}.jpg") for i in range(count)],
        [f"caption {i}" for i in range(count)],
        unused=pa.array([b"x" * 100] * count),
    )
    rows = index("image_text_parquet", path)
    assert [(row["record"], texts(row), row["images"][0]["offset"]) for row in rows] == [
        (i, [f"caption {i}"], i << PLACES) for i in range(count)
    ]
    assert [row["images"][0]["length"] for row in rows] == [len(jpeg(i)) for i in range(count)]


def test_what_hugging_face_writes(tmp_path):
    features = datasets.Features({"image": datasets.Image(), "text": datasets.Value("string")})
    data = {"image": [stored(jpeg(1)), stored(png(2))], "text": ["one", "two"]}
    datasets.Dataset.from_dict(data, features).to_parquet(tmp_path / "data" / "x.parquet")
    rows = index("image_text_parquet", tmp_path / "data")
    assert [texts(row) for row in rows] == [["one"], ["two"]]
    assert [row["images"][0]["length"] for row in rows] == [len(jpeg(1)), len(png(2))]


def test_numbers_as_texts(tmp_path):
    """What counts is text; what is missing, or endless, is none."""
    numbers = pa.array([1.5, float("nan"), float("inf"), None])
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"image": pa.array([stored(jpeg())] * 4, IMAGE), "text": numbers}), path)
    rows = index("image_text_parquet", path)
    assert reasons(rows) == [None, "missing_text", "malformed_record", "missing_text"]
    assert texts(rows[0]) == ["1.5"]


def test_rows_that_are_unfit(tmp_path):
    images = [stored(jpeg()), None, stored(None, "elsewhere.jpg"), stored(b"<html>"), stored(bomb()),
              stored(jpeg()[:-90]), stored(jpeg()), stored(jpeg()), stored(jpeg())]  # fmt: skip
    captions = ["fine", "a", "b", "c", "d", "e", None, " ", "x" * 10_000_000]
    rows = index("image_text_parquet", table(tmp_path / "x.parquet", images, captions))
    assert reasons(rows) == [
        None, "missing_image", "missing_image", "bad_image", "bad_image", "bad_image", "missing_text",
        "missing_text", "too_large",
    ]  # fmt: skip


def test_a_text_that_is_no_utf8(tmp_path):
    broken = pa.array([b"fine", b"\xff\xfe"], pa.binary()).view(pa.string())
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"image": pa.array([stored(jpeg())] * 2, IMAGE), "text": broken}), path)
    assert reasons(index("image_text_parquet", path)) == [None, "bad_text"]


@pytest.mark.parametrize(
    ("column", "is_said"), [("url", True), ("image_url", True), ("link", True), ("curly", False)]
)
def test_a_table_of_links_without_the_column_of_images(tmp_path, column, is_said):
    pq.write_table(pa.table({column: ["http://a/b.jpg"], "text": ["x"]}), tmp_path / "x.parquet")
    with pytest.raises(MissingKey, match="the file has no such column; got 'image'") as caught:
        index("image_text_parquet", tmp_path / "x.parquet")
    assert ("img2dataset fetches them and packs them as tars or Parquet" in str(caught.value)) is is_said


def test_a_column_that_is_not_there(tmp_path):
    pq.write_table(
        pa.table({"image": pa.array([stored(jpeg())], IMAGE), "caption": ["x"]}), tmp_path / "x.parquet"
    )
    with pytest.raises(MissingKey, match=r"x.parquet: the file has no such column; got 'text'") as caught:
        index("image_text_parquet", tmp_path / "x.parquet")
    assert "The declaration image_text_parquet names it." in str(caught.value)


@pytest.mark.parametrize("size", [0, 10, 3000, -10])
def test_files_that_are_cut(tmp_path, size):
    path = table(tmp_path / "x.parquet", [stored(jpeg(i)) for i in range(20)], ["x"] * 20)
    path.write_bytes(path.read_bytes()[:size])
    (row,) = index("image_text_parquet", path)
    assert row["outcome"] == "rejected"
    says = "the Parquet file is damaged from here on" if size else "this is an empty file"
    assert says in row["says"]


def test_a_damaged_page_keeps_what_stands_before_it(tmp_path):
    path = table(tmp_path / "x.parquet", [stored(jpeg(i)) for i in range(70)], ["x"] * 70)
    place = pq.ParquetFile(path).metadata.row_group(6).column(0).data_page_offset
    data = bytearray(path.read_bytes())
    data[place : place + 40] = b"\xff" * 40
    path.write_bytes(data)
    rows = index("image_text_parquet", path)
    assert rows[-1]["outcome"] == "rejected"
    assert reasons(rows[:-1]) == [None] * (len(rows) - 1)
    assert len(rows) - 1 == rows[-1]["record"] <= 42


NAMED = spec('layout: parquet\nimage: {file: ["{path}"]}\npairs: [{task: caption, text: text}]')
ONE_OF = spec("layout: parquet\nimage: {data: [image.bytes, jpg]}\npairs: [{task: caption, text: text}]")
CAULDRON = spec(
    """
layout: parquet
image: {data: [images.bytes]}
pairs: [{task: vqa, each: texts, question: user, answers: assistant}]
"""
)


def test_images_named_by_a_column(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jpg").write_bytes(jpeg(4))
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"path": ["a.jpg", "../x.parquet", None], "text": ["x"] * 3}), path)
    rows = index(NAMED, path, tmp_path / "in")
    assert reasons(rows) == [None, "unsafe_name", "missing_image"]
    assert rows[0]["images"][0]["file"] == "a.jpg"


def test_the_column_that_is_there(tmp_path):
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"jpg": [jpeg(1)], "text": ["x"]}), path)
    assert reasons(index(ONE_OF, path)) == [None]


def test_a_list_of_images_and_several_questions(tmp_path):
    path = tmp_path / "x.parquet"
    asked = [{"user": "What?", "assistant": "That."}, {"user": "Who?", "assistant": "Me."}]
    pq.write_table(
        pa.table({"images": [[stored(jpeg(1)), stored(jpeg(2))], []], "texts": [asked, asked]}), path
    )
    rows = index(CAULDRON, path)
    assert [(row["record"], row["pair"], row["question"], row["reason"]) for row in rows] == [
        (0, 0, "What?", None),
        (0, 1, "Who?", None),
        (1, 0, "", "missing_image"),
    ]
    assert [image["offset"] for image in rows[1]["images"]] == [0, 1]


def test_documents_as_obelics_has_them(tmp_path):
    path = tmp_path / "x.parquet"
    columns = {
        "images": pa.array(
            [[stored(jpeg(1)), None, stored(jpeg(2)), None, stored(jpeg(3))], [None, stored(None, "u")]],
            pa.list_(IMAGE),
        ),
        "texts": [[None, "One.", None, "Two.", None], ["One.", None]],
    }
    pq.write_table(pa.table(columns), path)
    rows = index("obelics", path)
    assert rows[0]["question"] == "<image>\nOne.\n<image>"
    assert texts(rows[0]) == ["Two."]
    assert [image["offset"] for image in rows[0]["images"]] == [0, 2]
    assert reasons(rows) == [None, "missing_image"]


def test_a_disk_that_fails_is_not_the_files_fault(tmp_path, monkeypatch):
    """An index that is kept must not hold what a network said once."""
    path = table(tmp_path / "x.parquet", [stored(jpeg())], ["x"])

    class Failing(io.BytesIO):
        def read(self, size=-1):
            raise TimeoutError(errno.ETIMEDOUT, "timed out")

    monkeypatch.setattr(CorpusFile, "open", lambda self: Failing(path.read_bytes()))
    with pytest.raises(SourceError, match=r"x\.parquet: it cannot be read: timed out"):
        index("image_text_parquet", path)


URLS = spec("layout: parquet\nimage: {data: [url]}\npairs: [{task: caption, text: text}]")
WHOLE = spec("layout: parquet\nimage: {data: [image]}\npairs: [{task: caption, text: text}]")
LINKS = "A table of links holds no images: img2dataset fetches them and packs them as tars or Parquet."


@pytest.mark.parametrize(
    ("declared", "columns", "says"),
    [
        (URLS, {"url": ["http://x/a.jpg"]}, LINKS),
        ("image_text_parquet", {"image": ["http://x/a.jpg"]}, LINKS),
        (WHOLE, {"image": pa.array([stored(jpeg())], IMAGE)}, "Declare `image: {data: [image.bytes]}`."),
        (
            "obelics",
            {"images": [["http://x/a.jpg", None]], "texts": [[None, "a"]]},
            "x.parquet: the list of a document's images holds neither bytes nor names of files; got 'images.bytes (no such "
            f"field)'; allowed: columns of bytes: none is there; names of files.\n  {LINKS}",
        ),
    ],
)
def test_a_column_that_cannot_hold_images(tmp_path, declared, columns, says):
    pq.write_table(pa.table({"text": ["x"], **columns}), tmp_path / "x.parquet")
    with pytest.raises(MissingKey) as caught:
        index(declared, tmp_path / "x.parquet")
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("right", "got", "hint"),
    [
        ("http://x/a.jpg", "right (string)", LINKS),
        (stored(jpeg()), "right (struct<bytes: binary, path: null>)", "Declare `image: {data: [left, right.bytes]}`."),
        ({"path": "a.jpg"}, "right (struct<path: string>)", LINKS),
    ],
)  # fmt: skip
def test_a_second_image_that_is_none(tmp_path, right, got, hint):
    """The first alone would be another sample."""
    pq.write_table(pa.table({"left": [jpeg()], "right": [right], "text": ["x"]}), tmp_path / "x.parquet")
    both = spec("layout: parquet\nimage: {data: [left, right]}\npairs: [{task: caption, text: text}]")
    with pytest.raises(MissingKey, match="a column declared for an image holds no encoded") as caught:
        index(both, tmp_path / "x.parquet")
    assert caught.value.got == repr(got)
    assert hint in caught.value.hint


def test_a_second_image_that_is_missing(tmp_path):
    columns = {"left": [jpeg(), jpeg(), None], "right": [jpeg(1), None, jpeg(1)], "text": ["x"] * 3}
    pq.write_table(pa.table(columns), tmp_path / "x.parquet")
    both = spec("layout: parquet\nimage: {data: [left, right]}\npairs: [{task: caption, text: text}]")
    rows = index(both, tmp_path / "x.parquet")
    assert reasons(rows) == [None, "missing_image", "missing_image"]
    assert "right: the record has fewer images than are declared" in rows[1]["says"]
    assert "left: an image is missing before another; got 'right'" in rows[2]["says"]
