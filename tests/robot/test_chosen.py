"""Steps and episodes chosen by a schema's operations: what is left, in the samples, the ledger and rejected.jsonl."""

import io

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

import vladata
from tests.outcome import convert_plainly, ledger, rejected
from tests.rlds_data import jpeg, tfds, write
from vladata.errors import MissingKey
from vladata.robot.rederive import rederive
from vladata.runs.verify import verify
from vladata.shards.storage import open_output
from vladata.spec import find

RULES = """
        - {op: filter_episode, keep: [{path: episode_metadata/success, test: is_true}, {path: $length, test: gt, value: 2}]}
        - {op: filter_steps, drop: [{path: "action[0:6]", test: abs_le, value: 0.0001}, {path: "action[6]", test: unchanged}]}
        - {op: stride, factor: 2}
        - {op: convert_rotation, in: "observation/pose[3:7]", out: $angles, from: quat_xyzw, to: euler_xyz_extrinsic}
        - {op: concat, of: ["observation/pose[0:3]", $angles, "action[6]"]}
"""
SCHEMA = f"""
name: chosen
robot: Arm
control_frequency_hz: 5
cameras: {{primary: observation/image}}
language: {{path: language_instruction}}
actions:
  default: ee
  chains:
    ee:
      gripper: open_absolute
      names: [x, y, z, roll, pitch, yaw, gripper]
      operations: {RULES}
terminate: {{path: is_terminal, form: flag, fallback: [is_last]}}
"""
SUCCESS = {0: True, 1: False, 2: True, 3: True}
LENGTHS = {0: 9, 1: 6, 2: 2, 3: 8}
IDLE = {0: (2, 5), 1: (1,), 2: (), 3: (0, 7)}


def episode(number):
    rng = np.random.default_rng(number)
    steps = []
    for t in range(LENGTHS[number]):
        action = rng.uniform(0.1, 1, 7).astype(np.float32)
        action[6] = 1
        if t in IDLE[number]:
            action[:6] = 0
        pose = rng.normal(size=7).astype(np.float32)
        last = t == LENGTHS[number] - 1
        steps.append(
            {
                "observation": {"image": io.BytesIO(jpeg(rng, 16)), "pose": pose},
                "action": action,
                "language_instruction": f"do {number}",
                "is_last": last,
                "is_terminal": last,
            }
        )
    return {"steps": steps, "episode_metadata": {"success": SUCCESS[number]}}


def features():
    f = tfds().features
    step = {
        "observation": {"image": f.Image(shape=(16, 16, 3)), "pose": f.Tensor(shape=(7,), dtype=np.float32)},
        "action": f.Tensor(shape=(7,), dtype=np.float32),
        "language_instruction": f.Text(),
        "is_last": f.Scalar(dtype=np.bool_),
        "is_terminal": f.Scalar(dtype=np.bool_),
    }
    return f.FeaturesDict(
        {"steps": f.Dataset(step), "episode_metadata": {"success": f.Scalar(dtype=np.bool_)}}
    )


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chosen")
    return write(folder, "chosen", features, {"train": lambda: map(episode, range(4))})


@pytest.fixture(scope="module")
def spec(tmp_path_factory):
    path = tmp_path_factory.mktemp("chosen_schema") / "chosen.yaml"
    path.write_text(SCHEMA)
    return find.schema(str(path))


@pytest.fixture(scope="module")
def done(source, spec, tmp_path_factory):
    out = tmp_path_factory.mktemp("chosen_out") / "out"
    return out, convert_plainly(source, out, spec=spec, order="source")


def left(number):
    """RLDS steps that are left: not idle, every second of those, and not the last one."""
    moving = [t for t in range(LENGTHS[number]) if t not in IDLE[number]]
    return [t for t in moving[::2] if t != LENGTHS[number] - 1]


def test_the_samples_are_the_steps_that_are_left(done):
    out, _ = done
    found = [(s.fields["episode"][-1], s.fields["step"]) for s in vladata.open(out)]
    assert found == [(str(number), t) for number in (0, 3) for t in left(number)]
    ends = [s.fields["step"] for s in vladata.open(out) if s.fields["terminate"]]
    assert ends == [left(0)[-1], left(3)[-1]]


def test_their_actions_are_those_of_their_steps(done):
    for sample in vladata.open(done[0]):
        recorded = episode(int(sample.fields["episode"][-1]))["steps"][sample.fields["step"]]
        pose = recorded["observation"]["pose"]
        angles = Rotation.from_quat(pose[3:7]).as_euler("xyz")
        np.testing.assert_allclose(sample.fields["action"], [*pose[:3], *angles, 1], atol=1e-5)


def test_the_ledger_names_every_rule(done):
    _, manifest = done
    keep = "filter_episode(keep=is_true(episode_metadata/success) and gt($length, 2))"
    idle = "filter_steps(drop=abs_le(action[0:6], 0.0001) and unchanged(action[6]))"
    assert ledger(manifest) == {
        "episodes": (4, 2, 2, 0),
        "steps": (25, len(left(0) + left(3)), 25 - len(left(0) + left(3)), 0),
        keep: ("filtered", 2, 8),
        idle: ("filtered", 0, 4),
        "stride(factor=2)": ("filtered", 0, 6),
        "last_step": ("filtered", 0, 1),
    }


def test_an_episode_that_went_whole_has_a_line(done):
    out, _ = done
    lines = [(line["episode"], line["step"], line["outcome"], line["reason"][:14]) for line in rejected(out)]
    assert lines == [
        ("train-00000-000001", -1, "filtered", "filter_episode"),
        ("train-00000-000002", -1, "filtered", "filter_episode"),
    ]


def test_the_source_gives_the_same_again(done, source):
    output = open_output(str(done[0]))
    assert list(verify(output)) == []
    assert list(rederive(output, str(source))) == []


def test_a_value_that_the_data_has_not(source, spec, tmp_path):
    text = SCHEMA.replace("episode_metadata/success", "episode_metadata/succes")
    path = tmp_path / "other.yaml"
    path.write_text(text)
    with pytest.raises(MissingKey, match='"episode_metadata/succes"'):
        convert_plainly(source, tmp_path / "out", spec=find.schema(str(path)))
