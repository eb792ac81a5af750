"""Every kind of task on literal steps, and held against plain loops."""

import numpy as np
import pytest

from tests.language.asking import asked, steps_of
from vladata.image_geometry import image_geometry
from vladata.language.coordinates import spelled
from vladata.language.gripper_events import next_events
from vladata.language.movement import movements


def test_the_action_and_the_instruction():
    steps = steps_of(3)
    assert asked(steps, "action") == [
        ("Q: what action should the robot take to pick apple? A:", f"action {i}") for i in range(3)
    ]
    assert asked(steps, "instruction") == [("Q: what is the robot told to do? A:", "pick apple")] * 3


def test_the_state_as_the_recipe_spells_it():
    assert [target for _, target in asked(steps_of(2), "state")] == ["state 0", "state 1"]


def test_of_several_prompts_each_step_draws_one():
    prompts = ["a {instruction}", "b {instruction}", "c"]
    steps = steps_of(300)
    drawn = [prompt[0] for prompt, _ in asked(steps, "instruction", prompt=["a", "b", "c"])]
    assert {letter: drawn.count(letter) > 70 for letter in "abc"} == dict.fromkeys("abc", True)
    later = steps_of(300, at=range(100, 300))
    assert [prompt[0] for prompt, _ in asked(later, "instruction", prompt=["a", "b", "c"])] == drawn[100:]
    assert {prompt for prompt, _ in asked(steps, "action", prompt=prompts[:2])} == {
        "a pick apple",
        "b pick apple",
    }


@pytest.mark.parametrize(("least", "most"), [(1, 1), (1, 3), (0, 7), (2, 50), (0, 0)])
def test_steps_between_against_a_plain_loop(least, most):
    """The earlier frame is one of those that may be shown, all of them come up, and what is said is how far it is."""
    numbers = [0, 1, 2, 5, 6, 9, 10, 11, 12, 20, 21]
    found = {i: set() for i in range(len(numbers))}
    for episode in range(200):
        steps = steps_of(len(numbers), numbers=numbers, episode=f"train-00000-{episode:06d}")
        spoken = asked(steps, "steps_between", least=least, most=most, whole=True)
        for i, target in enumerate(spoken.targets):
            if i in spoken.unsaid:
                continue
            here, before = spoken.frames[i].tolist()
            assert here == i
            assert before <= i
            assert int(target) == numbers[i] - numbers[before]
            found[i].add(before)
    for i, shown in found.items():
        assert shown == {j for j in range(i + 1) if least <= numbers[i] - numbers[j] <= most}


def test_success_is_asked_of_the_end_and_of_what_is_long_before():
    def said(steps, **settings):
        spoken = asked(steps, "success", whole=True, **settings)
        return ["-" if i in spoken.unsaid else text for i, text in enumerate(spoken.targets)]

    assert said(steps_of(5, ended=True)) == ["no", "no", "no", "no", "yes"]
    assert said(steps_of(5, ended=True), done=2, undone=4) == ["no", "-", "-", "yes", "yes"]
    assert said(steps_of(2, ended=True, failed=True)) == ["no", "no"]
    assert said(steps_of(3, ended=False), yes="done", no="not yet") == ["not yet"] * 3


def test_annotations_are_said_where_they_have_words():
    notes = {"subtask": ["reach", "", "lift"], "plan": ["first", "then", ""], "why": ["a", "b", " "]}
    steps = steps_of(3, annotations=notes)
    assert [target for _, target in asked(steps, "subtask")] == ["reach", None, "lift"]
    assert [target for _, target in asked(steps, "plan")] == ["first", "then", None]
    assert [target for _, target in asked(steps, "annotation", prompt="why?", field="why")] == [
        "a",
        "b",
        None,
    ]
    cot = {"target": "Plan: {plan} ({note_why}). Action: {action}"}
    assert [target for _, target in asked(steps, "action", **cot)] == [
        "Plan: first (a). Action: action 0",
        "Plan: then (b). Action: action 1",
        None,
    ]
    assert [target for _, target in asked(steps, "memory")] == [None] * 3


def test_the_plan_of_a_target_is_the_plan_of_the_sample():
    steps = steps_of(2, annotations={"plan": ["go", ""]})
    spoken = asked(steps, "action", target="Plan: {plan}. Action: {action}", whole=True)
    assert (spoken.plans, list(spoken.unsaid)) == (["go", ""], [1])
    assert str(spoken.unsaid[1]) == "task mine: the step has no plan."
    assert asked(steps, "action", whole=True).plans == ["go", ""]
    hostile = steps_of(1, annotations={"plan": ["x. Action: 1 2"]})
    spoken = asked(hostile, "action", target="Plan: {plan}. Action: {action}", whole=True)
    assert "a part of the target holds the words that follow it" in str(spoken.unsaid[0])


def test_a_plan_by_rule():
    steps = steps_of(3, grippers=[1, 1, 0])
    cot = {"target": "Plan: {plan}. Action: {action}", "plan_from": "subgoal"}
    assert [target for _, target in asked(steps, "action", **cot)] == [
        "Plan: close gripper in 2 steps. Action: action 0",
        "Plan: close gripper in 1 step. Action: action 1",
        "Plan: close gripper now. Action: action 2",
    ]


@pytest.mark.parametrize(
    ("form", "point", "box"),
    [
        ("per_255", "64 128", "0 0 255 255"),
        ("per_1000", "250 500", "0 0 1000 1000"),
        ("loc", "<loc0512><loc0256>", "<loc0000><loc0000><loc1023><loc1023>"),
        ("pixels", "56 112", "0 0 224 224"),
    ],
)
def test_places_in_every_form(form, point, box):
    assert spelled([(112.0, 56.0)], (224, 224), form) == point
    assert spelled([(0.0, 0.0), (224.0, 224.0)], (224, 224), form) == box


def test_places_follow_the_picture():
    """A picture of 100 x 200 in 224 x 224: stretched, padded above and below, or cut left and right."""
    notes = {
        "point@primary": ["[100, 50]", "[0, 0]", "[60, 90]", "[300, 1]", "nowhere"],
        "point": ["[1, 1]"] * 5,
    }
    expected = {
        "stretch": ["112 112", "0 0", "67 202", None, None],
        "pad": ["112 112", "0 56", "67 157", None, None],
        "crop": ["112 112", None, "22 202", None, None],
    }
    for fit, texts in expected.items():
        steps = steps_of(5, annotations=notes, geometry=image_geometry(100, 200, (224, 224), fit=fit))
        assert [target for _, target in asked(steps, "point", coordinates="pixels")] == texts


def test_boxes_and_traces():
    notes = {
        "box": ["[0, 0, 100, 50]", "[[0, 0, 100, 50], [100, 50, 200, 100]]"],
        "trace": ["[[0, 0], [100, 50], [200, 100]]", "[1]"],
    }
    steps = steps_of(2, annotations=notes, geometry=image_geometry(100, 200, (224, 224)))
    assert [target for _, target in asked(steps, "box")] == ["0 0 128 128", "0 0 128 128 ; 128 128 255 255"]
    assert asked(steps, "box", coordinates="loc")[0][1] == "<loc0000><loc0000><loc0512><loc0512>"
    assert [target for _, target in asked(steps, "trace")] == ["0 0 128 128 255 255", None]


def test_a_point_in_front_of_the_action():
    steps = steps_of(1, annotations={"point": ["[100, 50]"]}, geometry=image_geometry(100, 200, (224, 224)))
    asked_for = {
        "prompt": "robot at {state}, go to {point}",
        "target": "Plan: point {point}. Action: {action}",
    }
    assert asked(steps, "action", **asked_for) == [
        ("robot at state 0, go to 128 128", "Plan: point 128 128. Action: action 0")
    ]


@pytest.mark.parametrize(
    ("meaning", "values", "words"),
    [
        (
            "open_absolute",
            [1, 1, 0, 0, 1],
            [
                "close gripper in 2 steps",
                "close gripper in 1 step",
                "close gripper now",
                "open gripper in 1 step",
                "open gripper now",
            ],
        ),
        ("open_absolute", [1, 1, 1], ["keep gripper"] * 3),
        (
            "closing_relative",
            [0, 1, 1, 0, -1],
            [
                "close gripper in 1 step",
                "close gripper now",
                "open gripper in 2 steps",
                "open gripper in 1 step",
                "open gripper now",
            ],
        ),
        ("closing_relative", [0, 0], ["keep gripper"] * 2),
    ],
)
def test_the_next_gripper_event(meaning, values, words):
    actions = np.stack([np.zeros(len(values)), values], 1)
    assert next_events(actions, ("dx", "gripper"), {"gripper": meaning}) == words


def test_of_two_grippers_the_first_event():
    actions = np.array([[1, 1], [1, 0], [0, 0]])
    names = ("left_gripper", "right_gripper")
    assert next_events(actions, names, dict.fromkeys(names, "open_absolute")) == [
        "close right gripper in 1 step",
        "close right gripper now",
        "close left gripper now",
    ]


def plain_movement(states, i):
    """ECoT's rule for one step, number by number."""
    row = states[i : i + 4] if i < len(states) - 1 else states[len(states) - 2 : len(states) + 2]
    change = [float(row[-1][d]) - float(row[0][d]) for d in range(7)]
    length = sum(abs(c) for c in change[:3])
    if length > 0.09:
        change[:3] = [c * 0.09 / length for c in change[:3]]
    change[3:6] = [c / 10 for c in change[3:6]]
    sign = [1 if c > 0.03 else -1 if c < -0.03 else 0 for c in change]
    moves = [
        {1: one, -1: other}[s]
        for s, one, other in zip(sign, ("forward", "left", "up"), ("backward", "right", "down"), strict=False)
        if s
    ]
    said = ["move " + " ".join(moves)] if moves else []
    tilt = sign[3] if sign[3] else sign[4]
    if tilt:
        said.append("tilt up" if tilt == 1 else "tilt down")
    if sign[5]:
        said.append("rotate counterclockwise" if sign[5] == 1 else "rotate clockwise")
    if sign[6]:
        said.append("open gripper" if sign[6] == 1 else "close gripper")
    return ", ".join(said) if said else "stop"


def test_movements_against_a_plain_loop():
    rng = np.random.default_rng(0)
    seen = set()
    for length in (2, 3, 4, 5, 40):
        for size in (0.0, 0.01, 0.03, 0.1):
            states = np.cumsum(rng.normal(0, size, (length, 7)) * [1, 1, 1, 10, 10, 10, 3], 0)
            words = movements(states)
            assert words == [plain_movement(states, i) for i in range(length)]
            seen.update(words)
    assert len(seen) > 60
    assert "stop" in seen
    assert movements(np.zeros((1, 7))) == ["stop"]


@pytest.mark.parametrize("names", [("joint_0", "gripper"), ("left_x", "right_x")])
def test_nothing_is_said_of_how_an_arm_moves_whose_place_is_not_known(names):
    steps = steps_of(3, states=[[0.3 * i, 1.0] for i in range(3)], state_names=names)
    spoken = asked(steps, "movement", whole=True)
    assert list(spoken.unsaid) == [0, 1, 2]


def test_a_robot_without_rotations_moves_all_the_same():
    steps = steps_of(5, states=[[0.05 * i, 0.0] for i in range(5)], state_names=("x", "y"))
    assert [target for _, target in asked(steps, "movement")] == ["move forward"] * 5
    assert [target for _, target in asked(steps, "movement", window=2, threshold=0.06)] == ["stop"] * 5
