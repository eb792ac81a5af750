"""Parquet as Hugging Face's datasets and pyarrow write it."""

import errno
import io

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.corpora.made import bomb, index, jpeg, png, reasons, spec, tar, texts
from vladata.corpora.corpus import CorpusFile, open_corpus
from vladata.corpora.parquet import PLACES, ROWS_AT_ONCE
from vladata.corpora.pictures import Pictures
from vladata.errors import MissingKey, SourceError
from vladata.spec.find import corpus

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
    says = "this is no Parquet from here on" if size else "this is an empty file"
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
    with pytest.raises(MissingKey, match="a column that is named for an image holds no encoded") as caught:
        index(both, tmp_path / "x.parquet")
    assert caught.value.got == repr(got)
    assert hint in caught.value.hint


@pytest.mark.parametrize("name", ["image", "image.bytes"])
@pytest.mark.parametrize(
    "kind", [pa.binary(), pa.large_binary(), pa.dictionary(pa.int32(), pa.binary()), pa.null()]
)
def test_columns_that_can_hold_images(tmp_path, kind, name):
    empty = pa.types.is_null(kind)
    images = pa.nulls(1) if empty else pa.array([jpeg()], pa.binary()).cast(kind)
    pq.write_table(pa.table({"text": ["x"], name: images}), tmp_path / "x.parquet")
    rows = index("image_text_parquet", tmp_path / "x.parquet")
    assert reasons(rows) == ["missing_image" if empty else None]
    assert empty or pictures_of("image_text_parquet", tmp_path / "x.parquet", rows) == [jpeg()]


def test_a_second_image_that_is_missing(tmp_path):
    columns = {"left": [jpeg(), jpeg(), None], "right": [jpeg(1), None, jpeg(1)], "text": ["x"] * 3}
    pq.write_table(pa.table(columns), tmp_path / "x.parquet")
    both = spec("layout: parquet\nimage: {data: [left, right]}\npairs: [{task: caption, text: text}]")
    rows = index(both, tmp_path / "x.parquet")
    assert reasons(rows) == [None, "missing_image", "missing_image"]
    assert "right: the record has fewer images than are declared" in rows[1]["says"]
    assert "left: an image is missing before another; got 'right'" in rows[2]["says"]


def plain_table(path, **columns):
    pq.write_table(pa.table(columns), path)
    return path


def test_a_column_of_plain_bytes(tmp_path):
    path = plain_table(
        tmp_path / "x.parquet", image=pa.array([jpeg(1), None, b""], pa.binary()), text=["a", "b", "c"]
    )
    rows = index("image_text_parquet", path)
    assert reasons(rows) == [None, "missing_image", "bad_image"]
    assert (texts(rows[0]), rows[0]["images"][0]["length"]) == (["a"], len(jpeg(1)))
    assert [bytes(data) for data in pictures_of("image_text_parquet", path, rows[:1])] == [jpeg(1)]


def pictures_of(named, path, rows):
    opened = open_corpus(corpus(named) if isinstance(named, str) else named, [str(path)])
    places = [(row["file"], image["offset"], image["length"]) for row in rows for image in row["images"]]
    return Pictures(opened).read(places)


@pytest.mark.parametrize(
    ("columns", "got", "hint"),
    [
        (
            {"image": ["http://a.b/c.jpg"]},
            "image.bytes (no such field), image (string)",
            "A table of links holds no images",
        ),
        (
            {"image": [3], "jpg": [b"x"]},
            "image.bytes (no such field), image (int64)",
            "Declare `image: {data: [jpg]}`",
        ),
    ],
)
def test_an_image_column_that_holds_no_bytes_is_told(tmp_path, columns, got, hint):
    path = plain_table(tmp_path / "x.parquet", text=["a"], **columns)
    with pytest.raises(
        MissingKey, match="no column that is named for the image holds encoded images"
    ) as caught:
        index("image_text_parquet", path)
    assert caught.value.got == repr(got)
    assert hint in caught.value.hint


DOTTED = "layout: parquet\nimage: {data: [image.jpg]}\npairs: [{task: caption, text: meta.en.text}]"


def test_columns_whose_names_hold_dots(tmp_path):
    count = ROWS_AT_ONCE + 3
    images = [jpeg(n) for n in range(count)]
    columns = {
        "image.jpg": images,
        "meta.en.text": [f"caption {n}" for n in range(count)],
        "other.x": [1] * count,
    }
    path = plain_table(tmp_path / "x.parquet", **columns)
    rows = index(spec(DOTTED), path)
    assert [texts(row) for row in rows] == [[f"caption {n}"] for n in range(count)]
    assert pictures_of(spec(DOTTED), path, rows) == images


def test_a_dotted_column_may_hold_a_field(tmp_path):
    path = plain_table(tmp_path / "x.parquet", **{"image.jpg": [jpeg()], "meta.en": [{"text": "a"}]})
    assert texts(index(spec(DOTTED), path)[0]) == ["a"]


def test_columns_that_one_path_could_mean_both(tmp_path):
    both = DOTTED.replace("image: {", "key: meta.id\nimage: {")
    path = plain_table(
        tmp_path / "x.parquet", **{"image.jpg": [jpeg()], "meta.en.text": ["a"], "meta": [{"id": 1}]}
    )
    with pytest.raises(SourceError, match=r'"meta.en.text" and "meta" could both be meant by one path'):
        index(spec(both), path)


LABELLED = "layout: parquet\nimage: {data: [image.bytes]}\npairs: [{task: caption, text: label}]"


def test_class_labels_of_hugging_face_are_their_names(tmp_path):
    label = datasets.ClassLabel(names=["a cat", "a dog"])
    features = datasets.Features({"image": datasets.Image(), "label": label})
    data = {"image": [stored(jpeg(n)) for n in range(3)], "label": [1, 0, None]}
    datasets.Dataset.from_dict(data, features).to_parquet(tmp_path / "x.parquet")
    rows = index(spec(LABELLED), tmp_path / "x.parquet")
    assert reasons(rows) == [None, None, "missing_text"]
    assert [texts(row) for row in rows[:2]] == [["a dog"], ["a cat"]]


def test_class_labels_in_a_list_and_in_a_field(tmp_path):
    label = datasets.ClassLabel(names=["cat", "dog"])
    features = datasets.Features(
        {"image": datasets.Image(), "label": datasets.Sequence(label), "of": {"it": label}}
    )
    data = {"image": [stored(jpeg())], "label": [[1, 0]], "of": [{"it": 1}]}
    datasets.Dataset.from_dict(data, features).to_parquet(tmp_path / "x.parquet")
    assert [texts(row) for row in index(spec(LABELLED), tmp_path / "x.parquet")] == [["dog"], ["cat"]]
    assert [
        texts(row)
        for row in index(spec(LABELLED.replace("text: label", "text: of.it")), tmp_path / "x.parquet")
    ] == [["dog"]]


def test_a_caption_that_is_a_number_without_a_name_is_refused(tmp_path):
    path = table(tmp_path / "x.parquet", [stored(jpeg())], ["x"], label=[3])
    with pytest.raises(SourceError, match=r"whole numbers, which are no captions.*got 'label'") as caught:
        index(spec(LABELLED), path)
    assert "a column of text" in caught.value.hint


def test_a_tar_under_a_parquet_schema(tmp_path):
    found = tar(tmp_path / "x.tar", [("1.jpg", jpeg())]).rename(tmp_path / "x.parquet")
    (row,) = index("image_text_parquet", found)
    assert (row["outcome"], row["reason"]) == ("rejected", "corrupt_record")
    assert (
        "this is a tar archive, and the schema image_text_parquet (layout parquet) reads Parquet files"
        in row["says"]
    )
    assert "with a corpus schema of layout webdataset" in row["says"]
