"""`--statistics SPLIT`, and the remark that says when it was probably meant."""

import pytest

import vladata
from tests.outcome import PLAIN
from tests.rlds_data import write_bridge_like

OPTIONS = ["--schema", PLAIN, "--recipe", "rt2-pali-x"]
REMARK = "The bounds of the bins come from val itself; --statistics train takes those of train.\n"


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_bridge_like(tmp_path_factory.mktemp("measured_by_command"), 5, (6, 4), val_episodes=2)


def test_a_split_of_its_own_bounds_is_remarked_upon(source, tmp_path, run):
    said = run("convert", "rlds2vla", source, tmp_path / "own", *OPTIONS, "--split", "val")
    assert (said.code, said.err) == (0, REMARK)


def test_the_option_gives_another_split_the_contract_of_train(source, tmp_path, run):
    options = [*OPTIONS, "--statistics", "train", "--dry-run", "--json"]
    contracts = [
        run("convert", "rlds2vla", source, tmp_path / "out", *options, "--split", split).json["contract"]
        for split in ("train", "val")
    ]
    assert contracts[0] == contracts[1]
    own = run(
        "convert", "rlds2vla", source, tmp_path / "out", *OPTIONS, "--split", "val", "--dry-run", "--json"
    )
    assert own.json["contract"] != contracts[0]


def test_no_remark_where_bounds_are_fixed(source, tmp_path, run):
    recipe = tmp_path / "mine.yaml"
    text = (vladata.recipe("rt2-pali-x").model_dump_json(exclude_none=True)).replace('"quantiles"', '"rt1"')
    recipe.write_text(text)
    options = ["--schema", PLAIN, "--recipe", recipe, "--split", "val"]
    said = run("convert", "rlds2vla", source, tmp_path / "out", *options)
    assert said.code == 0
    remarks = said.err.splitlines()
    assert remarks
    assert all(
        " of 256 bins: the data goes from " in line for line in remarks
    )  # and none of the statistics' split


def test_an_unknown_split_is_named(source, tmp_path, run):
    said = run("convert", "rlds2vla", source, tmp_path / "out", *OPTIONS, "--statistics", "trian")
    assert said.code != 0
    assert "trian" in said.err
    assert "train" in said.err
