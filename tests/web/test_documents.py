"""Documents of several images: cameras primary, image_1, ...; a document has as many as stand before its last text."""

import json
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import vladata
from tests.corpora.made import jpeg, png
from tests.corpora.test_parquet import IMAGE
from tests.web.made import convert, counts, recipe, rejected, samples
from vladata.images import probe
from vladata.runs.verify import verify
from vladata.shards.storage import open_output


@pytest.fixture
def mmc4(tmp_path):
    """Documents of two images, of one, of three, and one whose image is missing."""
    (tmp_path / "images").mkdir()
    for i in range(4):
        (tmp_path / "images" / f"{i}.jpg").write_bytes(jpeg(i))

    def document(number, *before):
        shown = [{"image_name": f"{i}.jpg", "matched_text_index": text} for i, text in before]
        return {"url": f"http://x/{number}", "text_list": ["One.", "Two.", "Three."], "image_info": shown}

    lines = [
        document(0, (2, 2), (1, 0)),
        document(1, (3, 1)),
        document(2, (0, 0), (1, 0), (2, 2)),
        document(3, (9, 0)),
    ]
    source = tmp_path / "docs_shard_0_v2.jsonl"
    source.write_text("\n".join(map(json.dumps, lines)))
    return source, str(tmp_path / "images")


@pytest.mark.parametrize("size", [None, 16])
@pytest.mark.parametrize("fmt", ["webdataset", "tfrecord"])
def test_documents_of_differing_image_counts(fmt, size, mmc4, tmp_path):
    source, images = mmc4
    manifest = convert(source, tmp_path / "out", "mmc4", images=images, format=fmt, recipe=recipe(size=size))
    assert manifest["cameras"] == ["primary", "image_1", "image_2"]
    assert counts(manifest) == {"records": (4, 3, 0, 1), "pairs": (4, 3, 0, 1), "missing_image": (1, 1)}
    found = samples(tmp_path / "out")
    assert [(s.fields["prompt"], s.fields["target"]) for s in found] == [
        ("<image>\nOne.\nTwo.\n<image>", "Three."),
        ("One.\n<image>\nTwo.", "Three."),
        ("<image>\n<image>\nOne.\nTwo.\n<image>", "Three."),
    ]
    cameras = [["primary", "image_1"], ["primary"], ["primary", "image_1", "image_2"]]
    assert [list(s.images) for s in found] == cameras
    shown = [[bytes(image) for image in s.images.values()] for s in found]
    if size:
        assert {probe(image) for row in shown for image in row} == {(16, 16)}
    else:
        assert shown == [[jpeg(1), jpeg(2)], [jpeg(3)], [jpeg(0), jpeg(1), jpeg(2)]]
    in_index = sorted(map(len, vladata.open(tmp_path / "out").index["images"].to_pylist()))
    assert in_index == [1, 2, 3]
    assert list(verify(open_output(str(tmp_path / "out")))) == []


READ = """
import sys, tensorflow_datasets as tfds
built = tfds.builder_from_directory(sys.argv[1])
for row in tfds.as_numpy(built.as_dataset(split="train", shuffle_files=False)):
    print(row["target"].decode(), *[len(row["images"][name]) for name in ("primary", "image_1", "image_2")])
"""


def test_tfds_reads_documents_of_differing_image_counts(mmc4, tmp_path):
    """With nothing of vladata in its process. An image that a document has not is empty."""
    source, images = mmc4
    convert(source, tmp_path / "out", "mmc4", images=images, format="tfrecord", order="source")
    done = subprocess.run(
        [sys.executable, "-c", READ, str(tmp_path / "out")], capture_output=True, text=True, check=True
    )
    present = [[int(size) > 0 for size in line.split()[1:]] for line in done.stdout.splitlines()]
    assert present == [[True, True, False], [True, False, False], [True, True, True]]


def test_obelics(tmp_path):
    """Images in the rows of a Parquet file, in lists that are parallel to those of the texts."""

    def stored(data):
        return {"bytes": data, "path": None}

    images = [[stored(jpeg(1)), None, stored(png(2)), None], [None, stored(jpeg(3)), None, None]]
    texts = [[None, "First.", None, "Last."], ["Begin.", None, "Middle.", "End."]]
    table = pa.table({"images": pa.array(images, pa.list_(IMAGE)), "texts": texts})
    pq.write_table(table, tmp_path / "x.parquet")
    manifest = convert(tmp_path / "x.parquet", tmp_path / "out", "obelics")
    first, second = samples(tmp_path / "out")
    assert (first.fields["prompt"], first.fields["target"]) == ("<image>\nFirst.\n<image>", "Last.")
    assert (second.fields["prompt"], second.fields["target"]) == ("Begin.\n<image>\nMiddle.", "End.")
    assert [bytes(image) for image in first.images.values()] == [jpeg(1), png(2)]
    assert [bytes(image) for image in second.images.values()] == [jpeg(3)]
    assert manifest["image_kinds"] == {"primary": ["jpg"], "image_1": ["png"]}
    assert rejected(tmp_path / "out") == []
