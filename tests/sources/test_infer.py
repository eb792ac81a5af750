"""A draft is in order and reads what it declares; its guesses are those of a person who sees names and shapes only."""

import io

import numpy as np
import pytest

import vladata
from tests.conversion import convert
from tests.rlds_data import jpeg, tfds, write
from tests.schemas.generated import dataset
from vladata.errors import SourceError
from vladata.sources.camera_names import camera_names
from vladata.sources.compare import differences
from vladata.sources.infer import infer
from vladata.sources.readers import open_source
from vladata.spec import find
from vladata.spec.dataset import DatasetSpec
from vladata.spec.read import validate

ONE = {"gripper": "open_absolute"}


def drafted(folder):
    source = open_source(folder)
    spec = validate(DatasetSpec, infer(source).text, "the draft")
    assert list(differences(spec, source)) == []
    assert spec.columns(source.step_columns) <= set(spec.features)
    return spec


def test_a_dataset_like_bridge(clean, tmp_path):
    spec = drafted(clean)
    names = ("primary", "image_1", "image_2", "image_3")
    assert spec.cameras == {name: f"observation/image_{i}" for i, name in enumerate(names)}
    assert spec.language.path == "language_instruction"
    assert spec.state.of == ("observation/state",)
    assert (spec.state.encoding, spec.state.names[-2:]) == ("pos_euler", ("yaw", "gripper"))
    assert (spec.chain().grippers, spec.chain().names[-1]) == ({"gripper": "open_absolute"}, "gripper")
    assert (spec.terminate.path, spec.terminate.fallback) == ("is_terminal", ("is_last",))
    manifest = convert(clean, tmp_path / "out", spec=spec)
    assert manifest["ledger"]["steps"] == {"read": 24, "written": 20, "filtered": 4, "rejected": 0}


@pytest.mark.parametrize(
    ("name", "cameras", "language", "action", "grippers"),
    [
        ("fractal20220817_data", {"primary": "observation/image"}, "utf8", 7, ONE),
        ("language_table", {"primary": "observation/rgb"}, "utf8_bytes_padded", 2, {}),
        (
            "viola",
            {"primary": "observation/agentview_rgb", "wrist": "observation/eye_in_hand_rgb"},
            *("utf8", 7, ONE),
        ),
    ],
)
def test_what_ships(name, cameras, language, action, grippers, tmp_path):
    spec = drafted(dataset(find.schema(name), tmp_path))
    assert dict(spec.cameras) == cameras
    assert spec.language.decode == language
    assert (len(spec.chain().names), spec.chain().grippers) == (action, grippers)


@pytest.mark.parametrize(
    ("name", "state"),
    [("aloha_mobile", "joint"), ("aloha_static_dataset", "joint"), ("aloha_dagger_dataset", "joint")],
)
def test_aloha_is_drafted_as_its_schema_says(name, state, tmp_path):
    ships = find.schema(name)
    spec = drafted(dataset(ships, tmp_path))
    assert spec.chain().names == ships.chain().names
    assert spec.chain().grippers == ships.chain().grippers
    assert (spec.state.encoding, spec.state.names) == (state, ships.state.names)


def test_every_guess_is_marked(clean):
    marked = [line for line in infer(open_source(clean)).text.splitlines() if "# guess" in line]
    assert [line.split(":")[0].strip() for line in marked] == [
        "robot",
        "encoding",
        "names",
        "gripper",
        "names",
        "operations",
        "fallback",
    ]


def test_a_dataset_without_words_gets_one_sentence_for_all(tmp_path):
    def features():
        f = tfds().features
        observation = {"image": f.Image(shape=(16, 16, 3), encoding_format="jpeg")}
        action = f.Tensor(shape=(7,), dtype=np.float32)
        last = f.Scalar(dtype=np.bool_)
        return f.FeaturesDict(
            {"steps": f.Dataset({"observation": observation, "action": action, "is_last": last})}
        )

    rng = np.random.default_rng(0)
    steps = [
        {
            "observation": {"image": io.BytesIO(jpeg(rng, 16))},
            "action": np.zeros(7, np.float32),
            "is_last": t == 3,
        }
        for t in range(4)
    ]
    folder = write(tmp_path, "mute", features, {"train": lambda: iter([{"steps": steps}])})
    spec = drafted(folder)
    assert (spec.language.path, spec.language.constant) == (None, "do the task")
    convert(folder, tmp_path / "out", spec=spec)
    assert {sample.fields["instruction"] for sample in vladata.open(tmp_path / "out")} == {"do the task"}


def test_no_picture_no_draft(tmp_path):
    def features():
        f = tfds().features
        return f.FeaturesDict({"steps": f.Dataset({"is_last": f.Scalar(dtype=np.bool_)})})

    folder = write(tmp_path, "blind", features, {"train": lambda: iter([{"steps": [{"is_last": True}]}])})
    with pytest.raises(SourceError, match="no field of the steps looks like a picture"):
        infer(open_source(folder))


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        (["observation/image"], {"primary": "observation/image"}),
        (
            [
                "observation/exterior_image_1_left",
                "observation/exterior_image_2_left",
                "observation/wrist_image_left",
            ],
            {
                "primary": "observation/exterior_image_1_left",
                "exterior_2_left": "observation/exterior_image_2_left",
                "wrist_left": "observation/wrist_image_left",
            },
        ),
        (
            [
                "observation.images.cam_high",
                "observation.images.cam_left_wrist",
                "observation.images.cam_right_wrist",
            ],
            {
                "primary": "observation.images.cam_high",
                "left_wrist": "observation.images.cam_left_wrist",
                "right_wrist": "observation.images.cam_right_wrist",
            },
        ),
        (["image_primary", "image_front"], {"primary": "image_primary", "front": "image_front"}),
        (["a/image", "obs/image_1"], {"primary": "a/image", "image_1": "obs/image_1"}),
        (
            ["top/rgb", "left/rgb", "right/rgb"],
            {"primary": "left/rgb", "right": "right/rgb", "top": "top/rgb"},
        ),
        (["obs/hand_image"], {"primary": "obs/hand_image"}),
        (
            ["image", "hand_image", "gripper_image"],
            {"primary": "image", "wrist": "gripper_image", "wrist_2": "hand_image"},
        ),
        (["image", "2"], {"primary": "2", "image": "image"}),
    ],
)
def test_cameras_are_named_by_their_fields(fields, names):
    assert camera_names(sorted(fields)) == names
    assert next(iter(camera_names(sorted(fields)))) == "primary"


def test_what_is_left_out_is_named_by_what_it_may_be(tmp_path):
    def features():
        f = tfds().features
        observation = {
            "image": f.Image(shape=(16, 16, 3), encoding_format="jpeg"),
            "depth": f.Tensor(shape=(16, 16, 1), dtype=np.float32),
            "state": f.Tensor(shape=(7,), dtype=np.float32),
            "joint_position": f.Tensor(shape=(7,), dtype=np.float32),
        }
        step = {
            "observation": f.FeaturesDict(observation),
            "action": f.Tensor(shape=(7,), dtype=np.float32),
            "language_instruction": f.Text(),
            "task_name_in_german_goal": f.Text(),
            "discount": f.Scalar(dtype=np.float32),
            "is_last": f.Scalar(dtype=np.bool_),
        }
        metadata = f.FeaturesDict({"success": f.Scalar(dtype=np.bool_)})
        return f.FeaturesDict({"steps": f.Dataset(step), "episode_metadata": metadata})

    step = {
        "observation": {
            "image": io.BytesIO(jpeg(np.random.default_rng(0), 16)),
            "depth": np.zeros((16, 16, 1), np.float32),
            "state": np.zeros(7, np.float32),
            "joint_position": np.zeros(7, np.float32),
        },
        "action": np.zeros(7, np.float32),
        "language_instruction": "go",
        "task_name_in_german_goal": "geh",
        "discount": 1.0,
        "is_last": True,
    }
    episode = {"steps": [step], "episode_metadata": {"success": True}}
    draft = infer(open_source(write(tmp_path, "rich", features, {"train": lambda: iter([episode])})))
    assert draft.unread == {
        "discount": "",
        "episode_metadata/success": "success",
        "observation/depth": "depth",
        "observation/joint_position": "state",
        "task_name_in_german_goal": "words",
    }
    assert (
        "#   episode_metadata/success: bool, once an episode (success; to choose episodes by it: "
        "success: {path: episode_metadata/success, test: ...})\n" in draft.text
    )
    assert "#   observation/joint_position: float32[7] (another state; add it to state.of" in draft.text
