"""keep-ranges and errata: their form, and that a file is whole or not there."""

import contextlib
import json

import numpy as np
import pytest

from vladata.doctor.exports import Exports, ranges
from vladata.errors import OutputError


@pytest.mark.parametrize(
    ("steps", "cut", "kept"),
    [
        (5, [], [[0, 5]]),
        (5, [0, 1], [[2, 5]]),
        (5, [4], [[0, 4]]),
        (6, [2, 3, 2], [[0, 2], [4, 6]]),
        (3, [0, 1, 2], []),
        (0, [], []),
    ],
)
def test_ranges_are_what_is_left(steps, cut, kept):
    assert ranges(steps, np.array(cut, int)) == kept


def test_both_files(tmp_path):
    with Exports(str(tmp_path / "keep.json"), str(tmp_path / "errata.json")) as exports:
        exports.episode("train-00000-000000", 9, [np.array([3, 4]), np.array([4])])
        exports.episode("train-00000-000001", 2, [np.arange(2)])  # nothing left: not listed, and so dropped
        exports.exclude("train-00000-000002", "duplicate")
        exports.ask("train-00000-000003")
        assert not (tmp_path / "keep.json").exists()
    assert json.loads((tmp_path / "keep.json").read_text()) == {"train-00000-000000": [[0, 3], [5, 9]]}
    assert json.loads((tmp_path / "errata.json").read_text()) == {
        "train-00000-000002": {"exclude": "duplicate"},
        "train-00000-000003": {"instruction": ""},
    }
    assert len(list(tmp_path.iterdir())) == 2


def test_an_empty_file_is_an_object(tmp_path):
    with Exports(errata=str(tmp_path / "errata.json")):
        pass
    assert json.loads((tmp_path / "errata.json").read_text()) == {}


def test_what_fails_leaves_the_old_file(tmp_path):
    (tmp_path / "keep.json").write_text("old")
    exports = Exports(str(tmp_path / "keep.json"))
    with contextlib.suppress(KeyboardInterrupt), exports:
        exports.episode("e", 3, [])
        raise KeyboardInterrupt
    assert [(f.name, f.read_text()) for f in tmp_path.iterdir()] == [("keep.json", "old")]


def test_a_folder_that_is_not_there(tmp_path):
    where = str(tmp_path / "none" / "errata.json")
    with pytest.raises(OutputError, match="cannot write the file: No such file") as raised:
        Exports(str(tmp_path / "keep.json"), where).__enter__()
    assert raised.value.where == where
    assert list(tmp_path.iterdir()) == []
