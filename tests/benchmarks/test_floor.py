"""The floor does the whole job: a floor that leaves work out would flatter nobody, and fool everybody."""

import json
import tarfile

import numpy as np
import pytest

from benchmarks import floor
from vladata.formats.example import encode_example
from vladata.formats.tfrecord import frame

IMAGES = [b"first image", b"second"]
EPISODE = {
    "steps/observation/image": IMAGES,
    "steps/language_instruction": [b"pick up the mug"] * 2,
    "steps/action": np.array([[0, 0.5, -1, 1, 0, 0, 1], [0] * 7], np.float32).ravel(),
    "steps/observation/state": np.arange(4, dtype=np.float32),
    "steps/is_first": np.array([1, 0], np.int64),
}


@pytest.fixture
def rlds(tmp_path):
    (tmp_path / "toy-train.tfrecord-00003-of-00004").write_bytes(frame(encode_example(EPISODE)) * 2)
    return tmp_path


def test_every_step_becomes_two_members_that_tarfile_reads(rlds, tmp_path):
    assert floor.write(rlds, tmp_path / "out") == 4
    with tarfile.open(tmp_path / "out" / "000000.tar") as tar:
        members = {name: tar.extractfile(name).read() for name in tar.getnames()}
    assert list(members)[:4] == [f"00003-000000-000{t}.{kind}" for t in (0, 1) for kind in ("jpg", "json")]
    assert len(members) == 8
    assert members["00003-000001-0001.jpg"] == b"second"
    assert json.loads(members["00003-000000-0000.json"]) == {
        "prompt": "Q: what action should the robot take to pick up the mug? A:",
        "target": "1 128 192 0 255 128 128 255",
        "episode": "00003-000000",
        "step": 0,
        "state": [0.0, 1.0],
    }


def test_read_counts_the_steps(rlds):
    assert floor.read(rlds) == 4


def test_a_damaged_record_ends_it(rlds):
    (file,) = rlds.glob("*.tfrecord-*")
    data = bytearray(file.read_bytes())
    data[40] ^= 1
    file.write_bytes(data)
    with pytest.raises(SystemExit, match="00003-of-00004: a record is damaged"):
        floor.read(rlds)
