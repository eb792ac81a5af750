"""The world: what is new in which suite, trials by their names alone, an expert that succeeds."""

from itertools import pairwise

import numpy as np
import pytest

from vladata.consumer.tabletop.picture import draw
from vladata.consumer.tabletop.scene import Scene, Thing, Waves, distance
from vladata.consumer.tabletop.suites import FAR, SUITES, trial
from vladata.consumer.tabletop.words import HELD_OUT, NEW, ONLY_ON_THE_WEB, SEEN, SYMBOLS
from vladata.consumer.tabletop.world import MOST, World, demonstrated
from vladata.errors import UnknownName, UsageError

MANY = range(60)


def kinds(suite):
    for number in MANY:
        played = trial(suite, 0, number)
        target = played.scene.things[played.target].kind
        yield (
            played,
            target,
            [thing.kind for n, thing in enumerate(played.scene.things) if n != played.target],
        )


@pytest.mark.parametrize("suite", ["robot", "validation", "seen"])
def test_robots_see_twelve_kinds_and_plain_words(suite):
    for played, target, others in kinds(suite):
        assert {target, *others} <= set(SEEN)
        assert isinstance(played.scene.table, int)
        assert played.instruction.removeprefix("reach ").removeprefix("move to ") == " ".join(target)


def test_what_is_new():
    assert {target for _, target, _ in kinds("combo")} == set(HELD_OUT)
    for _, target, others in kinds("object"):
        assert target in NEW
        assert set(others) & set(NEW)
    for _, target, others in kinds("symbol"):
        assert target in SYMBOLS
        assert any(kind in SYMBOLS for kind in others)
    web = {word for words in ONLY_ON_THE_WEB.values() for word in words}
    for played, target, _ in kinds("concept"):
        assert target in SEEN
        assert set(played.instruction.split()[-2:]) <= web
    for played, target, _ in kinds("background"):
        assert target in SEEN
        assert isinstance(played.scene.table, Waves)
    for played, *_ in kinds("wording"):
        assert played.instruction.split()[0] in ("find", "point")


@pytest.mark.parametrize("suite", SUITES)
def test_one_thing_answers_to_the_instruction(suite):
    for played, target, others in kinds(suite):
        assert target not in others
        tip = played.scene.tip
        assert distance(tip, played.scene.things[played.target].at) > FAR


def test_a_trial_is_a_function_of_its_names():
    assert trial("symbol", 3, 7) == trial("symbol", 3, 7)
    assert len({trial("symbol", seed, number).scene for seed in range(3) for number in range(20)}) == 60
    assert trial("seen", 0, 0) != trial("robot", 0, 0)
    with pytest.raises(UnknownName, match='no suite "sean"'):
        trial("sean", 0, 0)


@pytest.mark.parametrize("suite", SUITES)
def test_the_expert_reaches_and_says_so(suite):
    for number in range(15):
        world = World(trial(suite, 1, number))
        while not world.done:
            action, ends = world.expert()
            assert np.abs(action).max() <= np.float32(MOST)
            world.step(action, ends)
        assert world.success
        assert ends


def test_a_trial_ends_by_itself_and_then_takes_no_action():
    world = World(trial("seen", 0, 0))
    for _ in range(14):
        assert not world.done
        world.step(np.zeros(2))
    assert world.done
    assert not world.success
    with pytest.raises(UsageError, match="the trial is over"):
        world.step(np.zeros(2))


@pytest.mark.parametrize("action", [[0.1], [0.1, np.nan], [[0.1, 0.1]]])
def test_what_is_no_action(action):
    with pytest.raises(UsageError, match="an action must be two finite numbers"):
        World(trial("seen", 0, 0)).step(np.array(action))


def test_saying_it_elsewhere_is_no_success():
    world = World(trial("seen", 0, 0))
    world.step(np.zeros(2), terminate=True)
    assert world.done
    assert not world.success


def test_noise_brings_demonstrations_off_the_path_and_the_expert_back():
    strays = 0
    for number in range(40):
        played = trial("robot", 0, number)
        found = demonstrated(played, number)
        for (scene, action, _), (after, *_) in pairwise(found):
            moved = np.subtract(after.tip, scene.tip)
            strays += bool(np.abs(moved - action).max() > 0.02)
        assert sum(ends for *_, ends in found) == found[-1][2]
    assert strays > 40


def test_a_thing_is_drawn_where_it_is():
    """The mean place of the pixels of its colour is its own, to a tenth of a pixel for a shape that is the same all round."""
    at = (20.5 / 48, 31.5 / 48)
    scene = Scene((Thing(("blue", "circle"), at),), 0)
    picture = draw(scene, np.random.default_rng(0), noise=0).astype(float)
    blue = picture[..., 2] - picture[..., 0] > 60
    rows, columns = np.nonzero(blue)
    assert ((columns + 0.5).mean() / 48, (rows + 0.5).mean() / 48) == pytest.approx(at, abs=0.1 / 48)
    assert 70 < blue.sum() < 110  # about pi 5.2^2
