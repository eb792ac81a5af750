"""Frames, chunks and tails are read by every reader as vladata.open gives them, with nothing of vladata in its process.

chunks   two frames, two actions, tails repeated        cut      three actions, tails truncated
mixed    chunks beside the samples of a web corpus      unlike   chunks beside chunks of another robot of two dimensions
"""

import pytest

from tests.bridge_samples import comparable
from tests.conversion import convert, recipe
from tests.mix.made import mix, mixture, web
from tests.readers.mixtures import FORMATS, NARROW, opened
from vladata.spec.dataset import DatasetSpec
from vladata.spec.read import validate
from vladata.spec.windows import Windows

NAMES = ("chunks", "cut", "mixed", "unlike")
CHUNKS, CUT = {"history": 2, "chunk": 2, "tail": "repeat"}, {"chunk": 3, "tail": "truncate"}
SEVERAL = ("fourth", "primary")


def rules(windows, cameras=SEVERAL):
    return recipe(cameras=cameras).model_copy(update={"windows": Windows(**windows)})


@pytest.fixture(scope="module")
def outputs(source, tmp_path_factory):
    folder = tmp_path_factory.mktemp("windows")
    pairs, narrow = web(folder / "web", "pairs", 10), folder / "narrow"
    spec = validate(DatasetSpec, NARROW, "narrow.yaml")
    convert(source, narrow, spec=spec, recipe=rules(CUT, ("side",)), samples_per_shard=5)
    found = {}
    for fmt in FORMATS:
        for name, windows in {"chunks": CHUNKS, "cut": CUT}.items():
            out = folder / f"{name} {fmt}"
            convert(source, out, recipe=rules(windows), format=fmt, samples_per_shard=5)
            found[out.name] = opened(out)
        robot = folder / f"chunks {fmt}"
        for name, places in {
            "mixed": {"web": pairs, "robot": robot},
            "unlike": {"robot": robot, "narrow": narrow},
        }.items():
            out = folder / f"{name} {fmt}"
            mix(mixture(dict.fromkeys(places, 1), window=8), out, places, format=fmt, samples_per_shard=16)
            found[out.name] = opened(out)
    return found


def read_by(read, outputs, script, fmt, prefix=""):
    folders = {name: f"{prefix}{outputs[f'{name} {fmt}'].path}" for name in NAMES}
    found = read(script, *folders.values())
    return {name: found[folder] for name, folder in folders.items()}


def in_rows(sample):
    """What was read without the number of rows, which `mask` says."""
    rows = len(sample["mask"])
    for name in ("action", "bins"):
        values = sample[name]
        if values and not isinstance(values[0], list):
            width = len(values) // rows
            sample[name] = [values[i : i + width] for i in range(0, len(values), width)]
    return sample


def agree(expected, samples):
    found = {sample["key"]: {**comparable(sample), "contract": sample["contract"]} for sample in samples}
    assert len(found) == len(samples)
    assert found == expected.samples


def test_huggingface_by_the_card(read, outputs):
    for name, found in read_by(read, outputs, "read_huggingface.py", "webdataset", "card=").items():
        columns = found["train"]["columns"]["json"]
        for field in ("'action': List(List(Value('float32')))", "'bins': List(List(Value('int64')))"):
            assert field in columns
        for sample in found["train"]["samples"]:
            sample["images"] = {n.partition(".")[0]: i[0] for n, i in sample["images"].items() if i}
        agree(outputs[f"{name} webdataset"], found["train"]["samples"])


def test_huggingface_by_the_tars(read, outputs):
    """Where all samples have rows, the first of them say as much as the card."""
    folder = outputs["chunks webdataset"].path
    found = read("read_huggingface.py", f"webdataset={folder}")[f"webdataset={folder}"]
    for sample in found["train"]["samples"]:
        sample["images"] = {n.partition(".")[0]: i[0] for n, i in sample["images"].items() if i}
    agree(outputs["chunks webdataset"], found["train"]["samples"])


def test_webdataset(read, outputs):
    for name, found in read_by(read, outputs, "read_webdataset.py", "webdataset").items():
        expected = outputs[f"{name} webdataset"]
        for sample in found["train"]:
            order = [camera for camera in expected.cameras if camera in sample["images"]]
            assert list(sample["images"]) == order, "members come in the order that the manifest says"
            sample["images"] = {camera: image[1] for camera, image in sample["images"].items()}
        agree(expected, found["train"])
    assert list(outputs["chunks webdataset"].cameras) == ["fourth", "primary", "fourth-1", "primary-1"]


def test_tfds(read, outputs):
    shapes = {}
    for name, found in read_by(read, outputs, "read_tfds.py", "tfrecord").items():
        samples = found["splits"]["train"]["samples"]
        for sample in samples:
            sample["images"] = {camera: image[0] for camera, image in sample["images"].items() if image}
        agree(outputs[f"{name} tfrecord"], list(map(in_rows, samples)) if name == "unlike" else samples)
        shapes[name] = [found["shapes"][field] for field in ("action", "bins")]
        assert [line for line in found["warnings"] if "dtype` is deprecated" not in line] == []
    assert shapes == {
        "chunks": [[2, 7], [2, 8]],
        "cut": [[None, 7], [None, 8]],
        "mixed": [[None, 7], [None, 8]],
        "unlike": [[None], [None]],  # rows one after another: TFDS has no word for rows of several widths
    }


def test_tf_data(read, outputs):
    for name, found in read_by(read, outputs, "read_tf_data.py", "tfrecord").items():
        for sample in found["train"]:
            sample["images"] = {camera: image[0] for camera, image in sample["images"].items() if image}
        agree(outputs[f"{name} tfrecord"], list(map(in_rows, found["train"])))


def test_they_hold_what_they_are_named_for(outputs):
    for fmt in FORMATS:
        kinds = {
            name: {
                (len(s["action"]), len(s["frames"]) if "frames" in s else None, s["valid"])
                for s in outputs[f"{name} {fmt}"].samples.values()
            }
            for name in NAMES
        }
        assert kinds["chunks"] == {(2, 2, 1), (2, 2, 2)}
        assert kinds["cut"] == {(n, None, n) for n in (1, 2, 3)}
        assert kinds["mixed"] == {*kinds["chunks"], (0, 0, 0)}
        assert kinds["unlike"] == {*kinds["chunks"], *((n, 1, n) for n in (1, 2, 3))}
