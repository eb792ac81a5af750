import pickle

import numpy as np
import pytest

from vladata.errors import MissingKey, NoSteps, SourceError, UnknownName
from vladata.records import Dropped, Episode, Place
from vladata.spec.dataset import DatasetSpec
from vladata.spec.find import schema
from vladata.transforms.standardise import compile_chain, standardise


def images(name, length):
    return [memoryview(f"{name} {t}".encode()) for t in range(length)]


def bridge(episode, length, **columns):
    """A Bridge episode whose state at step t is t**2 everywhere, and whose gripper is as given."""
    flags = {name: np.zeros(length, bool) for name in ("is_first", "is_last", "is_terminal")}
    states = np.repeat(np.arange(length, dtype=np.float32)[:, None] ** 2, 7, axis=1)
    cameras = {f"observation__image_{i}": images(f"camera {i}", length) for i in range(4)}
    base = {
        **flags,
        "action": np.ones((length, 7), np.float32),
        "observation__state": states,
        "language_instruction": [b"put the pot on the stove"] * length,
        **cameras,
    }
    return episode(**base | columns)


def fractal(episode, **columns):
    mode = np.array([[0, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]], np.int32)
    base = {
        "action__world_vector": np.arange(12, dtype=np.float32).reshape(4, 3),
        "action__rotation_delta": -np.arange(12, dtype=np.float32).reshape(4, 3),
        "action__gripper_closedness_action": np.array([[0], [1], [0], [-1]], np.float32),
        "action__terminate_episode": mode,
        "is_last": np.array([False, False, False, True]),
        "observation__image": images("head", 4),
        "observation__natural_language_instruction": [b"pick apple"] * 4,
        "observation__base_pose_tool_reached": np.arange(28, dtype=np.float32).reshape(4, 7),
        "observation__gripper_closed": np.array([[0], [0], [1], [1]], np.float32),
    }
    return episode(**base | columns)


def language_table(episode):
    text = np.zeros((3, 512), np.int32)
    text[:, :9] = list(b"push blue")
    return episode(
        action=np.array([[0.01, 0.02], [0.03, 0.04], [9, 9]], np.float32),
        observation__rgb=images("top", 3),
        observation__instruction=text,
        observation__effector_translation=np.array([[1, 2], [3, 4], [5, 6]], np.float32),
        is_last=np.array([False, False, True]),
        is_terminal=np.array([False, False, True]),
    )


def test_bridge_as_openvla(episode):
    raw = bridge(episode, 5, action=np.array([[0] * 6 + [g] for g in (0, 1, 0.5, 0, 1)], np.float32))
    out = standardise(raw, schema("bridge_dataset"))
    # state: 0 1 4 9 16; the first step is dropped, then the last, which has no next
    assert out.steps["action"].tolist() == [[3] * 6 + [1], [5] * 6 + [0], [7] * 6 + [0]]
    assert out.steps["action"].dtype == np.float32
    assert out.steps["state"].tolist() == [[1] * 7, [4] * 7, [9] * 7]
    assert out.steps["terminate"].tolist() == [False, False, True]
    assert out.steps["instruction"] == ["put the pot on the stove"] * 3
    assert [bytes(image) for image in out.steps["images/third"]] == [
        b"camera 2 1",
        b"camera 2 2",
        b"camera 2 3",
    ]
    assert set(out.steps) == {
        *("action", "terminate", "state", "instruction"),
        *("images/primary", "images/secondary", "images/third", "images/fourth"),
    }
    assert out.numbers.tolist() == [1, 2, 3]
    assert out.dropped == (Dropped("drop_steps(first=1)", 1), Dropped("delta_to_next(tail=drop)", 1))
    assert (out.dataset, out.split, out.place, out.metadata) == (
        raw.dataset,
        raw.split,
        raw.place,
        raw.metadata,
    )


def test_bridge_as_octo_keeps_the_first_step(episode):
    out = standardise(bridge(episode, 5), schema("bridge_dataset"), "octo")
    assert out.steps["action"][:, 0].tolist() == [1, 3, 5, 7]
    assert out.numbers.tolist() == [0, 1, 2, 3]
    assert out.dropped == (Dropped("delta_to_next(tail=drop)", 1),)


def test_fractal_as_openvla(episode):
    out = standardise(fractal(episode), schema("fractal20220817_data"))
    assert out.steps["action"].tolist() == [
        [0, 1, 2, 0, -1, -2, 1],
        [3, 4, 5, -3, -4, -5, 0],
        [6, 7, 8, -6, -7, -8, 0],
    ]
    assert out.steps["state"][2].tolist() == [14, 15, 16, 17, 18, 19, 20, 1]
    assert out.steps["terminate"].tolist() == [False, False, True]
    assert out.dropped == (Dropped("last_step", 1),)


def test_fractal_as_rt1x_keeps_the_commands(episode):
    out = standardise(fractal(episode), schema("fractal20220817_data"), "rt1x")
    assert out.steps["action"][:, 6].tolist() == [0, 1, 0]


def test_language_table_is_padded(episode):
    out = standardise(language_table(episode), schema("language_table"))
    expected = np.array([[0.01, 0.02, 0, 0, 0, 0, 1], [0.03, 0.04, 0, 0, 0, 0, 1]], np.float32)
    assert out.steps["action"].tolist() == expected.tolist()
    assert out.steps["instruction"] == ["push blue"] * 2
    assert out.steps["state"].tolist() == [[1, 2], [3, 4]]
    assert out.steps["terminate"].tolist() == [False, True]
    planar = standardise(language_table(episode), schema("language_table"), "planar")
    assert planar.steps["action"].tolist() == expected[:, :2].tolist()


@pytest.mark.parametrize("at", range(5))
def test_the_end_moves_to_the_last_step_that_is_kept(episode, at):
    raw = bridge(episode, 5, is_terminal=np.arange(5) == at, is_last=np.zeros(5, bool))
    assert standardise(raw, schema("bridge_dataset")).steps["terminate"].tolist() == [False, False, True]


def test_an_episode_that_was_cut_off_has_no_end(episode):
    arm = np.array([[0, 1, 0]] * 4, np.int32)
    raw = fractal(episode, action__terminate_episode=arm, is_last=np.zeros(4, bool))
    assert standardise(raw, schema("fractal20220817_data")).steps["terminate"].tolist() == [False] * 3
    raw = fractal(episode, action__terminate_episode=arm)
    assert standardise(raw, schema("fractal20220817_data")).steps["terminate"].tolist() == [
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("length", "dropped"),
    [
        (1, (Dropped("drop_steps(first=1)", 1),)),
        (2, (Dropped("drop_steps(first=1)", 1), Dropped("delta_to_next(tail=drop)", 1))),
    ],
)
def test_an_episode_may_have_no_step_left(episode, length, dropped):
    out = standardise(bridge(episode, length), schema("bridge_dataset"))
    assert len(out) == 0
    assert out.dropped == dropped
    assert {name: len(column) for name, column in out.steps.items()} == dict.fromkeys(out.steps, 0)
    assert out.steps["action"].shape == (0, 7)
    assert out.steps["state"].shape == (0, 7)


def test_one_step_has_no_valid_action(episode):
    raw = language_table(episode)
    one = {name: column[:1] for name, column in raw.steps.items()}
    out = standardise(episode(**one), schema("language_table"))
    assert (len(out), out.dropped) == (0, (Dropped("last_step", 1),))


def test_an_episode_without_steps():
    place = Place("set-train.tfrecord-00000-of-00001", 0, 3, 4096, 100)
    with pytest.raises(NoSteps, match=r"00000-of-00001, record 3, byte 4,096: the episode has no steps"):
        standardise(Episode("set", "train", place, {}), schema("bridge_dataset"))
    with pytest.raises(NoSteps):
        compile_chain(schema("language_table"), None, REST)(Episode("set", "train", place, {}))


REST = ("action", "observation/rgb", "observation/instruction", "observation/effector_translation", "is_last")
REST = (*REST, "is_terminal")


def with_chain(*operations):
    """language_table with one chain of these operations."""
    data = schema("language_table").model_dump(mode="json")
    chain = {"gripper": "none", "names": ["dx", "dy"], "operations": list(operations)}
    return DatasetSpec.model_validate(data | {"actions": {"default": "mine", "chains": {"mine": chain}}})


def test_the_last_rlds_step_goes_once(episode):
    drop = {"op": "drop_steps", "last": 1}
    delta = {"op": "delta_to_next", "in": "action", "out": "$d", "rotation": "none", "tail": "repeat"}
    last = {"op": "concat", "of": ["$d"]}
    kept = standardise(language_table(episode), with_chain(drop, delta, last))
    assert kept.dropped == (Dropped("drop_steps(last=1)", 1),)  # the delta of step 1 is repeated, and valid
    assert len(kept) == 2
    gone = standardise(language_table(episode), with_chain(delta, last))
    assert gone.dropped == (Dropped("last_step", 1),)
    assert len(gone) == 2
    cut = standardise(language_table(episode), with_chain(drop, delta | {"tail": "drop"}, last))
    assert cut.dropped == (Dropped("drop_steps(last=1)", 1), Dropped("delta_to_next(tail=drop)", 1))


def test_drops_of_before_are_kept(episode):
    raw = language_table(episode)
    raw = Episode(
        raw.dataset, raw.split, raw.place, raw.steps, {}, np.array([4, 5, 6]), (Dropped("ranges", 4),)
    )
    out = standardise(raw, schema("language_table"))
    assert out.numbers.tolist() == [4, 5]
    assert out.dropped == (Dropped("ranges", 4), Dropped("last_step", 1))


def test_a_schema_without_state(episode):
    data = schema("language_table").model_dump(mode="json")
    out = standardise(language_table(episode), DatasetSpec.model_validate(data | {"state": None}))
    assert out.steps["state"].shape == (2, 0)


def test_keys_that_the_data_has_not(episode):
    raw = language_table(episode)
    steps = {name: column for name, column in raw.steps.items() if name != "observation/rgb"}
    without = Episode(raw.dataset, raw.split, raw.place, steps, {}, raw.numbers)
    with pytest.raises(MissingKey, match=r'the data has no key "observation/rgb" \(cameras.primary\)'):
        standardise(without, schema("language_table"))
    compiled = compile_chain(schema("language_table"), None, REST)
    with pytest.raises(MissingKey, match=r'the data has no key "observation/rgb" \(cameras.primary\)'):
        compiled(without)


def test_a_chain_that_there_is_not(episode):
    with pytest.raises(UnknownName, match='there is no action chain "octo"'):
        standardise(language_table(episode), schema("language_table"), "octo")


def test_data_that_does_not_fit_is_named_with_its_place(episode):
    raw = fractal(episode, action__world_vector=np.zeros((4, 2), np.float32))
    with pytest.raises(SourceError) as caught:
        standardise(raw, schema("fractal20220817_data"))
    assert str(caught.value) == (
        "schema fractal20220817_data, chain openvla: set-train.tfrecord-00000-of-00001, record 3, byte 4,096: "
        "the chain gives another number of columns than its names; "
        "got '6 columns'; allowed: 7: dx, dy, dz, droll, dpitch, dyaw, gripper."
    )


def test_a_compiled_chain_travels_and_gives_the_same(episode):
    raw = bridge(episode, 9)
    compiled = pickle.loads(pickle.dumps(compile_chain(schema("bridge_dataset"), "octo", raw.steps.keys())))
    once, again = compiled(raw), standardise(raw, schema("bridge_dataset"), "octo")
    assert once.steps["action"].tolist() == again.steps["action"].tolist()
    assert compiled.needed == schema("bridge_dataset").columns(raw.steps.keys(), "octo")


def test_what_is_not_finite_passes_without_a_warning(episode):
    state = np.zeros((5, 7), np.float32)
    state[2, 0], state[3, 1] = np.inf, np.nan
    out = standardise(bridge(episode, 5, observation__state=state), schema("bridge_dataset"))
    np.testing.assert_array_equal(out.steps["action"][:, :2], [[np.inf, 0], [-np.inf, np.nan], [0, np.nan]])


def test_a_float64_too_large_for_float32_passes_without_a_warning(episode):
    raw = language_table(episode)
    steps = dict(raw.steps) | {"action": np.full((3, 2), 1e300)}
    out = standardise(Episode("set", "train", raw.place, steps, {}, raw.numbers), schema("language_table"))
    assert np.isinf(out.steps["action"][:, :2]).all()
