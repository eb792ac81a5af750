"""Names of dimensions from GR00T's meta/modality.json."""

import json

import pytest

pytest.importorskip("av")

from tests.lerobot_data import Told, change_info, write_lerobot
from vladata.sources.infer import infer
from vladata.sources.readers import open_source

STATE = {"arm": {"start": 0, "end": 2}, "hand": {"start": 2, "end": 3}}


@pytest.fixture
def folder(tmp_path):
    found = write_lerobot(tmp_path / "so100", episodes=[Told(2)])
    info = json.loads((found / "meta/info.json").read_text())
    info["features"]["observation.state"]["names"] = None
    change_info(found, features=info["features"])
    return found


def names(folder, modality):
    (folder / "meta/modality.json").write_text(
        modality if isinstance(modality, str) else json.dumps(modality)
    )
    return open_source(folder).columns["observation.state"].names


def test_parts_name_the_dimensions(folder):
    assert names(folder, {"state": STATE}) == ("arm_0", "arm_1", "hand")
    assert "names: [arm_0, arm_1, hand]" in infer(open_source(folder)).text
    own = {name: part | {"original_key": "observation.state"} for name, part in STATE.items()}
    assert names(folder, {"state": own}) == ("arm_0", "arm_1", "hand")


@pytest.mark.parametrize(
    "modality",
    [
        "",
        "[]",
        '{"state": 3}',
        {"state": {"arm": {"start": 0, "end": 2}}},
        {"state": {"arm": {"start": 1, "end": 3}}},
        {"state": {"arm": {"start": 0, "end": 2}, "hand": {"start": 1, "end": 3}}},
        {"state": {"arm": {"start": "a", "end": 3}}},
        {"state": {"arm": {"start": 0, "end": 3, "original_key": "nothing"}}},
        {"state": {"arm": {"start": 0, "end": 10**12}}},
    ],
)
def test_parts_that_do_not_cover_a_row_name_nothing(folder, modality):
    assert names(folder, modality) == ()


def test_the_features_own_names_count_more(tmp_path):
    folder = write_lerobot(tmp_path / "so100", episodes=[Told(2)])
    assert names(folder, {"state": STATE}) == ("x", "y", "z")
