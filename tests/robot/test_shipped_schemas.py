"""The two shipped schemas beside Bridge's, from a generated dataset with the real one's features to samples."""

import io

import numpy as np
import pytest

import vladata
from tests.rlds_data import jpeg, tfds, write
from vladata.errors import UsageError
from vladata.robot.run import begin
from vladata.robot.settings import Settings
from vladata.spec.select import Select

COMMANDS = [0.0, 0.0, 1.0, 0.0, -1.0, 0.0]  # gripper of a fractal episode: closes at step 2, opens at step 4
BASE_MOVES = 3  # the step in which the base moves, and not the arm
ABSOLUTE = [1, 1, 0, 0, 1, 1]  # the same as an opening: open before it first closes


@pytest.fixture(scope="module")
def fractal(tmp_path_factory):
    """fractal20220817_data with the features that its schema names, and some beside them."""

    def features():
        f = tfds().features
        sizes = {
            "world_vector": 3,
            "rotation_delta": 3,
            "gripper_closedness_action": 1,
            "base_displacement_vector": 2,
            "base_displacement_vertical_rotation": 1,
        }
        action = {name: f.Tensor(shape=(size,), dtype=np.float32) for name, size in sizes.items()}
        action["terminate_episode"] = f.Tensor(shape=(3,), dtype=np.int32)
        observation = {
            "image": f.Image(shape=(32, 40, 3), encoding_format="jpeg"),
            "base_pose_tool_reached": f.Tensor(shape=(7,), dtype=np.float32),
            "gripper_closed": f.Tensor(shape=(1,), dtype=np.float32),
            "workspace_bounds": f.Tensor(shape=(3, 3), dtype=np.float32),
            "natural_language_instruction": f.Text(),
        }
        flags = {name: f.Scalar(dtype=np.bool_) for name in ("is_first", "is_last", "is_terminal")}
        return f.FeaturesDict({"steps": f.Dataset({"action": action, "observation": observation, **flags})})

    return write(
        tmp_path_factory.mktemp("fractal"), "fractal20220817_data", features, {"train": fractal_episodes}
    )


def fractal_episodes():
    for e in range(2):
        rng = np.random.default_rng(e)
        steps = []
        for t, command in enumerate(COMMANDS):
            last = t == len(COMMANDS) - 1
            action = {
                "world_vector": rng.uniform(-1.2, 1.2, 3).astype(np.float32),
                "rotation_delta": rng.uniform(-2, 2, 3).astype(np.float32),
                "gripper_closedness_action": np.array([command], np.float32),
                "base_displacement_vector": np.array([0.1 * t, -0.5], np.float32) * (t == BASE_MOVES),
                "base_displacement_vertical_rotation": np.array([2.0 * (t == BASE_MOVES)], np.float32),
                "terminate_episode": np.array(
                    [1, 0, 0] if last and e == 0 else [0, 0, 1] if t == BASE_MOVES else [0, 1, 0], np.int32
                ),
            }
            observation = {
                "image": io.BytesIO(jpeg(rng, 32)),
                "base_pose_tool_reached": rng.normal(size=7).astype(np.float32),
                "gripper_closed": np.array([0.5], np.float32),
                "workspace_bounds": np.zeros((3, 3), np.float32),
                "natural_language_instruction": "pick apple",
            }
            flags = {"is_first": t == 0, "is_last": last and e == 0, "is_terminal": False}
            steps.append({"action": action, "observation": observation, **flags})
        yield {"steps": steps}


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """language_table, with instructions as padded UTF-8 bytes."""

    def features():
        f = tfds().features
        observation = {
            "rgb": f.Image(shape=(36, 64, 3)),
            "instruction": f.Tensor(shape=(64,), dtype=np.int32),
            "effector_translation": f.Tensor(shape=(2,), dtype=np.float32),
        }
        flags = {name: f.Scalar(dtype=np.bool_) for name in ("is_first", "is_last", "is_terminal")}
        step = {"action": f.Tensor(shape=(2,), dtype=np.float32), "observation": observation, **flags}
        return f.FeaturesDict({"steps": f.Dataset(step)})

    return write(tmp_path_factory.mktemp("table"), "language_table", features, {"train": table_episodes})


def table_episodes():
    rng = np.random.default_rng(5)
    text = "push the blue cube to the café".encode()
    for _ in range(2):
        yield {
            "steps": [
                {
                    "action": np.array([0.01 * t, -0.1], np.float32),
                    "observation": {
                        "rgb": rng.integers(0, 256, (36, 64, 3), np.uint8),
                        "instruction": np.frombuffer(text.ljust(64, b"\0"), np.uint8).astype(np.int32),
                        "effector_translation": np.array([0.3, t], np.float32),
                    },
                    "is_first": t == 0,
                    "is_last": t == 3,
                    "is_terminal": t == 3,
                }
                for t in range(4)
            ]
        }


def converted(source, out, schema, recipe):
    settings = Settings(str(source), str(out), vladata.schema(schema), recipe, order="source")
    with begin(settings) as run:
        run.convert_here()
        run.commit()
    return list(vladata.open(out))


def recipe(**action):
    plain = vladata.recipe("rt2-pali-x").model_dump(mode="json")
    plain["action"] = {"codec": "rt2", "bins": 256, **action}
    return type(vladata.recipe("rt2-pali-x")).model_validate(plain)


def test_fractal_with_absolute_gripper(fractal, tmp_path):
    samples = converted(fractal, tmp_path / "out", "fractal20220817_data", vladata.recipe("rt2-pali-x"))
    assert len(samples) == 2 * 5, "the last RLDS step has no action"
    assert [s.fields["action"][6] for s in samples] == ABSOLUTE[:5] * 2
    assert [s.fields["terminate"] for s in samples] == [0, 0, 0, 0, 1] + [0] * 5, (
        "the second episode was cut off"
    )
    assert samples[0].fields["prompt"] == "Q: what action should the robot take to pick apple? A:"
    assert len(samples[0].fields["state"]) == 8


def test_fractal_as_rt1_tokenises_it(fractal, tmp_path):
    samples = converted(
        fractal, tmp_path / "out", "fractal20220817_data", recipe(codec="rt1", bounds="rt1", chain="rt1x")
    )
    step = next(iter(fractal_episodes()))["steps"][2]["action"]
    low = np.array([-1] * 3 + [-np.pi / 2] * 3 + [-1], np.float32)
    recorded = np.concatenate(
        [step[n] for n in ("world_vector", "rotation_delta", "gripper_closedness_action")]
    )
    share = (np.clip(recorded, low, -low) - low) / (-low - low)
    tokens = (share * np.float32(255)).astype(np.int32).tolist()
    assert samples[2].fields["target"] == " ".join(map(str, [1, *tokens]))


def test_fractal_with_its_base_as_rt1_tokenises_it(fractal, tmp_path):
    """Its eleven numbers: the mode, the arm, the gripper, the base."""
    samples = converted(
        fractal,
        tmp_path / "out",
        "fractal20220817_data",
        recipe(codec="rt1-base", bins=256, chain="rt1_base"),
    )
    parts = {"world_vector": 1, "rotation_delta": np.pi / 2, "gripper_closedness_action": 1}
    parts |= {"base_displacement_vector": 1, "base_displacement_vertical_rotation": np.pi}
    modes = [1, 1, 1, 2, 0]  # the first episode ends with the last step that is kept
    for sample, recorded, mode in zip(samples, next(iter(fractal_episodes()))["steps"], modes, strict=False):
        tokens = [mode]
        for name, reach in parts.items():
            low, high = np.float32(-reach), np.float32(reach)
            share = (np.clip(recorded["action"][name], low, high) - low) / (high - low)
            tokens += (share * np.float32(255)).astype(np.int32).tolist()
        assert sample.fields["target"] == " ".join(map(str, tokens))
    assert [sample.fields["bins"][0] for sample in samples] == [*modes, 1, 1, 1, 2, 1]
    assert samples[0].fields["action"][7:] == [0, 0, 0, 0]
    assert samples[3].fields["action"][7:] == pytest.approx([0.3, -0.5, 2.0, 1.0])


def test_the_base_is_not_merged_with_the_arm(fractal, tmp_path):
    rules = recipe(codec="rt1-base", chain="rt1_base").model_copy(update={"select": Select(every=2)})
    with pytest.raises(
        UsageError,
        match=r"^select, schema fractal20220817_data: steps in which the arm moves and steps in which the base ",
    ):
        converted(fractal, tmp_path / "out", "fractal20220817_data", rules)


def test_language_table(table, tmp_path):
    samples = converted(table, tmp_path / "out", "language_table", vladata.recipe("rt2-pali-x"))
    assert [s.fields["instruction"] for s in samples] == ["push the blue cube to the café"] * 6
    assert samples[1].fields["action"] == pytest.approx([0.01, -0.1, 0, 0, 0, 0, 1])
    assert [s.fields["terminate"] for s in samples] == [0, 0, 1] * 2
    assert bytes(samples[0].images["primary"]).startswith(b"\x89PNG")


def test_language_table_without_a_gripper(table, tmp_path):
    bounds = {"low": [-0.1, -0.1], "high": [0.1, 0.1]}
    samples = converted(table, tmp_path / "out", "language_table", recipe(bounds=bounds, chain="planar"))
    assert samples[0].fields["target"] == "1 127 0"
    assert samples[0].fields["bins"] == [1, 127, 0]
