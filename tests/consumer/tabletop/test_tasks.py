"""Tasks: goals and success by hand on one table, an expert that achieves every task, and what a loose thing does."""

import numpy as np
import pytest

from vladata.consumer.tabletop.scene import Scene, Thing, distance
from vladata.consumer.tabletop.suites import Trial, trial
from vladata.consumer.tabletop.tasks import REACH, PointAt, PushTo, PutNextTo
from vladata.consumer.tabletop.world import STOP, World, demonstrated

THINGS = (Thing(("red", "circle"), (0.5, 0.5)), Thing(("blue", "square"), (0.9, 0.5)))
FAR_OFF, AT_IT = (0.1, 0.1), (0.53, 0.54)  # the second is 0.05 from the circle


@pytest.mark.parametrize(
    ("task", "tip", "goal"),
    [
        (REACH, FAR_OFF, (0.5, 0.5)),
        (PointAt(), FAR_OFF, (0.5, 0.38)),
        (PushTo("left"), FAR_OFF, (0.5, 0.5)),
        (PushTo("left"), AT_IT, (0.12, 0.54)),
        (PushTo("right"), AT_IT, (0.88, 0.54)),
        (PushTo("top"), AT_IT, (0.53, 0.12)),
        (PushTo("bottom"), AT_IT, (0.53, 0.88)),
        (PutNextTo(1), FAR_OFF, (0.5, 0.5)),
        (PutNextTo(1), (0.5, 0.5), (0.66, 0.5)),  # 0.24 before the square
    ],
)
def test_where_the_tip_is_to_go(task, tip, goal):
    assert task.goal(Scene(THINGS, 0, tip), 0) == pytest.approx(goal)


@pytest.mark.parametrize(
    ("task", "tip", "at", "achieved"),
    [
        (REACH, (0.57, 0.5), (0.5, 0.5), True),
        (REACH, (0.59, 0.5), (0.5, 0.5), False),
        (PointAt(), (0.5, 0.31), (0.5, 0.5), True),
        (PointAt(), (0.5, 0.47), (0.5, 0.5), False),  # at the thing itself: it hides it
        (PushTo("left"), FAR_OFF, (0.27, 0.5), True),
        (PushTo("left"), FAR_OFF, (0.29, 0.5), False),
        (PushTo("right"), FAR_OFF, (0.24, 0.5), False),
        (PushTo("right"), FAR_OFF, (0.73, 0.5), True),
        (PushTo("top"), FAR_OFF, (0.5, 0.01), True),
        (PushTo("bottom"), FAR_OFF, (0.5, 0.99), True),
        (PutNextTo(1), FAR_OFF, (0.53, 0.5), True),
        (PutNextTo(1), FAR_OFF, (0.51, 0.5), False),
    ],
)
def test_when_it_is_achieved(task, tip, at, achieved):
    scene = Scene(THINGS, 0, tip).pushed(0, at)
    assert task.achieved(scene, 0) is achieved


@pytest.mark.parametrize("suite", ["one_stage", "two_stage", "every_task"])
def test_the_expert_achieves_what_was_not_so_before(suite):
    for number in range(60):
        played = trial(suite, 5, number)
        assert not played.task.achieved(played.scene, played.target)
        world = World(played)
        while not world.done:
            action, ends = world.expert()
            world.step(action, ends)
        assert world.success
        assert ends
        assert world.steps < played.task.most_steps


def test_instructions_say_what_is_asked_for():
    said = {"one_stage": set(), "two_stage": set(), "every_task": set()}
    for suite, verbs in said.items():
        for number in range(60):
            played = trial(suite, 0, number)
            colour, glyph = played.scene.things[played.target].kind
            name = f"{colour} {glyph}"
            match played.task:
                case PointAt():
                    allowed = {f"point at {name}"}
                case PushTo(side):
                    allowed = {f"push {name} to the {side}"}
                case PutNextTo(other):
                    allowed = {f"put {name} next to {' '.join(played.scene.things[other].kind)}"}
                case _:
                    allowed = {f"reach {name}", f"move to {name}"}
            assert played.instruction in allowed
            verbs.add(played.instruction.split()[0])
    assert said["one_stage"] == {"reach", "move", "point"}
    assert said["two_stage"] == {"push", "put"}
    assert said["every_task"] == {"reach", "move", "point", "push", "put"}


def played_by_hand(task, tip):
    return World(Trial(Scene(THINGS, 0, tip), "by hand", 0, task))


def test_a_loose_thing_moves_with_the_tip_and_the_others_stay():
    world = played_by_hand(PushTo("left"), AT_IT)
    world.step(np.array([-0.1, 0.05]))
    assert world.scene.things[0].at == pytest.approx((0.4, 0.55))
    assert world.scene.things[1] == THINGS[1]


def test_what_the_tip_is_not_at_stays():
    world = played_by_hand(PushTo("left"), (0.5, 0.6))
    world.step(np.array([0.0, -0.05]))
    assert world.scene.things == THINGS


def test_nothing_is_loose_where_a_thing_is_only_reached():
    world = played_by_hand(REACH, (0.5, 0.5))
    world.step(np.array([0.1, 0.0]))
    assert world.scene.things == THINGS


def test_a_pushed_thing_stays_on_the_table_and_at_the_tip():
    world = World(
        Trial(Scene((Thing(("red", "circle"), (0.97, 0.5)),), 0, (0.93, 0.5)), "", 0, PushTo("left"))
    )
    for _ in range(3):
        world.step(np.array([0.16, 0.0]))
    assert world.tip == (1.0, 0.5)
    assert world.scene.things[0].at == (1.0, 0.5)


def test_touching_the_thing_is_no_end():
    """The tip at the thing that it has to push: the goal is elsewhere by then, and the expert goes on."""
    assert not played_by_hand(PushTo("left"), (0.5, 0.5)).expert()[1]


def test_demonstrations_of_two_stages_end_where_the_task_is_achieved():
    ended = 0
    for number in range(60):
        played = trial("two_stage", 1, number)
        scene, _, ends = demonstrated(played, number)[-1]
        if ends:
            ended += 1
            assert played.task.achieved(scene, played.target)
            assert distance(scene.tip, played.task.goal(scene, played.target)) < STOP
    assert ended >= 50
