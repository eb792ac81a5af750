"""--statistics: the bounds of one split's bins from the data of another, as a validation set needs them."""

import numpy as np
import pytest

import vladata
from tests.outcome import convert_plainly, plainly
from tests.rlds_data import write_bridge_like
from vladata.errors import PlanDiffers
from vladata.robot.run import begin
from vladata.spec import find
from vladata.spec.action import QuantileBounds


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_bridge_like(tmp_path_factory.mktemp("measured"), 5, (6, 4), val_episodes=2)


@pytest.fixture(scope="module")
def train(source, tmp_path_factory):
    return convert_plainly(source, tmp_path_factory.mktemp("measured_train") / "out")


def test_val_gets_the_contract_of_train(source, train, tmp_path):
    val = convert_plainly(source, tmp_path / "out", split="val", measured="train")
    assert val["contract"] == train["contract"]
    assert val["statistics"] == train["statistics"]
    assert val["ledger"]["episodes"]["read"] == 2
    assert list(val["splits"]) == ["val"]
    assert val["source"]["measured"] == "train"
    actions = vladata.codec("rt2", vladata.open(tmp_path / "out").statistics["action"])
    sample = vladata.open(tmp_path / "out")[0].fields
    assert actions.encode(sample["action"], sample["terminate"]).tolist() == sample["bins"]


def test_left_out_they_are_its_own(source, train, tmp_path):
    val = convert_plainly(source, tmp_path / "out", split="val")
    assert val["statistics"]["action"]["count"] == val["ledger"]["steps"]["written"]
    assert val["contract"]["digest"] != train["contract"]["digest"]
    assert val["source"]["measured"] == "val"


def test_a_limit_does_not_cut_what_is_measured(source, train, tmp_path):
    few = convert_plainly(source, tmp_path / "out", limit=1, measured="train")
    assert few["ledger"]["episodes"]["read"] == 1
    assert few["contract"] == train["contract"]


def test_another_measured_split_is_another_plan(source, tmp_path):
    with begin(plainly(source, tmp_path / "out", split="val")):
        pass
    with pytest.raises(PlanDiffers, match="measured: '' there, 'train' here"):
        begin(plainly(source, tmp_path / "out", split="val", measured="train"))


def test_bounds_by_any_quantiles(source, tmp_path):
    """They are numpy's, over the very actions that are written; the contract says which."""
    rules = find.recipe("rt2-pali-x")
    action = rules.action.model_copy(update={"bounds": QuantileBounds(quantiles=(0.1, 0.75))})
    manifest = convert_plainly(source, tmp_path / "out", recipe=rules.model_copy(update={"action": action}))
    written = np.array([s.action for s in vladata.open(tmp_path / "out")], np.float64)
    low, high = np.quantile(written, [0.1, 0.75], axis=0).astype(np.float32)
    bounds = manifest["contract"]["bounds"]
    taken = [d for d, kind in enumerate(bounds["source"]) if kind == "quantiles 0.1 to 0.75"]
    assert taken
    assert [bounds["low"][d] for d in taken] == low[taken].tolist()
    assert [bounds["high"][d] for d in taken] == high[taken].tolist()
    assert list(manifest["statistics"]["action"]["quantiles"]) == ["0.1", "0.75"]
    assert manifest["recipe"]["action"]["bounds"] == {"quantiles": [0.1, 0.75]}
