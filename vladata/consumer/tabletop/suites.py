"""Suites of trials: trials like the robot data, and six suites that are new in one way each.

    robot, validation, seen   the twelve kinds of objects in robot data, plain words, plain tables; each suite has its own seeds
    combo        known colours and shapes in combinations that are never in robot data
    object       a colour or a shape that is never in robot data
    symbol       a digit: only web data has digits
    concept      known objects by words that only web data has
    background   known objects on tables that only web data has
    wording      known objects, with a verb that only web data has

The task in these suites is to reach a thing. Three more suites have the other tasks too (tasks.py), with kinds of objects that
are in robot data:

    every_task   for demonstrations: reach, point at, push to, put next to, in equal shares
    one_stage    reach or point at
    two_stage    push to or put next to

A trial is a pure function of suite, seed and number. In half of the trials one other thing has the target's colour and another
has its glyph, if the suite has such things, so that the policy needs both words. In demonstrations this share is nine of ten,
because a policy learns to tell things apart only from such trials.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vladata.consumer.tabletop.asked import drawn
from vladata.consumer.tabletop.glyphs import RADII, TURNS
from vladata.consumer.tabletop.scene import PLAIN, Scene, Thing, Waves, distance, pixel_middle
from vladata.consumer.tabletop.tasks import REACH, TabletopTask
from vladata.consumer.tabletop.words import (
    COLOURS,
    DIGITS,
    EVERYTHING,
    HELD_OUT,
    NEW,
    ONLY_ON_THE_WEB,
    SEEN,
    SHAPES,
    SYMBOLS,
    Kind,
)
from vladata.errors import UnknownName
from vladata.keys import seed_of

ASKED = ("reach", "move to")
ASKED_ON_THE_WEB = ("find", "point to")
MARGIN = 0.12  # least distance of a thing's middle from the edge, in sides of the table
APART = 0.25  # least distance of two things' middles
CONTRAST = 0.2  # largest difference between the two colours of waves, in each channel
DEMONSTRATED = 0.9  # share of the demonstrations with things that are similar to the target
FAR = 0.2  # least distance of the tip from its target at the start

_KNOWN = tuple((colour, shape) for colour, shape in SEEN + HELD_OUT)
_SHAPED = tuple((colour, shape) for colour in COLOURS for shape in SHAPES)


@dataclass(frozen=True, slots=True)
class Suite:
    """The rule of a suite's trials.

    targets: the kinds that the target can be.
    others:  the kinds that other things can be.
    also:    at least one other thing is of these kinds; () for no such rule.
    alike:   share of the trials in which one other thing has the target's colour and another has its glyph.
    asked:   the verbs of instructions.
    foreign: True for words of colours and glyphs that only web data has.
    waves:   True for tables that only web data has.
    tasks:   some of "reach", "point at", "push", "put".
    """

    targets: Sequence[Kind] = SEEN
    others: Sequence[Kind] = SEEN
    also: Sequence[Kind] = ()
    alike: float = 0.5
    asked: Sequence[str] = ASKED
    foreign: bool = False
    waves: bool = False
    tasks: Sequence[str] = ("reach",)


SUITES: dict[str, Suite] = {
    "robot": Suite(alike=DEMONSTRATED),
    "validation": Suite(),
    "seen": Suite(),
    "combo": Suite(HELD_OUT, _KNOWN),
    "object": Suite(NEW, _SHAPED, NEW),
    "symbol": Suite(SYMBOLS, EVERYTHING, SYMBOLS),
    "concept": Suite(foreign=True),
    "background": Suite(waves=True),
    "wording": Suite(asked=ASKED_ON_THE_WEB),
    "every_task": Suite(alike=DEMONSTRATED, tasks=("reach", "point at", "push", "put")),
    "one_stage": Suite(tasks=("reach", "point at")),
    "two_stage": Suite(tasks=("push", "put")),
}
UNSEEN = ("object", "symbol", "concept", "background")
"""The suites whose mean measures how much a policy has learnt from web data."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial. scene: its start.   target: the number of the thing that the instruction names first."""

    scene: Scene
    instruction: str
    target: int
    task: TabletopTask = REACH


def trial(suite: str, seed: int, number: int) -> Trial:
    """Return trial `number` of a suite. Raises UnknownName for an unknown suite."""
    if suite not in SUITES:
        raise UnknownName("suite", suite, list(SUITES))
    rng = np.random.default_rng(seed_of(seed, "tabletop", suite, number))
    while (found := _trial(SUITES[suite], rng)) is None:
        pass
    return found


def _trial(rule: Suite, rng: np.random.Generator) -> Trial | None:
    kinds = _kinds(rule, rng)
    target = int(rng.integers(len(kinds)))
    kinds[0], kinds[target] = kinds[target], kinds[0]
    places = spread(len(kinds), rng)
    things = tuple(
        Thing(kind, at, RADII.index(5.5), int(rng.integers(len(TURNS))))
        for kind, at in zip(kinds, places, strict=True)
    )
    table = waves(rng) if rule.waves else int(rng.integers(len(PLAIN)))
    scene = Scene(things, table, _tip(things, target, rng))
    words = [_word(word, rule.foreign, rng) for word in kinds[target]]
    reached = Trial(scene, " ".join([str(rng.choice(list(rule.asked))), *words]), target)
    kind = rule.tasks[int(rng.integers(len(rule.tasks)))]
    if kind == "reach":
        return reached
    other = drawn(kind, things, target, rng)
    return other and Trial(scene, other[1], target, other[0])


def spread(count: int, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Return `count` places for things, at least APART from each other."""
    while True:
        found: list[tuple[float, float]] = []
        for _ in range(60):
            x, y = rng.uniform(MARGIN, 1 - MARGIN, 2).tolist()
            at = pixel_middle((x, y))
            if all(distance(at, other) >= APART for other in found):
                found.append(at)
            if len(found) == count:
                return found


def waves(rng: np.random.Generator) -> Waves:
    """Return a random table of web data."""
    base = rng.uniform(0.25, 0.85, 3)
    (r, g, b), other = base.tolist(), (base + rng.uniform(-CONTRAST, CONTRAST, 3)).clip(0, 1).tolist()
    return Waves(
        (r, g, b),
        (other[0], other[1], other[2]),
        float(rng.uniform(1.5, 6)),
        float(rng.uniform(0, np.pi)),
        float(rng.uniform(0, 2 * np.pi)),
    )


def _kinds(rule: Suite, rng: np.random.Generator) -> list[Kind]:
    """Return the target's kind, and then two or three other kinds, all different."""
    first = _one(rule.targets, rng)
    found = [first]
    wanted = 3 + int(rng.integers(2))
    if rng.random() < rule.alike:
        for part in (0, 1):
            alike = [kind for kind in rule.others if kind[part] == first[part] and kind not in found]
            if alike:
                found.append(_one(alike, rng))
    if rule.also and not any(kind in rule.also for kind in found[1:]):
        digits = first[1] in DIGITS
        fit = [kind for kind in rule.also if kind not in found and (not digits or kind[1] != first[1])]
        found.append(_one(fit, rng))
    while len(found) < wanted:
        kind = _one(rule.others, rng)
        if kind not in found:
            found.append(kind)
    return found


def _tip(things: Sequence[Thing], target: int, rng: np.random.Generator) -> tuple[float, float]:
    """Return a random place for the tip, sometimes on another thing, never near the target."""
    while True:
        x, y = rng.uniform(0.08, 0.92, 2).tolist()
        if rng.random() < 0.25:
            other = things[(target + 1 + int(rng.integers(len(things) - 1))) % len(things)].at
            x, y = (c + float(d) for c, d in zip(other, rng.uniform(-0.05, 0.05, 2), strict=True))
        if distance((x, y), things[target].at) > FAR:
            return x, y


def _word(word: str, foreign: bool, rng: np.random.Generator) -> str:
    return str(rng.choice(ONLY_ON_THE_WEB[word])) if foreign else word


def _one(kinds: Sequence[Kind], rng: np.random.Generator) -> Kind:
    return kinds[int(rng.integers(len(kinds)))]
