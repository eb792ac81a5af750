import numpy as np
import pytest

from vladata.errors import SourceError
from vladata.spec.dataset import State
from vladata.spec.references import parse
from vladata.transforms.state import state
from vladata.transforms.table import Table


def table(**columns):
    references = {text: parse(text) for text in ("pose", "pose[0:2]", "closed")}
    return Table(columns, references, 2, "here")


POSE = np.array([[1, 2, 3], [4, 5, 6]], np.float64)


def test_columns_are_joined_in_order():
    declared = State(of=["closed", "pose[0:2]"], encoding="other", names=["closed", "x", "y"])
    out = state(declared, table(pose=POSE, closed=np.array([True, False])))
    assert out.tolist() == [[1, 1, 2], [0, 4, 5]]
    assert out.dtype == np.float32


def test_no_state():
    assert state(None, table(pose=POSE)).shape == (2, 0)


def test_names_and_columns_fit_together():
    declared = State(of=["pose"], encoding="pos", names=["x", "y"])
    with pytest.raises(
        SourceError,
        match="here: the state has another number of columns than its names; got '3 columns'; allowed: 2",
    ):
        state(declared, table(pose=POSE))
