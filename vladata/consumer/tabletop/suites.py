"""Suites of trials: what robots saw in training, and five ways in which a trial can be new.

    robot, validation, seen   the twelve kinds of robot data, plain words, plain tables; each from seeds of its own
    combo        known colours and shapes in combinations that robot data never shows
    object       a colour or a shape that robot data never shows
    symbol       a digit: the web alone shows digits
    concept      known objects by words that the web alone uses
    background   known objects on tables that the web alone shows
    wording      known objects, asked for in a way that the web alone asks in

What is asked for in these is to reach a thing. Three more have the other tasks (tasks.py), of the kinds that robots know:

    every_task   for demonstrations: reach, point at, push to, put next to, in equal parts
    one_stage    reach or point at
    two_stage    push to or put next to

A trial is a pure function of suite, seed and number. In half of them one other thing has the target's colour and one its glyph,
where the suite has such, so that neither word is enough. It is so in nine of ten demonstrations: what tells things apart is
learnt from nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vladata.consumer.tabletop.asked import drawn
from vladata.consumer.tabletop.glyphs import RADII, TURNS
from vladata.consumer.tabletop.scene import PLAIN, Scene, Thing, Waves, distance, pixel_middle
from vladata.consumer.tabletop.tasks import REACH, Task
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
MARGIN = 0.12  # of the table, that no middle of a thing lies in
APART = 0.25  # middles of things, at least
CONTRAST = 0.2  # of waves: how far each of their two colours' parts are from each other, at most
DEMONSTRATED = 0.9  # of the demonstrations have things that are like the target
FAR = 0.2  # the tip from its target at the beginning, at least

_KNOWN = tuple((colour, shape) for colour, shape in SEEN + HELD_OUT)
_SHAPED = tuple((colour, shape) for colour in COLOURS for shape in SHAPES)


@dataclass(frozen=True, slots=True)
class Suite:
    """What is new in its trials.

    targets, others: kinds.   also: kinds of which at least one other thing is; empty: of any.
    alike:  how often one other thing has the target's colour and one its glyph.
    asked:  verbs.   foreign: whether both words are those of the web alone.   waves: whether the table is.
    tasks:  what is asked for: reach, point at, push, put.
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
"""The suites whose mean is the measure of what comes from the web."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One task. scene: how it begins.   target: the number of the thing that the instruction names first."""

    scene: Scene
    instruction: str
    target: int
    task: Task = REACH


def trial(suite: str, seed: int, number: int) -> Trial:
    """Trial `number` of a suite. Raises UnknownName for a suite that there is not."""
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
    """Places for so many things, none near another."""
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
    """A table of the web."""
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
    """The target's kind first, then two or three others, no kind twice."""
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
    """Anywhere, now and then on another thing; never near the target."""
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
