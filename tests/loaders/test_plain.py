"""Plain: the columns that are asked for, and actions and states scaled, by literal values and back."""

import numpy as np
import pytest

from tests.loaders.batches import made
from vladata.errors import UsageError
from vladata.loaders.collate import Plain
from vladata.loaders.collators.terms import Terms


def test_the_columns_that_are_asked_for():
    batch, terms = made()
    found = Plain("key", "action", "image_mask").bound(terms)(batch)
    assert list(found) == ["key", "action", "image_mask"]
    assert found["action"] is batch["action"]
    assert {"prompt", "target", "bins", "images"} < set(Plain()(batch))
    with pytest.raises(UsageError, match="unknown column of a batch; got 'frames'"):
        Plain("frames")(batch)


@pytest.mark.parametrize(
    ("kind", "value", "scaled"),
    [
        (
            "quantiles",
            [1.0, 7.0, 0.25],
            [0.5, 0.0, 0.25],
        ),  # 2 (1 - -2) / 4 - 1; constant; the gripper as it is
        ("quantiles", [9.0, 1.0, 1.0], [1.0, 0.0, 1.0]),
        ("mean_std", [1.0, 7.0, 0.25], [0.5, 0.0, 0.25]),  # (1 - 0) / 2
        ("mean_std", [9.0, 1.0, 1.0], [4.5, 0.0, 1.0]),
    ],
)
def test_actions(kind, value, scaled):
    batch, terms = made()
    batch["action"][:] = np.array(value, np.float32)
    plain = Plain(actions=kind).bound(terms)
    assert plain(batch)["action"][1, 0].tolist() == scaled
    assert plain(batch)["state"] is batch["state"]


def test_states_have_no_gripper():
    batch, terms = made()
    scaled = Plain(states="quantiles").bound(terms)(batch)["state"][0].tolist()
    assert scaled == [1.0, 0.0, -0.5]  # 3 is beyond q99; constant; 2 (0.25 - 0) / 1 - 1
    assert Plain(states="mean_std").bound(terms)(batch)["state"][0].tolist() == [1.5, 0.0, -0.5]


@pytest.mark.parametrize("kind", ["quantiles", "mean_std"])
def test_the_way_back(kind):
    batch, terms = made()
    plain = Plain(actions=kind).bound(terms)
    batch["action"][..., 1] = 1.0  # the dimension that never changes
    back = plain.of(batch["contract"][0]).inverse(plain(batch)["action"])
    np.testing.assert_allclose(back, batch["action"], atol=1e-6)


@pytest.mark.parametrize(("tail", "has"), [("truncate", 0.0), ("repeat", None)])
def test_rows_that_are_not_there_stay_nothing(tail, has):
    batch, terms = made(3, (3, 1, 2), tail)
    wider = {
        **batch,
        "action": np.pad(batch["action"], ((0, 0), (0, 2), (0, 1))),
        "mask": np.pad(batch["mask"], ((0, 0), (0, 2))),
    }
    found = Plain(actions="mean_std").bound(terms)(wider)["action"]
    assert not found[:, 3:].any()
    assert not found[..., 3].any()
    np.testing.assert_allclose(found[0, :3, 0], batch["action"][0, :, 0] / 2)
    np.testing.assert_allclose(found[1, 1:3, 0], 0 if has == 0.0 else batch["action"][1, 1:, 0] / 2)


def test_pairs_have_no_contract():
    batch, terms = made()
    batch["contract"][1] = ""
    found = Plain(actions="quantiles").bound(terms)(batch)["action"]
    assert not found[1].any()
    assert found[0].any()


def test_what_is_wrong():
    batch, terms = made()
    with pytest.raises(
        UsageError,
        match="unknown scaling of the action; got 'quantile'; allowed: quantiles, mean_std, or None",
    ):
        Plain(actions="quantile")
    with pytest.raises(UsageError, match="was not given the contracts of the samples"):
        Plain(actions="quantiles")(batch)
    with pytest.raises(UsageError, match="the collator does not know the contract of this sample"):
        Plain(actions="quantiles").bound(Terms({}, {}))(batch)
    with pytest.raises(UsageError, match="the state is not scaled"):
        Plain(actions="quantiles").bound(terms).of(batch["contract"][0], "state")
