"""Image-text records written by TFDS, and read without it."""

import shutil

import numpy as np
import pytest

from tests.corpora.made import bomb, index, jpeg, reasons, spec, texts
from tests.damage import files, flip
from tests.rlds_data import write
from vladata.corpora.corpus import open_corpus
from vladata.corpora.pictures import Pictures
from vladata.errors import MissingFile, MissingKey, SourceError, UnsupportedFeature, UsageError
from vladata.spec.find import corpus


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    def features():
        import tensorflow_datasets as tfds

        caption = {"id": np.int64, "text": tfds.features.Text()}
        return tfds.features.FeaturesDict(
            {
                "image": tfds.features.Image(encoding_format="jpeg"),
                "image/filename": tfds.features.Text(),
                "image/id": np.int64,
                "captions": tfds.features.Sequence(caption),
            }
        )

    def records(count, first):
        for i in range(first, first + count):
            captions = [{"id": 10 * i + k, "text": f"caption {i}.{k}"} for k in range(2)]
            data = bomb() if i == 3 else jpeg(i)
            yield {"image": data, "image/filename": f"{i}.jpg", "image/id": i, "captions": captions}

    folder = tmp_path_factory.mktemp("tfds")
    splits = {"train": lambda: records(4, 0), "val": lambda: records(2, 10)}
    return write(folder, "coco_captions", features, splits, num_shards=2)


def test_records(source):
    rows = index("tfds_coco_captions", source)
    assert [(row["file"][-14:], row["record"], row["pair"], row["key"], row["reason"]) for row in rows] == [
        ("00000-of-00002", 0, 0, "0.jpg", None),
        ("00000-of-00002", 0, 1, "0.jpg", None),
        ("00000-of-00002", 1, 0, "1.jpg", None),
        ("00000-of-00002", 1, 1, "1.jpg", None),
        ("00001-of-00002", 0, 0, "2.jpg", None),
        ("00001-of-00002", 0, 1, "2.jpg", None),
        ("00001-of-00002", 1, 0, "3.jpg", "bad_image"),
    ]
    assert [texts(row) for row in rows[:2]] == [["caption 0.0"], ["caption 0.1"]]
    image = rows[2]["images"][0]
    data = (source / rows[2]["file"]).read_bytes()
    assert data[image["offset"] : image["offset"] + image["length"]] == jpeg(1)


def test_splits(source):
    declared = corpus("tfds_coco_captions")
    assert len(index(declared, source.parent, split="val")) == 4
    assert len(open_corpus(declared, [str(source)], split="train+val").files) == 4
    with pytest.raises(
        UsageError, match=r"a part of a split cannot be converted as a corpus; allowed: whole splits"
    ):
        open_corpus(declared, [str(source)], split="train[:50%]")
    with pytest.raises(UsageError, match="a TFDS dataset is one version folder"):
        open_corpus(declared, [str(source), str(source)])


def test_a_feature_that_is_not_there(source):
    declared = corpus("tfds_coco_captions").model_copy(update={"key": "image.name"})
    with pytest.raises(MissingKey, match=r"features.json: the data has no such feature; got 'image.name'"):
        index(declared, source)


def test_damage(source, tmp_path):
    copy = tmp_path / "coco_captions" / "1.0.0"
    shutil.copytree(source, copy)
    first, second = files(copy)
    flip(first, 200)
    second.write_bytes(second.read_bytes()[:-30])
    rows = index("tfds_coco_captions", copy)
    assert reasons(rows) == ["corrupt_record", None, None, None, None, "truncated_file"]
    second.write_bytes(b"")
    assert "expected 2 records by dataset_info.json, found 0" in index("tfds_coco_captions", copy)[-1]["says"]


def test_another_file_format_is_refused(source, tmp_path):
    copy = tmp_path / "coco_captions" / "1.0.0"
    shutil.copytree(source, copy)
    info = copy / "dataset_info.json"
    info.write_text(info.read_text().replace('"tfrecord"', '"array_record"'))
    with pytest.raises(
        SourceError,
        match=r"vladata does not read a corpus in this file format; got 'array_record'\.\n  TFDS can convert it",
    ):
        index("tfds_coco_captions", copy)


def test_documents(tmp_path):
    """Images and texts in lists of their own, and where each image goes."""
    import tensorflow_datasets as tfds

    def features():
        return tfds.features.FeaturesDict(
            {
                "texts": tfds.features.Sequence(tfds.features.Text()),
                "images": tfds.features.Sequence(tfds.features.Image(encoding_format="jpeg")),
                "before": tfds.features.Sequence(np.int32),
            }
        )

    def records():
        yield {"texts": ["One.", "Two."], "images": [jpeg(1), jpeg(2)], "before": [1, 0]}
        yield {"texts": ["One.", "Two."], "images": [], "before": []}

    source = write(tmp_path, "documents", features, {"train": records})
    declared = spec(
        "layout: tfds\nimage: {data: [images]}\n"
        "pairs: [{task: interleaved, texts: texts, images: images, before: before}]"
    )
    rows = index(declared, source)
    assert reasons(rows) == [None, "missing_image"]
    assert (rows[0]["question"], texts(rows[0])) == ("<image>\nOne.\n<image>", ["Two."])
    read = Pictures(open_corpus(declared, [str(source)]))
    places = [(rows[0]["file"], image["offset"], image["length"]) for image in rows[0]["images"]]
    assert read.read(places) == [jpeg(2), jpeg(1)]


def labelled(tmp_path):
    """A class label at the top, and others in a list of maps."""
    import tensorflow_datasets as tfds

    def features():
        label = tfds.features.ClassLabel(names=["a cat", "a dog"])
        return tfds.features.FeaturesDict(
            {
                "image": tfds.features.Image(encoding_format="jpeg"),
                "image/label": label,
                "objects": tfds.features.Sequence({"label": label}),
                "count": np.int64,
            }
        )

    def records():
        yield {"image": jpeg(1), "image/label": "a dog", "objects": {"label": ["a cat", "a dog"]}, "count": 3}
        yield {"image": jpeg(2), "image/label": -1, "objects": {"label": []}, "count": 4}

    return write(tmp_path, "labelled", features, {"train": records})


def captions_of(path):
    return spec(f"layout: tfds\nimage: {{data: [image]}}\npairs: [{{task: caption, text: {path}}}]")


def test_class_labels_are_their_names(tmp_path):
    source = labelled(tmp_path)
    rows = index(captions_of("image.label"), source)
    assert [(texts(row), row["reason"]) for row in rows] == [(["a dog"], None), ([], "missing_text")]
    rows = index(captions_of("objects.label"), source)
    assert [texts(row) for row in rows] == [["a cat"], ["a dog"], []]
    with pytest.raises(SourceError, match=r"expected captions, found whole numbers.*got 'count'"):
        index(captions_of("count"), source)
    (source / "image.label.labels.txt").unlink()
    with pytest.raises(
        MissingFile, match="the feature image/label holds class labels, and the file with their names"
    ):
        index(captions_of("image.label"), source)


def test_images_of_other_numbers_than_bytes_are_refused(tmp_path):
    """TFDS stores float pixels as a PNG that opens, with other colours than anybody meant."""
    import tensorflow_datasets as tfds

    def features():
        return tfds.features.FeaturesDict(
            {
                "float": tfds.features.Image(shape=(4, 4, 1), dtype=np.float32),
                "depth": tfds.features.Image(shape=(4, 4, 1), dtype=np.uint16, encoding_format="png"),
                "pixels": tfds.features.Tensor(shape=(4, 4, 3), dtype=np.uint8),
                "text": tfds.features.Text(),
            }
        )

    def records():
        yield {
            "float": np.zeros((4, 4, 1), np.float32),
            "depth": np.zeros((4, 4, 1), np.uint16),
            "pixels": np.zeros((4, 4, 3), np.uint8),
            "text": "a dog",
        }

    source = write(tmp_path, "numbers", features, {"train": records})
    for name, held in (("float", "float32"), ("depth", "uint16"), ("pixels", "uint8")):
        declared = spec(f"layout: tfds\nimage: {{data: [{name}]}}\npairs: [{{task: caption, text: text}}]")
        with pytest.raises(UnsupportedFeature) as raised:
            index(declared, source)
        assert str(raised.value) == (
            "features.json: expected an encoded picture of 8 bits a channel, but this feature holds "
            f"{held}; got '{name}'.\n  If it is a picture, write it as an Image of uint8 (times 255 if its numbers lie within "
            "0 to 1); else name another feature in the schema."
        )
