"""`vladata stats`: equal to numpy over the standardised actions and states of the split that was asked for, and no other."""

import numpy as np
import pytest

import vladata
from tests.damage import copied, edit, files
from tests.outcome import PLAIN
from tests.rlds_data import Faults, bridge_episode
from vladata.robot.run import index_here


@pytest.fixture(autouse=True)
def here(monkeypatch):
    """The command reads the files in this process, without the seconds of a worker."""
    monkeypatch.setattr("vladata.cli.stats.index", lambda sources, running: index_here(sources))


def by_definition(split):
    """Actions and states of OpenVLA's chain, from the values that were handed to TFDS's writer: steps 1 to T - 2."""
    seed, numbers = {"train": (0, range(4)), "val": (1, range(2)), "train[:50%]": (0, range(2))}[split]
    actions, states = [], []
    for number in numbers:
        steps = bridge_episode(seed, number, 6, Faults(), False, 64)["steps"]
        state = np.stack([step["observation"]["state"] for step in steps])
        gripper = np.stack([step["action"][6:] for step in steps])
        actions.append(np.concatenate([state[1:, :6] - state[:-1, :6], gripper[:-1]], axis=1)[1:])
        states.append(state[1:-1])
    return {"action": np.concatenate(actions), "state": np.concatenate(states)}


@pytest.mark.parametrize("split", ["train", "val", "train[:50%]"])
def test_equal_to_numpy(split, clean, run):
    found = run("stats", clean, "--schema", "bridge_dataset", "--split", split, "--json").json
    assert (found["source"], found["split"]) == (str(clean), split)
    for name, values in by_definition(split).items():
        exact, column = values.astype(np.float64), found[name]
        assert column["count"] == len(values)
        np.testing.assert_allclose(column["mean"], exact.mean(0), rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(column["std"], exact.std(0), rtol=1e-9)
        for bound in ("min", "max"):
            np.testing.assert_array_equal(column[bound], getattr(exact, bound)(0))
        for bound, q in (("q01", 0.01), ("q99", 0.99)):
            np.testing.assert_allclose(column[bound], np.quantile(exact, q, axis=0), rtol=1e-12)
        assert np.shape(column["histograms"]) == (7, 64)
        assert np.sum(column["histograms"], axis=1).tolist() == [len(values)] * 7


def test_equal_to_the_episodes_of_the_library(clean, run):
    found = run(
        "stats", clean, "--schema", "bridge_dataset", "--split", "val+train", "--chain", "octo", "--json"
    ).json
    spec = vladata.schema("bridge_dataset")
    octo = spec.model_copy(update={"actions": spec.actions.model_copy(update={"default": "octo"})})
    actions = np.concatenate([e.steps["action"] for e in vladata.episodes(clean, octo, "val+train")])
    assert found["action"]["count"] == len(actions) == 30
    np.testing.assert_allclose(
        found["action"]["mean"], actions.astype(np.float64).mean(0), rtol=1e-12, atol=1e-15
    )


def test_steps_that_are_rejected_do_not_count(clean, tmp_path, run):
    source = copied(clean, tmp_path)

    def spoil(features):
        features["steps/action"][7 * 2] = np.nan
        features["steps/action"][7 * 3] = 77.0
        features["steps/observation/image_1"][3] = b"no image"

    edit(files(source)[0], 0, spoil)
    found = run("stats", source, "--schema", PLAIN, "--json").json
    assert found["action"]["count"] == 18
    assert max(found["action"]["max"]) < 2


def test_what_is_said_to_a_person(clean, run):
    said = run("stats", clean, "--schema", "bridge_dataset")
    lines = said.out.splitlines()
    assert (said.code, said.err) == (0, "")
    assert lines[:3] == [
        f"{clean}, split train: 16 steps",
        "",
        "  action            mean         std         min         max         q01         q99  min to max",
    ]
    assert [line.split()[0] for line in lines if line] == [
        f"{clean},",
        *("action", "dx", "dy", "dz", "droll", "dpitch", "dyaw", "gripper"),
        *("state", "x", "y", "z", "roll", "pitch", "yaw", "gripper"),
    ]
    exact = by_definition("train")["action"][:, 0].astype(np.float64)
    assert lines[3].split()[1:5] == [
        f"{v:.5g}" for v in (exact.mean(), exact.std(), exact.min(), exact.max())
    ]
    assert run("stats", clean, "--schema", "bridge_dataset", "--quiet").out == ""


def test_a_worker_does_the_same(clean, tmp_path, run, monkeypatch):
    expected = run("stats", clean, "--schema", PLAIN, "--json").json
    monkeypatch.undo()
    monkeypatch.setenv("VLADATA_CACHE", str(tmp_path))
    assert run("stats", clean, "--schema", PLAIN, "--json").json == expected


def test_any_quantiles_and_each_step_of_a_chunk(clean, run):
    """Each episode gives 4 steps, so the third step of a chunk has 2 actions of each."""
    command = ("stats", clean, "--schema", "bridge_dataset", "--quantiles", "0.5, 0.05", "--chunk", "3")
    found = run(*command, "--json").json
    values = by_definition("train")["action"].astype(np.float64).reshape(4, 4, 7)
    assert list(found["action"]["quantiles"]) == ["0.05", "0.5"]
    assert "quantiles" in found["state"]
    assert "chunk" not in found["state"]
    for h, step in enumerate(found["action"]["chunk"]):
        exact = values[:, h:].reshape(-1, 7)
        assert step["count"] == len(exact) == 4 * (4 - h)
        np.testing.assert_allclose(step["mean"], exact.mean(0), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(step["q99"], np.quantile(exact, 0.99, axis=0), rtol=1e-12)
        for q, each in step["quantiles"].items():
            np.testing.assert_allclose(each["values"], np.quantile(exact, float(q), axis=0), rtol=1e-12)
    said = run(*command).out
    assert "q0.05        q0.5" in said
    assert said.count("step 3") == 7


@pytest.mark.parametrize("given", ["1.5", "a", "0.1,-0.2"])
def test_what_is_no_quantile_is_refused(given, clean, run):
    said = run("stats", clean, "--schema", "bridge_dataset", f"--quantiles={given}")
    assert said.code == 2
    assert f"--quantiles: these are no quantiles; got '{given}'" in said.err + said.out
