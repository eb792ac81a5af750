import pickle

import pytest
from pydantic import ValidationError

from vladata.errors import MissingKey, UnknownName
from vladata.spec.dataset import DatasetSpec
from vladata.spec.find import names, schema

BRIDGE = (
    *("action", "is_first", "is_last", "is_terminal", "language_embedding", "language_instruction"),
    *("observation/image_0", "observation/image_1", "observation/image_2", "observation/image_3"),
    *("observation/state", "reward", "discount"),
)


@pytest.mark.parametrize("name", names("schema"))
def test_shipped_schemas_survive_what_is_done_to_them(name):
    spec = schema(name)
    assert spec.name == name
    assert DatasetSpec.model_validate(spec.model_dump(mode="json")) == spec
    assert DatasetSpec.model_validate_json(spec.model_dump_json()) == spec
    assert pickle.loads(pickle.dumps(spec)) == spec
    assert hash(spec) == hash(schema(name))


def test_a_dump_has_the_keys_of_the_file():
    operations = schema("bridge_dataset").model_dump(mode="json")["actions"]["chains"]["openvla"][
        "operations"
    ]
    assert operations[1] == {"op": "binarize_gripper", "in": "action[-1]", "out": "$gripper"}


def test_a_spec_cannot_be_changed():
    spec = schema("bridge_dataset")
    with pytest.raises(ValidationError, match="frozen"):
        spec.name = "mine"
    with pytest.raises(TypeError, match="cannot be changed"):
        spec.cameras["wrist"] = "observation/wrist"
    with pytest.raises(TypeError, match="cannot be changed"):
        spec.actions.chains.update({})


def test_the_first_camera_is_the_primary_one():
    assert list(schema("bridge_dataset").cameras.items()) == [
        ("primary", "observation/image_0"),
        ("secondary", "observation/image_1"),
        ("third", "observation/image_2"),
        ("fourth", "observation/image_3"),
    ]


def test_chains_by_name():
    spec = schema("fractal20220817_data")
    assert spec.chain() is spec.chain("openvla")
    assert (spec.chain().grippers, spec.chain("rt1x").grippers) == (
        {"gripper": "open_absolute"},
        {"gripper": "closing_relative"},
    )
    assert [operation.op for operation in schema("bridge_dataset").chain().operations] == [
        "drop_steps",
        "binarize_gripper",
        "delta_to_next",
        "concat",
    ]
    with pytest.raises(
        UnknownName, match=r'schema fractal20220817_data: there is no action chain "rt1-base"'
    ):
        spec.chain("rt1-base")


@pytest.mark.parametrize("name", names("schema"))
def test_all_chains_name_their_dimensions_as_rt2_does(name):
    for which, chain in schema(name).actions.chains.items():
        moves_a_base = (name, which) == ("fractal20220817_data", "rt1_base")
        if list(chain.grippers) == ["gripper"] and not moves_a_base:
            joints = [f"{kind}{n}" for kind in ("j", "dj") for n in range(7)]
            assert chain.names in (
                ("dx", "dy", "dz", "droll", "dpitch", "dyaw", "gripper"),
                (*joints[:7], "gripper"),
                (*joints[7:], "gripper"),
            )


def test_columns_are_what_has_to_be_read():
    assert schema("bridge_dataset").columns(BRIDGE) == {
        *("action", "is_last", "is_terminal", "language_instruction", "observation/state"),
        *("observation/image_0", "observation/image_1", "observation/image_2", "observation/image_3"),
    }


def test_columns_depend_on_the_chain():
    keys = {path for _, path in schema("language_table").references()} - {"$none", "$open"}
    assert schema("language_table").columns(keys) == keys
    fractal = schema("fractal20220817_data")
    there = {"action/gripper_closedness_action", "action/world_vector", "action/rotation_delta", "is_last"}
    there |= {"observation/image", "observation/natural_language_instruction", "action/terminate_episode"}
    there |= {"observation/base_pose_tool_reached", "observation/gripper_closed"}
    assert fractal.columns(there, "rt1x") == there


def test_missing_keys_are_named_all_at_once():
    there = [key for key in BRIDGE if key not in ("action", "observation/image_3", "is_last")]
    with pytest.raises(MissingKey) as caught:
        schema("bridge_dataset").columns([*there, "is_last_step"])
    assert str(caught.value) == (
        'schema bridge_dataset: the data has no keys "observation/image_3" (cameras.fourth), '
        '"action" (actions.chains.openvla.operations[1].in), "is_last" (terminate.fallback); '
        "allowed: discount, is_first, is_last_step, is_terminal, language_embedding, language_instruction, "
        "observation/image_0, observation/image_1, observation/image_2, observation/state, reward.\n"
        '  Did you mean "observation/image_2" for "observation/image_3", "is_last_step" for "is_last"?'
    )


def test_missing_keys_of_data_without_keys():
    with pytest.raises(MissingKey, match="allowed: nothing: the data has no keys"):
        schema("language_table").columns([])
