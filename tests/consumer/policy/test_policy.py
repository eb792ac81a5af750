"""vladata.policy on the checkpoint of a small model: what it gives, and what it refuses with the difference."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import vladata  # noqa: E402
from tests.consumer.policy.oracle import checkpoint, observations  # noqa: E402
from tests.conversion import asked, convert  # noqa: E402
from tests.rlds_data import write_bridge_like  # noqa: E402
from vladata.consumer.policy.checked import check_images, check_state  # noqa: E402
from vladata.consumer.policy.questions import questions_of  # noqa: E402
from vladata.errors import ContractMismatch, MissingFile, UnknownName, UsageError  # noqa: E402

TASKS = {"action": {"prompt": "{instruction}", "target": "Act: {action}"}}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """(folder of a run, observations)."""
    folder = tmp_path_factory.mktemp("acts")
    source = write_bridge_like(folder, 2, (5, 4), size=16)
    convert(source, folder / "out", recipe=asked(TASKS))
    checkpoint(folder / "out", folder / "run")
    return folder / "run", list(observations(source, "bridge_dataset").values())


def test_a_fresh_model_acts_within_its_contract(made):
    run, seen = made
    policy = vladata.policy(run)
    together = policy.act_many(seen)
    codec_low, codec_high = policy._codec.low, policy._codec.high
    for one, action in zip(seen, together, strict=True):
        assert action.actions.shape == (1, 7)
        assert (codec_low - 1e-6 <= action.actions[0]).all()
        assert (action.actions[0] <= codec_high + 1e-6).all()
        assert action.names == policy.names == ("dx", "dy", "dz", "droll", "dpitch", "dyaw", "gripper")
        assert action.texts["action"].startswith("Act: ")
        assert np.array_equal(policy.act(one).actions, action.actions)
    assert policy.act_many([]) == []
    assert set(together[0].spelled()) == {"actions", "terminate", "plan", "names", "texts"}


def test_what_is_drawn_depends_on_seed_and_observation_alone(made):
    run, seen = made
    named = [replace(each, id=f"trial {i}") for i, each in enumerate(seen)]
    drawing = vladata.policy(run, temperature=1.0, seed=4)
    together = [action.tokens for action in drawing.act_many(named)]
    assert together == [drawing.act(each).tokens for each in named]
    assert together[::-1] == [action.tokens for action in drawing.act_many(named[::-1])]
    assert together != [
        action.tokens for action in vladata.policy(run, temperature=1.0, seed=5).act_many(named)
    ]
    assert together[0] != drawing.act(replace(named[0], id="another")).tokens


def changed(observation, **fields):
    return replace(observation, **fields)


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        (lambda o: {"images": {}}, ContractMismatch, "other cameras.*got 'none'.*allowed: primary"),
        (lambda o: {"images": {"wrist": o.images["primary"]}}, ContractMismatch, "got 'wrist'"),
        (lambda o: {"images": {**o.images, "wrist": o.images["primary"]}}, ContractMismatch, "got 'primary, wrist'"),
        (lambda o: {"images": o.images["primary"]}, UsageError, "a mapping from camera to picture.*ndarray"),
        (lambda o: {"images": {"primary": o.images["primary"] / 255}}, UsageError, "float64.*levels are from 0 to 1"),
        (lambda o: {"images": {"primary": o.images["primary"].astype(int)}}, UsageError, "int64.*uint8"),
        (lambda o: {"images": {"primary": o.images["primary"] // 255 + np.eye(16, dtype=np.uint8)[:, :, None]}},
         UsageError, "a picture is black: it has no level above 1"),
        (lambda o: {"images": {"primary": o.images["primary"].transpose(2, 0, 1)}}, UsageError, "channels come first"),
        (lambda o: {"images": {"primary": o.images["primary"][..., :1]}}, UsageError, r"\[16, 16, 1\]"),
        (lambda o: {"images": {"primary": np.stack([o.images["primary"]] * 2)}}, ContractMismatch, "got 2.*allowed: 1"),
        (lambda o: {"images": {"primary": o.images["primary"][:12]}}, ContractMismatch, "another aspect.*height 12, width 16"),
        (lambda o: {"images": {"primary": None}}, UsageError, "object.*uint8"),
        (lambda o: {"instruction": "pick zebras ##"}, UsageError, "no token for a word.*got 'pick, zebras, #, #'"),
        (lambda o: {"instruction": " \n"}, UsageError, "no instruction"),
        (lambda o: {"instruction": None}, UsageError, "no instruction"),
        (lambda o: {"instruction": b"pick"}, UsageError, r"a text, not bytes.*instruction\.decode"),
        (lambda o: {"images": {"primary": np.zeros_like(o.images["primary"])}}, UsageError, "a picture is black"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_the_difference(change, error, says, made):
    run, seen = made
    with pytest.raises(error, match=f"(?s){says}"):
        vladata.policy(run).act(replace(seen[0], **change(seen[0])))


def test_what_is_no_observation(made):
    run, seen = made
    policy = vladata.policy(run)
    with pytest.raises(
        UsageError, match=r"expected an observation; got 'dict'; allowed: vladata\.Observation"
    ):
        policy.act({"primary": seen[0].images["primary"]})
    with pytest.raises(UsageError, match="act_many takes a list of observations"):
        policy.act_many(seen[0])


NAMES = ("x", "y", "gripper")
STATES = {"min": [-1.0, 0.0, 0.5], "max": [1.0, 0.2, 0.5]}


@pytest.mark.parametrize(
    ("state", "error", "says"),
    [
        (None, UsageError, "the observation has none"),
        (np.zeros(2), ContractMismatch, r"shape \[2\]"),
        (np.zeros((1, 3)), ContractMismatch, r"shape \[1, 3\]"),
        (np.full(3, np.nan), UsageError, "must be finite"),
        (["a"] * 3, UsageError, "must be a list of numbers"),
        ([57.3, 0.1, 0.5], ContractMismatch, r"state x: .*far outside.*; got 57\.\d+; allowed: -1 to 1 in the data"),
        ([0, -1.01, 0.5], ContractMismatch, "state y: .*allowed: 0 to 0.2 in the data"),
    ],
)  # fmt: skip
def test_states_that_do_not_fit(state, error, says):
    with pytest.raises(error, match=says):
        check_state(state, NAMES, STATES)


def test_states_beside_the_data_are_states():
    near = [10.9, -0.9, 7.0]  # what never moved may move
    assert check_state(near, NAMES, STATES).tolist() == np.float32(near).tolist()


@pytest.mark.parametrize(("height", "width"), [(48, 64), (480, 640), (47, 63), (96, 127), (3, 4)])
def test_pictures_of_the_same_aspect(height, width):
    picture = np.full((height, width, 3), 9, np.uint8)
    assert check_images({"a": picture}, ["a"], 1, {"a": [(48, 64)]})["a"].shape == (1, height, width, 3)
    assert check_images({"a": picture[:, : width // 2]}, ["a"], 1, {"b": [(1, 9)]})


@pytest.mark.parametrize(("height", "width"), [(64, 48), (480, 600), (46, 64), (30, 32)])
def test_pictures_of_another_aspect(height, width):
    with pytest.raises(
        ContractMismatch,
        match=f"image a.*height {height}, width {width}.*height 48, width 64 or height 32, width 32, or",
    ):
        check_images({"a": np.full((height, width, 3), 9, np.uint8)}, ["a"], 1, {"a": [[48, 64], [32, 32]]})


def test_checkpoints_that_are_no_policy(made, tmp_path):
    run, _ = made
    with pytest.raises(MissingFile, match="there is no checkpoint"):
        vladata.policy(tmp_path)
    with pytest.raises(UnknownName, match="bridge_dataset"):
        vladata.policy(run, dataset="bridge_datasets")
    with pytest.raises(UsageError, match="unknown device"):
        vladata.policy(run, device="abacus")
    with pytest.raises(UsageError, match="temperature from 0"):
        vladata.policy(run, temperature=-1)


@pytest.mark.parametrize(
    ("tasks", "says"),
    [
        ({"instruction": {}}, "no target of the recipe's tasks holds {action}"),
        ({"action": {"prompt": "at {memory}"}}, "neither the observation nor another task gives.*{memory}"),
        (
            {"point": {"coordinates": "per_1000"}, "action": {"prompt": "at {point}"}},
            "neither the observation nor another task gives.*{point}",
        ),
    ],
)
def test_recipes_that_cannot_be_asked(tasks, says):
    with pytest.raises(UsageError, match=f"(?s){says}"):
        questions_of(asked(tasks), "recipe")


def test_several_datasets_are_told_apart_by_name(made, tmp_path, monkeypatch):
    from vladata.consumer.policy import load

    run, _ = made
    found = load.read_checkpoint(run)
    other = replace(found.robots[0], name="other")
    monkeypatch.setattr(load, "read_checkpoint", lambda _: replace(found, robots=(*found.robots, other)))
    with pytest.raises(UsageError, match=r"(?s)several robot datasets.*bridge_dataset, other"):
        vladata.policy(run)
    assert vladata.policy(run, dataset="other").robot.name == "other"
