import numpy as np
import pytest

from tests.transforms.chains import ACTION, concat, run
from vladata.errors import SourceError
from vladata.records import Dropped
from vladata.spec.operations import OURS
from vladata.transforms.chain import OPERATIONS


def test_every_operation_of_a_spec_can_be_run():
    assert list(OPERATIONS) == sorted(OURS)


@pytest.mark.parametrize(
    ("operation", "column"),
    [
        ({"op": "cast", "in": "action[0]"}, [1, 2, 4, 8]),
        ({"op": "affine", "in": "action[0]", "scale": 2, "offset": 1}, [3, 5, 9, 17]),
        ({"op": "affine", "in": "action[0]", "scale": [-1]}, [-1, -2, -4, -8]),
        ({"op": "clip", "in": "action[0]", "low": 2, "high": 5}, [2, 2, 4, 5]),
        ({"op": "threshold", "in": "action[0]", "at": 2, "above": -1, "below": 1}, [1, 1, -1, -1]),
        ({"op": "invert_gripper", "in": "action[1]"}, [1, 0, 0, 1]),
        ({"op": "subtract", "in": "action[0]", "minus": "action[1]", "rotation": "none"}, [1, 1, 3, 8]),
        ({"op": "episode_scale", "of": "action[0]", "per": "action[0,2]"}, [1, 1, 1, 1]),
        ({"op": "rel2abs_gripper", "in": "action[1]"}, [1, 0, 0, 0]),
        ({"op": "binarize_gripper", "in": "action[2]"}, [0, 0, 0, 1]),
        ({"op": "const", "value": 7, "width": 1}, [7, 7, 7, 7]),
        ({"op": "delta_to_next", "in": "action[0]", "rotation": "none", "tail": "drop"}, [1, 2, 4]),
        ({"op": "delta_to_next", "in": "action[0]", "rotation": "none", "tail": "zero"}, [1, 2, 4, 0]),
        ({"op": "delta_to_next", "in": "action[0]", "rotation": "none", "tail": "repeat"}, [1, 2, 4, 4]),
        (
            {
                "op": "delta_to_next",
                "in": "action[0]",
                "rotation": "none",
                "tail": "source",
                "recorded": "action[2]",
            },
            [1, 2, 4, 1],
        ),
        ({"op": "concat", "of": ["action[0]"]}, [1, 2, 4, 8]),
    ],
)
def test_one_operation(operation, column):
    action, _ = run({**operation, "out": "$r"}, concat("$r"))
    assert action[:, 0].tolist() == column
    assert action.dtype == np.float32


def test_order_matters():
    drop, delta = {"op": "drop_steps", "first": 2}, {"op": "delta_to_next", "in": "action[0]", "out": "$d"}
    delta |= {"rotation": "none", "tail": "zero"}
    assert run(drop, delta, concat("$d"))[0][:, 0].tolist() == [4, 0]
    assert run(delta, drop, concat("$d"))[0][:, 0].tolist() == [4, 0]
    last = {"op": "drop_steps", "last": 2}
    assert run(last, delta, concat("$d"))[0][:, 0].tolist() == [1, 0]
    assert run(delta, last, concat("$d"))[0][:, 0].tolist() == [1, 2]


def test_what_is_dropped_is_booked_and_cut_from_registers():
    action, table = run(
        {"op": "cast", "in": "action[1]", "out": "$g"},
        {"op": "drop_steps", "first": 1},
        {"op": "delta_to_next", "in": "action[0]", "out": "$d", "rotation": "none", "tail": "drop"},
        concat("$d", "$g"),
        names=["dx", "grip"],
    )
    assert action.tolist() == [[2, 1], [4, 1]]
    assert table.dropped == [Dropped("drop_steps(first=1)", 1), Dropped("delta_to_next(tail=drop)", 1)]
    assert table.left == slice(1, 3)


def test_a_register_can_be_written_again():
    twice = [{"op": "affine", "in": text, "out": "$p", "scale": 10} for text in ("action[0]", "$p")]
    assert run(*twice, concat("$p"))[0][:, 0].tolist() == [100, 200, 400, 800]


def test_columns_of_a_register():
    action, _ = run(
        {"op": "concat", "of": ["action", "action"], "out": "$wide"}, concat("$wide[5,0]"), names=["a", "b"]
    )
    assert action.tolist() == ACTION[:, [2, 0]].tolist()


def test_a_register_as_scale():
    scale = {"op": "cast", "in": "action[1]", "out": "$k"}
    action, _ = run(scale, {"op": "affine", "in": "action[0]", "out": "$p", "scale": "$k"}, concat("$p"))
    assert action[:, 0].tolist() == [0, 2, 4, 0]


@pytest.mark.parametrize(("dropped", "left"), [(2, 1), (3, 0), (4, 0), (9, 0)])
def test_nothing_may_be_left(dropped, left):
    action, table = run(
        {"op": "drop_steps", "last": dropped},
        {"op": "binarize_gripper", "in": "action[2]", "out": "$g"},
        {"op": "rel2abs_gripper", "in": "action[1]", "out": "$h"},
        {"op": "delta_to_next", "in": "action", "out": "$d", "rotation": "compose", "tail": "drop"},
        {"op": "const", "value": 1, "width": 1, "out": "$c"},
        concat("$g", "$h", "$d", "$c"),
        names=["a", "b", "c", "d", "e", "f"],
    )
    assert action.shape == (left, 6)
    assert len(table) == left
    assert sum(gone.steps for gone in table.dropped) == 4 - left


def test_rel2abs_before_the_drop_keeps_the_commands():
    scan = {"op": "rel2abs_gripper", "in": "action[1]", "out": "$g"}
    assert run(scan, {"op": "drop_steps", "last": 1}, concat("$g"))[0][:, 0].tolist() == [1, 0, 0]


def test_everything_is_float32_at_the_end():
    columns = {"action": np.array([[0.1], [0.2]], np.float64)}
    action, _ = run({"op": "affine", "in": "action", "out": "$a", "scale": 3}, concat("$a"), **columns)
    assert action.dtype == np.float32
    assert action[:, 0].tolist() == [float(np.float32(0.1 * 3)), float(np.float32(0.2 * 3))]


DELTA = {"op": "delta_to_next", "in": "action[0:2]", "out": "$d", "tail": "drop"}


@pytest.mark.parametrize(
    ("operations", "says"),
    [
        (
            [concat("action[0:2]")],
            "the chain gives another number of columns than its names; got '2 columns'; allowed: 1: dx.",
        ),
        ([concat("action[3]")], 'the schema selects "action[3]", and the data has 3 columns there.'),
        (
            [{"op": "affine", "in": "action[0]", "out": "$a", "scale": [1, 2]}, concat("$a")],
            'affine needs one number, or one for each column of "action[0]"; got 2; allowed: 1.',
        ),
        (
            [{"op": "affine", "in": "action", "out": "$a", "offset": [1, 2]}, concat("$a")],
            'affine needs one number, or one for each column of "action"; got 2; allowed: 1 or 3.',
        ),
        (
            [{"op": "affine", "in": "action", "out": "$a", "scale": [1, 2]}, concat("$a")],
            'affine needs one number, or one for each column of "action"; got 2; allowed: 1 or 3.',
        ),
        (
            [{**DELTA, "rotation": "wrap_pi"}, concat("$d")],
            'rotation: wrap_pi of "action[0:2]" needs roll, pitch and yaw, alone or after x, y and z; '
            "got '2 columns'; allowed: 3 or 6.",
        ),
        (
            [{**DELTA, "rotation": "none", "tail": "source", "recorded": "action[0]"}, concat("$d")],
            '"action[0]" cannot replace the last delta of "action[0:2]"; '
            "got '1 and 2 columns'; allowed: equal numbers of columns.",
        ),
    ],
)
def test_what_the_data_does_not_allow(operations, says):
    with pytest.raises(SourceError) as caught:
        run(*operations)
    assert str(caught.value).splitlines()[0] == f"here: {says}"
