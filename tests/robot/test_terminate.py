"""terminate: none, a setting of the codec: a target spells D numbers, and everything that counts them follows."""

import json

import numpy as np
import pytest

import vladata
from tests.conversion import convert
from tests.mix.made import mix, mixture
from tests.rlds_data import write_bridge_like
from vladata.errors import ParseError
from vladata.robot.rederive import rederive
from vladata.runs.verify import verify
from vladata.shards.storage import open_output
from vladata.spec import find

NAMES = ("dx", "dy", "dz", "droll", "dpitch", "dyaw", "gripper")


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_bridge_like(tmp_path_factory.mktemp("terminate"), 3, (6, 4))


def without_terminate():
    recipe = find.recipe("rt2-pali-x")
    return recipe.model_copy(update={"action": recipe.action.model_copy(update={"terminate": "none"})})


@pytest.fixture(scope="module", params=["webdataset", "tfrecord"])
def outs(request, source, tmp_path_factory):
    """The output with terminate, and without."""
    folder = tmp_path_factory.mktemp("outs")
    convert(source, folder / "first", format=request.param)
    convert(source, folder / "none", format=request.param, recipe=without_terminate())
    return folder / "first", folder / "none"


def test_a_target_is_the_same_without_its_first_number(outs):
    first, none = (vladata.open(out) for out in outs)
    assert len(first) == len(none) == 10
    for with_it, without in zip(first, none, strict=True):
        assert without.key == with_it.key
        assert without.fields["target"] == with_it.fields["target"].partition(" ")[2]
        assert without.fields["bins"] == with_it.fields["bins"][1:]
        for name in ("action", "terminate", "state", "prompt"):
            assert without.fields[name] == with_it.fields[name]
    assert {sample.fields["terminate"] for sample in none} == {0, 1}, "the step's own flag is still there"


def test_it_verifies_against_its_source(outs, source):
    for out in outs:
        output = open_output(str(out))
        assert [str(finding) for finding in (*verify(output), *rederive(output, str(source)))] == []


def test_contract_and_codec(outs):
    first, none = (vladata.open(out) for out in outs)
    assert none.contract["names"] == list(NAMES)
    assert none.contract["terminate"] is None
    assert first.contract["terminate"] == {
        "0": "the episode ends with this step",
        "1": "the episode goes on",
    }
    assert none.codec.spelled_names == NAMES
    target = none[0].fields["target"]
    bins = none.codec.parse(target)
    assert bins.shape == (7,)
    action = none.codec.decode(bins)
    within = np.clip(np.array(none[0].fields["action"]), none.codec.low, none.codec.high)
    assert (np.abs(action - within) <= none.codec.tolerance()).all()
    with pytest.raises(
        ParseError, match=r"8 numbers instead of 7; .* allowed: dx dy dz droll dpitch dyaw gripper,"
    ):
        none.codec.parse(f"1 {target}")
    assert none.contract["digest"] != first.contract["digest"]


def test_features_json_has_as_many_bins(outs):
    for out, width in zip(outs, ("8", "7"), strict=True):
        if vladata.open(out).manifest.format == "tfrecord":
            features = json.loads((out / "features.json").read_text())["featuresDict"]["features"]
            assert features["bins"]["tensor"]["shape"] == {"dimensions": [width]}
            assert features["action"]["tensor"]["shape"] == {"dimensions": ["7"]}


def test_in_a_mixture_of_both_the_number_of_bins_is_open(outs, tmp_path):
    if vladata.open(outs[0]).manifest.format != "tfrecord":
        pytest.skip("features.json is written beside TFRecord")
    mix(mixture({"a": 1, "b": 1}), tmp_path / "out", dict(zip("ab", outs, strict=True)), format="tfrecord")
    features = json.loads((tmp_path / "out" / "features.json").read_text())["featuresDict"]["features"]
    assert features["bins"]["tensor"]["shape"] == {"dimensions": ["-1"]}
    assert features["action"]["tensor"]["shape"] == {"dimensions": ["7"]}
    assert {len(sample.fields["bins"]) for sample in vladata.open(tmp_path / "out")} == {7, 8}
