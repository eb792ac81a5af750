"""swapped-dimensions and reversed-dimension: actions that move another dimension of the state, and those in another frame."""

import itertools

import numpy as np
import pytest

from tests.doctor.tracks import DELTAS, STATES, changed, drawn, find, kinds, made, subject
from vladata.doctor.axes import axes

TARGETS = subject(names=("x", "y", "z", "roll", "pitch", "yaw", "gripper"))
STYLES = ["reached", "commanded", "normalised"]


def exchanged(*order):
    """The first dimensions of the action in this order."""

    def change(action, _):
        action[:, : len(order)] = action[:, list(order)]

    return change


def turned(matrix, columns=slice(0, 3)):
    """The action's vectors in another frame."""

    def change(action, _):
        action[:, columns] = action[:, columns] @ np.array(matrix, np.float32).T

    return change


def wandering(seed=0, count=12, steps=60, dimensions=3):
    """Arms that do what they are told, in all dimensions alike and independently."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        action = rng.normal(0, 0.01, (steps, dimensions))
        place = rng.normal(0, 0.2, dimensions) + np.cumsum(action, axis=0) - action
        yield number, action, place


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("style", STYLES)
def test_clean_arms_are_silent(seed, style):
    assert find(axes, drawn(seed, style=style)) == []
    assert find(axes, drawn(seed, style=style, late=1, noise=0.3, gain=0.7)) == []


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    ("order", "names"),
    [
        ((1, 0), ["dx", "dy"]),
        ((2, 1, 0), ["dx", "dz"]),
        ((0, 1, 2, 5, 4, 3), ["droll", "dyaw"]),
        ((3, 1, 2, 0), ["dx", "droll"]),
    ],
    ids=["x-y", "x-z", "roll-yaw", "x-roll"],
)
def test_two_that_changed_places_are_an_error(order, names, style):
    (found,) = find(axes, changed(drawn(1, style=style, unsteady=0.15), exchanged(*order)))
    assert (found.kind, found.severity) == ("swapped-dimensions", "error")
    assert found.evidence["dimensions"] == names
    assert set(found.evidence["moves"].values()) == {name[1:] for name in names}
    assert min(found.evidence["correlation"].values()) > 0.5
    assert max(map(abs, found.evidence["own_correlation"].values())) < 0.5


def test_what_a_person_reads_of_two_that_changed_places():
    (found,) = find(axes, changed(drawn(1), exchanged(1, 0)))
    correlation, own = found.evidence["correlation"], found.evidence["own_correlation"]
    assert found.says == (
        "The dimensions dx and dy have changed places: where dx is positive, the state's y rises (correlation "
        f"{correlation['dx']:.2f}, with x {own['dx']:.2f}); where dy is positive, the state's x rises (correlation "
        f"{correlation['dy']:.2f}, with y {own['dy']:.2f}). That holds in every episode. No turn of the frame explains it: "
        "a model trained on this moves the robot the wrong way."
    )
    assert found.advice.startswith("Exchange the names in `names` of the chain")


def test_values_to_be_reached_that_changed_places():
    tracks = drawn(0, style="target")
    assert find(axes, tracks, TARGETS) == []
    assert kinds(find(axes, changed(tracks, exchanged(2, 1, 0)), TARGETS)) == [
        ("swapped-dimensions", "error")
    ]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(("dimensions"), [[0], [2], [5], [0, 1, 2]], ids=["x", "z", "yaw", "xyz"])
def test_an_odd_number_of_reversed_dimensions_is_an_error(dimensions, style):
    def change(action, _):
        action[:, dimensions] *= -1

    (found,) = find(axes, changed(drawn(1, style=style, unsteady=0.15), change))
    assert (found.kind, found.severity) == ("reversed-dimension", "error")
    assert found.evidence["dimensions"] == [DELTAS[d] for d in dimensions]
    assert found.says.startswith(
        f"Where {DELTAS[dimensions[0]]} is positive, the state's {STATES[dimensions[0]]} falls (corr"
    )
    assert "scale: -1" in found.advice


@pytest.mark.parametrize(
    ("matrix", "kind"),
    [
        ([[-1, 0, 0], [0, -1, 0], [0, 0, 1]], "reversed-dimension"),
        ([[0, 1, 0], [-1, 0, 0], [0, 0, 1]], "swapped-dimensions"),
        ([[0, 1, 0], [1, 0, 0], [0, 0, -1]], "swapped-dimensions"),
        ([[0, 0, 1], [1, 0, 0], [0, 1, 0]], "swapped-dimensions"),
    ],
    ids=["half a turn", "a quarter", "a hand that points down", "a third"],
)
def test_another_frame_is_a_warning(matrix, kind):
    (found,) = find(axes, changed(drawn(1), turned(matrix)))
    assert (found.kind, found.severity) == (kind, "warning")
    assert "in another frame than the state" in found.says
    assert found.advice.startswith("If the action is meant in another frame than the state, leave it")


SIGNED = [
    np.diag(signs)[list(order)]
    for order in itertools.permutations(range(3))
    for signs in itertools.product((1, -1), repeat=3)
]


def placed(matrix):
    """The axes of the state that the action's have, such as "+y -x +z"."""
    return " ".join("+-"[int(row.sum() < 0)] + "xyz"[int(np.abs(row).argmax())] for row in matrix)


@pytest.mark.parametrize("matrix", SIGNED, ids=placed)
def test_of_all_ways_to_place_three_axes_the_mirrored_are_errors(matrix):
    tracks = changed([made(*each) for each in wandering()], turned(matrix))
    found = find(axes, tracks, subject(DELTAS[:3], STATES[:3], "none"))
    if (matrix == np.eye(3)).all():
        assert found == []
    else:
        assert [f.severity for f in found] == ["error" if np.linalg.det(matrix) < 0 else "warning"]


@pytest.mark.parametrize("seed", range(30))
def test_no_frame_at_all_is_an_error(seed):
    matrix = np.linalg.qr(np.random.default_rng(seed).normal(0, 1, (3, 3)))[0]
    tracks = changed([made(*each) for each in wandering(seed)], turned(matrix * np.linalg.det(matrix)))
    found = find(axes, tracks, subject(DELTAS[:3], STATES[:3], "none"))
    assert {f.severity for f in found} <= {"warning"}


def test_a_frame_that_is_turned_by_half_a_right_angle_is_mixed_and_silent():
    c = np.sqrt(0.5)
    assert find(axes, changed(drawn(1), turned([[c, c, 0], [-c, c, 0], [0, 0, 1]]))) == []


def test_the_frame_of_a_hand_that_turns_is_weak_and_silent():
    """The hand points down and turns about all directions: only dz, which goes down, is told, and alone says nothing."""
    rng, about, tracks = np.random.default_rng(0), subject(DELTAS[:3], STATES[:3], "none"), []
    for number, action, place in wandering():
        yaw = rng.uniform(-np.pi, np.pi) + np.cumsum(rng.normal(0, 0.2, len(action)))
        c, s = np.cos(yaw), np.sin(yaw)
        hand = np.stack(
            [c * action[:, 0] + s * action[:, 1], s * action[:, 0] - c * action[:, 1], -action[:, 2]], axis=1
        )
        tracks.append(made(number, hand, place))
    assert find(axes, tracks, about) == []
    down = changed(
        [made(*each) for each in wandering()], lambda a, _: a.__setitem__((slice(None), 2), -a[:, 2])
    )
    assert kinds(find(axes, down, about)) == [("reversed-dimension", "error")], (
        "the same with a frame that is known"
    )


def test_in_a_plane_a_mirror_may_be_the_view_from_below():
    about = subject(("dx", "dy"), ("x", "y"), "none")
    tracks = [made(*each) for each in wandering(dimensions=2)]
    assert find(axes, tracks, about) == []
    assert kinds(find(axes, changed(tracks, exchanged(1, 0)), about)) == [("swapped-dimensions", "warning")]


def test_a_dimension_that_never_moves_leaves_the_frame_open():
    def flat(action, state):
        action[:, 2] = state[:, 2] = 0.1
        exchanged(1, 0)(action, state)

    assert kinds(find(axes, changed(drawn(1), flat))) == [("swapped-dimensions", "warning")]


def test_joints_have_no_frame():
    about = subject([f"dj{j}" for j in range(6)], [f"joint_{j}" for j in range(6)], "none")
    tracks = [made(*each) for each in wandering(dimensions=6)]
    assert find(axes, tracks, about) == []
    turned_pair = changed(tracks, turned(-np.eye(2), slice(2, 4)))
    assert kinds(find(axes, turned_pair, about)) == [("reversed-dimension", "error")]
    (ring,) = find(axes, changed(tracks, exchanged(1, 2, 0)), about)
    assert ring.evidence["moves"] == {"dj0": "joint_1", "dj1": "joint_2", "dj2": "joint_0"}
    assert ring.says.startswith("The dimensions dj0, dj1 and dj2 have changed places: ")


def test_two_arms_that_changed_places():
    names = [f"{arm}_{d}" for arm in ("left", "right") for d in ("dx", "dy", "dz")]
    about = subject(names, [f"{arm}_{d}" for arm in ("left", "right") for d in "xyz"], "none")
    tracks = [made(*each) for each in wandering(dimensions=6)]
    assert find(axes, tracks, about) == []
    (found,) = find(axes, changed(tracks, exchanged(3, 4, 5, 0, 1, 2)), about)
    assert (found.severity, found.evidence["moves"]["left_dx"]) == ("error", "right_x")


def test_one_episode_in_three_is_not_most():
    tracks = drawn(1)
    some = changed(tracks[::3], exchanged(1, 0)) + tracks[1::3] + tracks[2::3]
    assert find(axes, some) == []


def test_near_a_right_angle_of_pitch_roll_and_yaw_say_nothing():
    def up(_, state):
        state[:, 4] += np.pi / 2

    wrong = changed(drawn(1, unsteady=0.15), exchanged(0, 1, 2, 5, 4, 3))
    assert kinds(find(axes, wrong)) == [("swapped-dimensions", "error")]
    assert find(axes, changed(wrong, up)) == []


def test_too_little_says_nothing():
    assert find(axes, []) == []
    assert find(axes, changed(drawn(1)[:3], exchanged(1, 0))) == []
    still = [made(n, np.zeros((30, 7)), np.zeros((30, 7))) for n in range(20)]
    assert find(axes, still) == []
    assert find(axes, drawn(1, has_state=False), subject(states=())) == []


@pytest.mark.parametrize(("period", "late"), [(8, 4), (12, 6), (20, 10)])
def test_arms_that_shake_and_are_late_are_not_reversed(period, late):
    """Half a period late: the state goes against the action, and with it at a later step."""
    rng, about, tracks = np.random.default_rng(0), subject(DELTAS[:3], STATES[:3], "none", hz=50.0), []
    for number in range(12):
        pace = 2 * np.pi / period * (1 + rng.normal(0, 0.15, (100, 3)))
        action = 0.01 * np.sin(rng.uniform(0, 6, 3) + np.cumsum(pace, axis=0))
        obeyed = np.concatenate([np.zeros((late, 3)), action])[:100]
        tracks.append(made(number, action, np.cumsum(obeyed, axis=0) - obeyed))
    assert find(axes, tracks, about) == []
