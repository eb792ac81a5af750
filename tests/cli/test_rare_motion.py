"""A dimension that rarely moves: its motion is in the targets, and convert, stats and doctor say what was done."""

import warnings

import numpy as np
import pytest

import vladata
from tests.outcome import PLAIN
from tests.rlds_data import Faults, _bridge_features, bridge_episode, write
from vladata.spec import find

EPISODES, STEPS = 30, 8
OPTIONS = ["--schema", PLAIN, "--recipe", "rt2-pali-x"]
WRITTEN = EPISODES * (STEPS - 1)
SAID = (
    "dyaw moves in only 2 of 210 (0.95%) steps: quantiles, 0 to 0, would cut that off, "
    "so its bins span all values, 0 to 0.5."
)


def episode(number):
    """droll holds still, dpitch but for the noise of float64, dyaw turns half a radian in two steps of all."""
    made = bridge_episode(0, number, STEPS, Faults(), False, 16)
    for t, step in enumerate(made["steps"]):
        noise = 1e-17 * (-1) ** t
        step["action"] = np.concatenate([step["action"][:3], [0, noise, 0], step["action"][6:]]).astype(
            np.float32
        )
    if number in (4, 20):
        made["steps"][3]["action"][5] = 0.5
    return made


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rare")
    splits = {"train": lambda: map(episode, range(EPISODES)), "val": lambda: map(episode, range(3, 8))}
    return write(folder, "bridge_dataset", lambda: _bridge_features(False, 16), splits)


def test_its_motion_is_in_the_targets(source, tmp_path, run):
    out = tmp_path / "out"
    said = run("convert", "rlds2vla", source, out, *OPTIONS, "--json")
    assert (said.code, said.err.splitlines()[-1]) == (0, SAID)
    assert said.json["clipping"]["steps"] == WRITTEN
    assert said.json["clipping"]["clipped"]["dyaw"] == 0
    assert 0 < said.json["clipping"]["clipped"]["dx"] <= 6

    dataset = vladata.open(out)
    bounds = dataset.contract["bounds"]
    assert bounds["source"] == [*["quantiles"] * 3, "constant", "constant", "min_max", "open_absolute"]
    assert (bounds["low"][3:6], bounds["high"][3:6]) == ([0, 0, 0], [0, 0, 0.5])
    assert dataset.manifest.as_json()["clipping"] == said.json["clipping"]
    turned = [sample for sample in dataset if sample.fields["action"][5]]
    assert [sample.fields["bins"][4:7] for sample in turned] == [[0, 0, 255], [0, 0, 255]]
    for sample in turned:
        action = dataset.codec.decode(dataset.codec.parse(sample.fields["target"]))
        assert action[6] == np.float32(0.5)
    assert {tuple(s.fields["bins"][4:7]) for s in dataset if s not in turned} == {(0, 0, 0)}, (
        "no noise in targets"
    )
    assert run("verify", out, "--source", source).code == 0


def test_a_dry_run_says_it_too(source, tmp_path, run):
    said = run("convert", "rlds2vla", source, tmp_path / "out", *OPTIONS, "--dry-run", "--json")
    assert said.json["remarks"] == [SAID]
    assert said.json["clipping"]["clipped"]["dyaw"] == 0


def test_stats(source, run):
    said = run("stats", source, "--schema", PLAIN)
    assert f"  {SAID}" in said.out.splitlines()
    found = run("stats", source, "--schema", PLAIN, "--json").json["action"]
    assert found["moving"][3:6] == [0, 0, 2]
    assert found["beyond"][5] == 2
    assert 0 < found["beyond"][0] <= 6


def test_doctor(source, run):
    said = run("doctor", source, "--schema", PLAIN, "--split", "train", "--images", "0", "--json")
    (found,) = [finding for finding in said.json["findings"] if finding["kind"] == "bounds"]
    assert (found["severity"], found["says"]) == ("warning", SAID)
    assert found["evidence"] == {"dimension": "dyaw", "min": 0.0, "max": 0.5, "clipped": 0, "of": WRITTEN}


def test_what_another_split_clips_is_counted_in_it(source, tmp_path, run):
    """val has a fifth of its turns in five episodes: bounds of train, steps of val."""
    out = tmp_path / "out"
    said = run(
        "convert", "rlds2vla", source, out, *OPTIONS, "--split", "val", "--statistics", "train", "--json"
    )
    codec = vladata.open(out).codec
    actions = np.array([sample.fields["action"] for sample in vladata.open(out)], np.float32)
    beyond = ((actions < codec.low) | (actions > codec.high)).sum(axis=0).tolist()
    assert said.json["clipping"] == {"steps": 35, "clipped": dict(zip(codec.names, beyond, strict=True))}


def test_bounds_by_hand_that_cut_are_said(source, tmp_path, run):
    recipe = find.recipe("rt2-pali-x").model_dump_json(exclude_none=True)
    by_hand = '{"low": [-1, -1, -1, -1, -1, -1, 0.5], "high": [1, 1, 1, 1, 1, 0.01, 1]}'
    (tmp_path / "mine.yaml").write_text(recipe.replace('"quantiles"', by_hand))
    options = ["--schema", PLAIN, "--recipe", tmp_path / "mine.yaml", "--dry-run", "--json"]
    said = run("convert", "rlds2vla", source, tmp_path / "out", *options).json
    closed = said["clipping"]["clipped"]["gripper"]
    assert said["clipping"]["clipped"] == dict.fromkeys(["dx", "dy", "dz", "droll", "dpitch"], 0) | {
        "dyaw": 2,
        "gripper": closed,
    }
    *few, cut = sorted(said["remarks"], key=lambda line: line.startswith("gripper"))
    assert cut == (
        f"gripper: {closed} of 210 ({100 * closed / 210:.2g}%) steps lie beyond its bounds, 0.5 to 1, and are cut to them; "
        "the data goes from 0 to 1."
    )
    assert [line.split(" of 256 bins: ")[0] for line in few] == [
        f"{name} uses {said['bins'][name]['used']}"
        for name in ("dx", "dy", "dz", "dpitch")  # droll never moves
    ]


def sentinels(number):
    """dx and the state's x are the largest float32 or the smallest, in turn."""
    made = bridge_episode(0, number, STEPS, Faults(), False, 16)
    for t, step in enumerate(made["steps"]):
        step["action"][0] = step["observation"]["state"][0] = np.float32(3.4e38) * (-1) ** t
    return made


def test_sentinels_of_both_signs_are_said_and_warn_of_nothing(tmp_path, run):
    splits = {"train": lambda: map(sentinels, range(4))}
    source = write(tmp_path, "bridge_dataset", lambda: _bridge_features(False, 16), splits)
    says = "the quantiles of dx lie too far apart for bins in float32; got '-3.4e+38 to 3.4e+38'."
    stats = run("stats", source, "--schema", PLAIN)
    assert (stats.code, f"  {says}" in stats.out.splitlines()) == (0, True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        doctor = run("doctor", source, "--schema", PLAIN, "--images", "0")
    assert (doctor.code, "bounds: T" + says[1:] in doctor.out) == (3, True)
    failed = run("convert", "rlds2vla", source, tmp_path / "out", *OPTIONS)
    assert (failed.code, says in failed.err) == (1, True)
    assert "give the recipe bounds: {low: [...], high: [...]}" in failed.err
