"""`vladata doctor --recipe`, and vladata.examine: the bins that each dimension uses, as a dry run counts them."""

import pytest

import vladata
from tests.outcome import PLAIN
from vladata.errors import UsageError
from vladata.robot.run import index_here
from vladata.spec import find


@pytest.fixture(autouse=True)
def here(monkeypatch):
    """The command reads the files in this process, without the seconds of a worker."""
    monkeypatch.setattr("vladata.commands.doctor.index", lambda sources, running: index_here(sources))


def recipe(folder, name, **keys):
    """The shipped recipe with other keys, as a file."""
    path = folder / "mine.yaml"
    spec = find.recipe(name)
    path.write_text(spec.model_copy(update=keys).model_dump_json(exclude_none=True))
    return path


def of(said, kind):
    return [finding for finding in said.json["findings"] if finding["kind"] == kind]


def examined(run, source, name, *more):
    return run("doctor", source, "--schema", PLAIN, "--recipe", name, "--images", 0, "--json", *more)


def test_bounds_of_another_robot_are_a_warning_with_the_figures_of_a_dry_run(clean, tmp_path, run):
    (found,) = of(said := examined(run, clean, "rt1"), "bins")
    assert said.json["recipe"] == "rt1"
    assert found["severity"] == "warning"
    options = ("--schema", PLAIN, "--recipe", "rt1", "--split", "train+val", "--dry-run", "--json")
    dry = run("convert", "rlds2vla", clean, tmp_path / "out", *options).json
    assert found["evidence"]["bins"] == dry["bins"]
    assert found["evidence"]["clipping"] == dry["clipping"]
    few = found["evidence"]["few"]
    assert few == [line.split(" uses ")[0] for line in dry["remarks"] if " bins: " in line]
    dx = dry["bins"]["dx"]["used"]
    assert found["says"].startswith(f"With recipe rt1 the actions use these bins: dx {dx} of 256, dy ")
    assert f"Less than 25% of the bins are used by {', '.join(few)}: " in found["says"]
    assert "bounds: quantiles" in found["advice"]
    assert of(said, "bounds") == []


def test_bounds_of_the_data_are_a_remark(clean, run):
    (found,) = of(said := examined(run, clean, "rt2-pali-x"), "bins")
    assert (found["severity"], found["evidence"]["few"]) == ("info", [])
    assert found["steps"] == said.json["steps"] - said.json["episodes"]


def test_bounds_by_hand_that_clip_are_a_warning(clean, tmp_path, run):
    action = find.recipe("rt2-pali-x").action
    bounds = {"low": [-1e-3] + [-0.1] * 5 + [0], "high": [1e-3] + [0.1] * 5 + [1]}
    mine = recipe(tmp_path, "rt2-pali-x", action=type(action)(**{**action.model_dump(), "bounds": bounds}))
    (dx, all_of_them) = of(examined(run, clean, mine), "bins")
    assert (all_of_them["severity"], dx["severity"]) == ("info", "warning")
    assert dx["evidence"]["dimension"] == "dx"
    assert dx["evidence"]["clipped"] > 0.5 * dx["evidence"]["of"]
    assert dx["says"].endswith(
        " steps lie beyond its bounds, -0.001 to 0.001, and are cut to them; "
        f"the data goes from {dx['evidence']['min']:.4g} to {dx['evidence']['max']:.4g}."
    )


def test_a_codec_whose_bins_are_no_single_values_has_no_finding(clean, run):
    assert of(examined(run, clean, "pi0-fast"), "bins") == []


def test_the_select_of_the_recipe_is_what_is_examined(clean, tmp_path, run):
    select = find.recipe("rt1").select.model_validate({"hz": 2.5})
    mine = recipe(tmp_path, "rt1", select=select)
    options = ("--schema", PLAIN, "--recipe", mine, "--split", "train+val", "--dry-run", "--json")
    dry = run("convert", "rlds2vla", clean, tmp_path / "out", *options).json
    (every_step,) = of(examined(run, clean, "rt1"), "bins")
    (every_second,) = of(examined(run, clean, mine), "bins")
    assert every_second["evidence"]["clipping"] == dry["clipping"]
    assert every_second["evidence"]["bins"] == dry["bins"]
    assert 0 < every_second["steps"] < every_step["steps"]
    refused = examined(run, clean, mine, "--write-errata", tmp_path / "errata.json")
    assert refused.code == 2
    assert "a recipe with a select" in refused.err


def test_one_chain_is_asked_for(clean, tmp_path, run):
    action = find.recipe("rt1").action
    mine = recipe(tmp_path, "rt1", action=action.model_copy(update={"chain": "recorded"}))
    assert examined(run, clean, mine).json["chain"] == "recorded"
    refused = examined(run, clean, mine, "--chain", "other")
    assert refused.code == 2
    assert "got 'other'; allowed: recorded" in refused.err


def test_a_function_of_a_program(clean, run):
    found = vladata.examine(clean, schema=PLAIN, recipe="rt1", images=0)
    assert [f.as_json() for f in found.findings] == examined(run, clean, "rt1").json["findings"]
    with pytest.raises(UsageError, match='there is no option "image"'):
        vladata.examine(clean, schema=PLAIN, image=0)
