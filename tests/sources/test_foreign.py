"""What is no RLDS dataset is named for what it is, with the next step."""

import json

import numpy as np
import pytest

from tests.rlds_data import tfds
from vladata.errors import VladataError
from vladata.sources.readers import open_source


def refusal(path):
    with pytest.raises(VladataError) as caught:
        open_source(path)
    return str(caught.value)


def test_one_record_a_step(tmp_path):
    lib = tfds()
    f = lib.features

    class Steps(lib.core.GeneratorBasedBuilder, skip_registration=True):
        VERSION = lib.core.Version("1.0.0")

        def _info(self):
            features = {
                "observation": {
                    "image": f.Image(shape=(8, 8, 3)),
                    "state": f.Tensor(shape=(7,), dtype=np.float32),
                },
                "action": f.Tensor(shape=(7,), dtype=np.float32),
                "is_last": np.bool_,
            }
            return lib.core.DatasetInfo(builder=self, features=f.FeaturesDict(features))

        def _split_generators(self, _):
            return {"train": self._generate_examples()}

        def _generate_examples(self):
            zeros = np.zeros(7, np.float32)
            for n in range(2):
                observation = {"image": np.zeros((8, 8, 3), np.uint8), "state": zeros}
                yield n, {"observation": observation, "action": zeros, "is_last": n == 1}

    Steps(data_dir=str(tmp_path)).download_and_prepare()
    said = refusal(tmp_path / "steps")
    assert said.startswith(
        "features.json: each record is one step instead of one episode; got 'action, is_last, obs"
    )
    assert "write the episodes again with TFDS" in said


@pytest.mark.parametrize(
    ("files", "named", "says"),
    [
        (
            {
                "meta/episodes.jsonl": "{}",
                "data/chunk-000/episode_000000.parquet": "PAR1",
                "videos/a.mp4": "x",
            },
            "",
            "this is not an RLDS dataset: it is, or holds, a LeRobot dataset",
        ),
        ({"demo_0.hdf5": "\x89HDF"}, "", "no episode can be read"),
        ({"lift/demo.hdf5": "\x89HDF"}, "", "this is not an RLDS dataset: it is, or holds, an HDF5 file"),
        ({"a.mcap": "x"}, "", "this is not an RLDS dataset: it is, or holds, an MCAP recording"),
        (
            {".zgroup": "{}", "data/.zarray": "{}"},
            "",
            "this is not an RLDS dataset: it is, or holds, a Zarr store",
        ),
        (
            {"train.tfrecord-00000-of-00001": "x"},
            "",
            "record files without dataset_info.json and features.json",
        ),
        (
            {"all/bridge/1.0.0/dataset_info.json": "{}", "all/bridge/1.0.0/features.json": "{}"},
            "",
            "this folder is too high: a dataset lies below it.\n  Give the dataset itself: {root}/all/bridge",
        ),
        (
            {"meta/info.json": "{}", "data/chunk-000/episode_000000.parquet": "PAR1"},
            "data/chunk-000",
            "this folder is within a LeRobot dataset.\n  Give the dataset itself: {root}",
        ),
        (
            {"meta/info.json": "{}", "data/chunk-000/episode_000000.parquet": "PAR1"},
            "data/chunk-000/episode_000000.parquet",
            "this is a file of a LeRobot dataset.\n  Give its folder: {root}",
        ),
        (
            {"manifest.json": "{}", "index.arrow": "x", "train/a.tar": "x"},
            "",
            "this is an output of vladata, which is made from a source and is not one.\n  Name the dataset that it was",
        ),
        (
            {"1.0.0/dataset_info.json": "{}", "1.0.0/features.json": "{}", "1.0.0/shards/x.txt": "x"},
            "1.0.0/shards",
            "this folder is within a dataset; the folder above it is the dataset.\n  Give that folder: {root}/1.0.0",
        ),
        (
            {"1.0.0/dataset_info.json": "{}", "1.0.0/features.json": "{}", "1.0.0/x.tfrecord": "x"},
            "1.0.0/x.tfrecord",
            "this is a file, but a dataset is a folder.\n  Give the folder of this file: {root}/1.0.0",
        ),
    ],
)
def test_a_folder(files, named, says, tmp_path):
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    place = tmp_path / named if named else tmp_path
    assert refusal(place).startswith(f"{place}: {says}".replace("{root}", str(tmp_path)))


@pytest.mark.parametrize(
    ("start", "says"),
    [
        (b"\x89HDF\r\n\x1a\n", "this is an HDF5 file, not an RLDS dataset"),
        (b"\x89MCAP0\r\n", "this is an MCAP recording, not an RLDS dataset"),
        (b"PAR1", "this is a Parquet file, not an RLDS dataset"),
        (bytes.fromhex("08000000000000007f9c9b9b"), "this is a file, but a dataset is a folder"),
        (json.dumps({"a": 1}).encode(), "this is a JSON file, not an RLDS dataset"),
    ],
)
def test_a_file(start, says, tmp_path):
    path = tmp_path / "data.bin"
    path.write_bytes(start)
    assert refusal(path).startswith(f"{path}: {says}")
