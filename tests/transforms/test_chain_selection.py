"""Steps and episodes that a chain takes out."""

import numpy as np

from tests.transforms.chains import ACTION, concat, run
from vladata.records import Dropped
from vladata.spec.dataset import ActionChain
from vladata.spec.references import parse
from vladata.transforms.chain import run_chain
from vladata.transforms.table import Table


def test_a_stride_cuts_registers_and_columns_together():
    action, table = run(
        {"op": "cast", "in": "action[1]", "out": "$g"},
        {"op": "stride", "factor": 3},
        concat("action[0]", "$g"),
        names=["dx", "grip"],
    )
    assert action.tolist() == [[1, 0], [8, 0]]
    assert table.left.tolist() == [0, 3]
    assert table.dropped == [Dropped("stride(factor=3)", 2)]
    assert table.ends_at(3)


def test_cuts_before_and_after_a_choice():
    action, table = run(
        {"op": "drop_steps", "first": 1},
        {"op": "filter_steps", "drop": [{"path": "action[1]", "test": "is_false"}]},
        {"op": "drop_steps", "first": 1},
        concat("action[0]"),
    )
    assert action.tolist() == [[4]]
    assert table.left.tolist() == [2]
    assert [(d.rule, d.steps) for d in table.dropped] == [
        ("drop_steps(first=1)", 1),
        ("filter_steps(drop=is_false(action[1]))", 1),
        ("drop_steps(first=1)", 1),
    ]
    assert not table.ends_at(3)


def test_idle_steps_go():
    idle = [{"path": "action[0]", "test": "abs_le", "value": 2.0}, {"path": "action[2]", "test": "unchanged"}]
    action, table = run({"op": "filter_steps", "drop": idle}, concat("action[0]"))
    assert action[:, 0].tolist() == [4, 8]
    assert table.dropped == [Dropped("filter_steps(drop=abs_le(action[0], 2) and unchanged(action[2]))", 2)]


def of_episode(*tests, length=4, **values):
    """How many steps are left of an episode that has `values` outside its steps."""
    operations = [{"op": "filter_episode", "keep": list(tests)}, concat("action[0]")]
    data = {"gripper": "none", "names": ["dx"], "operations": operations}
    chain = ActionChain.model_validate(data)
    references = {text: parse(text) for op in chain.operations for _, text in op.reads()}
    columns = {"action": ACTION[:length], "text": [b"go", b"", b"", b""][:length]}
    table = Table(columns, references, length, "here", values)
    return len(run_chain(chain, table))


def test_episodes_are_kept_or_go_whole():
    assert of_episode({"path": "success", "test": "is_true"}, success=np.bool_(True)) == 4
    assert of_episode({"path": "success", "test": "is_true"}, success=np.bool_(False)) == 0
    assert of_episode({"path": "file", "test": "matches", "value": "/success/"}, file=b"a/success/b") == 4
    assert of_episode({"path": "file", "test": "matches", "value": "/success/"}, file=b"a/failure/b") == 0
    assert of_episode({"path": "$length", "test": "gt", "value": 1.0}) == 4
    assert of_episode({"path": "$length", "test": "gt", "value": 1.0}, length=1) == 0
    assert of_episode({"path": "text", "test": "non_empty"}) == 4
    assert of_episode({"path": "text", "test": "non_empty", "step": "all"}) == 0
    assert of_episode({"path": "action[0]", "test": "gt", "value": 7.0}) == 0
    assert of_episode({"path": "action[0]", "test": "gt", "value": 7.0, "step": "any"}) == 4
    two = {"path": "vector[1]", "test": "eq", "value": 5.0}
    assert of_episode(two, vector=np.array([4, 5])) == 4
    assert of_episode(two, vector=np.array([5, 4])) == 0
