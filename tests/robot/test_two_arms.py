"""ALOHA from RLDS to samples, contract and codec: each gripper by its own convention, all the way."""

import json

import numpy as np
import pytest

import vladata
from tests.aloha import JOINTS, LEFT, RIGHT, SCHEMA, episode, write_aloha
from tests.conversion import convert, recipe
from vladata.robot.rederive import rederive
from vladata.runs.verify import verify
from vladata.shards.storage import open_output
from vladata.spec.dataset import DatasetSpec
from vladata.spec.read import validate
from vladata.spec.recipe import RecipeSpec

EPISODES, STEPS = 12, 24
SPEC = validate(DatasetSpec, SCHEMA, "two_arms.yaml")
BOTH = {"left_gripper": "open_absolute", "right_gripper": "closing_relative"}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_aloha(tmp_path_factory.mktemp("aloha"), EPISODES, STEPS)


def rule(chain="recorded", select=None, windows=None, **action):
    plain = recipe(cameras="all").model_dump(mode="json")
    plain["action"] = {"codec": "rt2", "chain": chain, **action}
    more = {"select": select, "windows": windows}
    return RecipeSpec.model_validate(plain | {name: value for name, value in more.items() if value})


def opened(source, out, **settings):
    manifest = convert(source, out, spec=SPEC, recipe=rule(**settings), order="source")
    output = open_output(str(out))
    assert [str(finding) for finding in (*verify(output), *rederive(output, str(source)))] == []
    return manifest, vladata.open(out)


def test_from_two_arms_to_samples_and_back(source, tmp_path):
    manifest, dataset = opened(source, tmp_path / "out", chain="changes")
    assert len(dataset) == EPISODES * (STEPS - 1)
    contract = manifest["contract"]
    assert contract["grippers"] == BOTH
    names = contract["names"][1:]
    sources = dict(zip(names, contract["bounds"]["source"], strict=True))
    assert {name: sources[name] for name in BOTH} == BOTH
    assert {sources[name] for name in names if name not in BOTH} == {"quantiles"}

    codec = vladata.codec(contract=json.loads(json.dumps(contract)))
    assert codec == dataset.codec
    assert dict(codec.grippers) == BOTH
    for sample in (dataset[0], dataset[100], dataset[-1]):
        assert set(sample.images) == {"primary", "low", "left_wrist", "right_wrist"}
        action = np.array(sample.fields["action"])
        decoded = codec.decode(codec.parse(sample.fields["target"]))
        assert decoded[0] == sample.fields["terminate"]
        inside = np.clip(action, codec.low, codec.high)
        assert (np.abs(decoded[1:] - inside) <= codec.tolerance()).all()
        assert decoded[1 + LEFT] == action[LEFT]
        assert abs(decoded[1 + RIGHT] - action[RIGHT]) <= 2 / 255


def test_chunks_of_two_arms_as_whole_numbers(source, tmp_path):
    """Against the raw numbers: 0 to 1000 between the least and the greatest, step after step, shorter at the end."""
    windows = {"chunk": 4, "tail": "truncate"}
    manifest, dataset = opened(
        source, tmp_path / "out", chain="changes", windows=windows, codec="text-integers"
    )
    raw = [episode(number, STEPS) for number in range(EPISODES)]
    for each in raw:
        each["taken"] = each["action"] - each["state"]
        each["taken"][:, LEFT], each["taken"][:, RIGHT] = each["action"][:, LEFT], each["command"]
    seen = np.concatenate([each["taken"][: STEPS - 1] for each in raw])
    low, high = seen.min(axis=0), seen.max(axis=0)
    assert manifest["contract"]["bounds"]["low"] == pytest.approx(low.tolist())
    assert manifest["contract"]["grippers"] == BOTH
    samples = iter(dataset)
    for each in raw:
        for t in range(STEPS - 1):
            rows = each["taken"][t : min(t + 4, STEPS - 1)]
            numbers = np.rint((rows - low) / (high - low) * 1000).astype(int)
            target = next(samples).fields["target"]
            found = np.array([int(word) for word in target.split(" ")]).reshape(-1, 14)
            assert found.shape == numbers.shape
            assert np.abs(found - numbers).max() <= 1  # float32 at a border
            decoded = dataset.codec.decode(dataset.codec.parse(target))
            assert decoded[:, RIGHT].round().tolist() == rows[:, RIGHT].tolist()
            assert decoded[:, LEFT].tolist() == rows[:, LEFT].tolist()
    assert next(samples, None) is None


def test_every_second_step_merges_each_gripper_by_its_convention(source, tmp_path):
    manifest, dataset = opened(source, tmp_path / "out", chain="changes", select={"every": 2})
    assert (manifest["contract"]["every"], manifest["contract"]["control_frequency_hz"]) == (2, 25)
    samples = list(dataset)
    at = 0
    for number in range(EPISODES):
        raw = episode(number, STEPS)
        for first in range(0, STEPS - 1, 2):
            window = range(first, min(first + 2, STEPS - 1))
            found = np.array(samples[at].fields["action"])
            for d in JOINTS:
                expected = sum(float(raw["action"][t, d]) - float(raw["state"][t, d]) for t in window)
                assert found[d] == pytest.approx(expected, abs=1e-6)
            assert found[LEFT] == raw["action"][first, LEFT], "an opening is not summed"
            commands = [float(raw["command"][t]) for t in window if raw["command"][t]]
            assert found[RIGHT] == (commands[-1] if commands else 0), "the last command is not lost"
            at += 1
    assert at == len(samples)


def test_statistics_that_never_move_a_gripper_leave_it_its_range(source, tmp_path):
    """Of one step an episode, before any hand closes."""
    keep = tmp_path / "keep.json"
    ids = {sample.fields["episode"] for sample in opened(source, tmp_path / "all")[1]}
    keep.write_text(json.dumps({name: [[0, 2]] for name in ids}))
    manifest = convert(source, tmp_path / "out", spec=SPEC, recipe=rule("changes"), keep_ranges=str(keep))
    low, high = (manifest["contract"]["bounds"][end] for end in ("low", "high"))
    assert [(low[d], high[d]) for d in (LEFT, RIGHT)] == [(0, 1), (-1, 1)]
