"""The remark on several action contracts in a mixture, on contracts that conversions wrote."""

import pytest

import vladata
from tests.conversion import convert
from tests.mix.made import mixture, settings
from tests.rlds_data import write_bridge_like
from vladata.mixtures.contracts import differences
from vladata.mixtures.run import begin
from vladata.spec import find


@pytest.fixture(scope="module")
def outs(tmp_path_factory):
    """Name -> an output: two of one recipe and other data, and one by RT-1's fixed bounds."""
    folder = tmp_path_factory.mktemp("contracts")
    for seed, name, recipe in ((0, "a", "rt2-pali-x"), (1, "b", "rt2-pali-x"), (0, "fixed", "rt1")):
        source = write_bridge_like(folder / f"source-{name}", episodes=3, steps=5, seed=seed)
        convert(source, folder / name, recipe=find.recipe(recipe))
    return {name: folder / name for name in ("a", "b", "fixed")}


def contracts(outs, *names):
    return {name: list(vladata.open(outs[name]).manifest.contracts.values()) for name in names}


def test_one_contract_is_no_remark(outs):
    twice = contracts(outs, "a") | {"again": contracts(outs, "a")["a"], "web": []}
    assert list(differences(twice)) == []


def test_other_bounds_are_named_by_their_dimensions(outs):
    (told,) = differences(contracts(outs, "a", "b"))
    assert told.startswith("2 action contracts are mixed (a; b): ")
    assert "They differ in the bounds of dx, dy, dz, droll and 2 more. " in told


def test_other_codecs_and_grippers_are_named(outs):
    a, b = contracts(outs, "a")["a"][0], contracts(outs, "fixed")["fixed"][0]
    assert "codec (rt2 and rt1)" in next(differences({"a": [a], "b": [b]}))
    turned = {**a, "digest": "other", "grippers": {"gripper": "closing_relative"}}
    assert "grippers (open_absolute and closing_relative)" in next(differences({"a": [a], "b": [turned]}))
    longer = {**a, "digest": "other", "names": [*a["names"][:-1], "left_gripper"]}
    assert "dimensions that not all have (gripper, left_gripper)" in next(
        differences({"a": [a], "b": [longer]})
    )


def test_a_mixture_remarks_it(outs, tmp_path):
    spec = mixture({"a": 1, "b": 1})
    with begin(settings(spec, tmp_path / "mixed", {"a": outs["a"], "b": outs["b"]})) as run:
        assert any(line.startswith("2 action contracts are mixed") for line in run.prepared.remarks)
