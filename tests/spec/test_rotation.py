"""The form of a rotation: declared, or what the operations make."""

import pytest

from vladata.errors import SpecError
from vladata.robot.spelling import rotations
from vladata.spec import find
from vladata.spec.dataset import ActionChain, State
from vladata.spec.read import validate_data

EULER = "euler_xyz_extrinsic"
CONVERTED = {"op": "convert_rotation", "in": "pose[3:7]", "out": "$angles", "from": "quat_wxyz", "to": EULER}
AGAIN = {"op": "convert_rotation", "in": "$angles", "out": "$vector", "from": EULER, "to": "rotvec"}
SCALED = {"op": "affine", "in": "$angles", "out": "$scaled", "scale": 2.0}
COMPOSED = {"op": "delta_to_next", "in": "pose", "out": "$delta", "rotation": "compose", "tail": "zero"}
PLAIN = {**COMPOSED, "rotation": "none"}
TURNED = {
    "op": "rotate_frame",
    "in": "action",
    "out": "$turned",
    "frame": "yaw",
    "angle": "$angles",
    "inverse": True,
}


def chain(*operations, rotation=None):
    names = ["dx", "dy", "dz"]
    data = {"gripper": "none", "names": names, "operations": list(operations), "rotation": rotation}
    return validate_data(ActionChain, data, "mine.yaml")


def concat(*of):
    return {"op": "concat", "of": list(of)}


@pytest.mark.parametrize(
    ("operations", "form"),
    [
        ([concat("action")], None),
        ([CONVERTED, concat("action[0:3]", "$angles")], EULER),
        ([CONVERTED, SCALED, concat("$scaled")], EULER),
        ([CONVERTED, AGAIN, concat("$vector")], "rotvec"),  # not what it was on the way
        ([CONVERTED, AGAIN, concat("$vector", "$angles")], None),  # two
        ([CONVERTED, TURNED, concat("$turned")], None),  # it is a frame, and no part of the action
        ([COMPOSED, concat("$delta")], EULER),
        ([PLAIN, concat("$delta")], None),
    ],
)
def test_what_operations_make(operations, form):
    assert chain(*operations).turned == form
    assert chain(*operations, rotation="r6_rows").turned == "r6_rows", "what is declared holds"


def test_of_schemas_that_ship():
    assert rotations(find.schema("droid"), "openvla") == {"action": None, "state": EULER}
    assert rotations(find.schema("droid"), "suggested") == {"action": EULER, "state": EULER}
    assert rotations(find.schema("maniskill_dataset_converted_externally_to_rlds"), None) == {
        "action": EULER,
        "state": "quat_wxyz",
    }
    assert rotations(find.schema("usc_cloth_sim_converted_externally_to_rlds"), None) == {
        "action": None,
        "state": None,
    }


def test_names_of_quaternions_say_what_is_declared():
    for schema in map(find.schema, find.names("schema")):
        names = [name for name in (schema.state.names if schema.state else ()) if name.startswith("quat_")]
        orders = {"quat_xyzw": list("xyzw"), "quat_wxyz": list("wxyz")}
        declared = schema.state.rotation if schema.state else None
        if names and not names[0].endswith("_0"):
            assert [name[-1] for name in names] == orders[declared], schema.name
        elif names:
            assert declared is None, schema.name


@pytest.mark.parametrize(
    ("encoding", "rotation"), [("pos_euler", "quat_xyzw"), ("pos_quat", "rotvec"), ("joint", "quat_wxyz")]
)
def test_a_quaternion_and_its_encoding_go_together(encoding, rotation):
    data = {"of": ["state"], "encoding": encoding, "names": ["x"], "rotation": rotation}
    with pytest.raises(SpecError, match=f'rotation .*got "{rotation}", but encoding is {encoding}'):
        validate_data(State, data, "mine.yaml")
