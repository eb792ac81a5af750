"""Columns of a Parquet file, found by the paths of a declaration: plain bytes, dotted names, class labels; others are refused."""

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.corpora.made import index, jpeg, reasons, spec, tar, texts
from tests.corpora.test_parquet import stored, table
from vladata.corpora.corpus import open_corpus
from vladata.corpora.parquet import ROWS_AT_ONCE
from vladata.corpora.pictures import Pictures
from vladata.errors import MissingKey, SourceError
from vladata.spec.find import corpus


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
        MissingKey, match="none of the columns declared for the image holds encoded images"
    ) as caught:
        index("image_text_parquet", path)
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
    with pytest.raises(SourceError, match=r'"meta.en.text" and "meta" have the same path'):
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
    with pytest.raises(SourceError, match=r"expected captions, found whole numbers.*got 'label'") as caught:
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
