"""What instructions ask for: where the tip is to go from a state, and when it is done.

    reach        the tip comes to a thing
    point at     the tip comes to just above a thing, and leaves it in sight
    push to      a thing is brought near one side of the table
    put next to  a thing is brought beside another

The last two have two stages: the tip goes to the thing, and then both go where it is wanted. The thing that is named lies loose,
all others are fixed. A loose thing moves with a tip that is at it (within HOLD), so the stage is seen in the picture: the goal is
a function of the state alone, and nothing has to be remembered.
"""

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from vladata.consumer.tabletop.scene import Scene, distance

NEAR = 0.08  # of the table: a tip is at its goal
HOLD = 0.09  # a loose thing moves with a tip that is on it
ABOVE = 0.12  # of a thing that is pointed at
EDGE = 0.12  # from its side of the table: where a thing is pushed to
BY_EDGE = 0.28  # the thing is near that side, at most
BESIDE = 0.24  # middles of two things, where one is put next to the other
NEXT = 0.38  # the thing is next to the other, at most

SIDES = {"left": (0, EDGE), "right": (0, 1 - EDGE), "top": (1, EDGE), "bottom": (1, 1 - EDGE)}
"""Side of the table -> an axis, and where along it a thing is wanted."""

Place = tuple[float, float]


class Task(Protocol):
    """What an instruction asks for. stages: 1, or 2 where the thing is loose.   most_steps: of a trial."""

    stages: ClassVar[int]
    most_steps: ClassVar[int]

    def goal(self, scene: Scene, target: int) -> Place:
        """Where the tip is to go from here, x and y on the table. target: the number of the thing that is named first."""

    def achieved(self, scene: Scene, target: int) -> bool:
        """Whether a trial that ends here is a success."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The tip at the thing."""

    stages: ClassVar[int] = 1
    most_steps: ClassVar[int] = 14

    def goal(self, scene: Scene, target: int) -> Place:
        """Where the thing is."""
        return scene.things[target].at

    def achieved(self, scene: Scene, target: int) -> bool:
        """Whether the tip is near it."""
        return distance(_tip(scene), self.goal(scene, target)) <= NEAR


REACH = Reach()


@dataclass(frozen=True, slots=True)
class PointAt:
    """The tip above the thing, as near as leaves it in sight."""

    stages: ClassVar[int] = 1
    most_steps: ClassVar[int] = 14

    def goal(self, scene: Scene, target: int) -> Place:
        """ABOVE the thing in the picture."""
        x, y = scene.things[target].at
        return x, max(y - ABOVE, 0.0)

    def achieved(self, scene: Scene, target: int) -> bool:
        """Whether the tip is near there."""
        return distance(_tip(scene), self.goal(scene, target)) <= NEAR


@dataclass(frozen=True, slots=True)
class PushTo:
    """The thing near a side of the table. side: a name of SIDES."""

    side: str

    stages: ClassVar[int] = 2
    most_steps: ClassVar[int] = 28

    def goal(self, scene: Scene, target: int) -> Place:
        """The thing; once the tip is at it, straight to the side from where the tip is."""
        if not held(scene, target):
            return scene.things[target].at
        x, y = _tip(scene)
        axis, wanted = SIDES[self.side]
        return (wanted, y) if axis == 0 else (x, wanted)

    def achieved(self, scene: Scene, target: int) -> bool:
        """Whether the thing is near the side."""
        return self.left(scene.things[target].at) <= BY_EDGE - EDGE

    def left(self, at: Place) -> float:
        """How far a thing is from where it is wanted, in sides of the table; below 0 beyond it."""
        axis, wanted = SIDES[self.side]
        return at[axis] - wanted if wanted < 0.5 else wanted - at[axis]


@dataclass(frozen=True, slots=True)
class PutNextTo:
    """The thing beside another. other: the number of that one."""

    other: int

    stages: ClassVar[int] = 2
    most_steps: ClassVar[int] = 28

    def goal(self, scene: Scene, target: int) -> Place:
        """The thing; once the tip is at it, a place beside the other on the side that the tip comes from."""
        if not held(scene, target):
            return scene.things[target].at
        tip, other = _tip(scene), scene.things[self.other].at
        away = max(distance(tip, other), 1e-9)
        x, y = (o + BESIDE * (t - o) / away for t, o in zip(tip, other, strict=True))
        return min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)

    def achieved(self, scene: Scene, target: int) -> bool:
        """Whether the two are next to each other."""
        return distance(scene.things[target].at, scene.things[self.other].at) <= NEXT


def held(scene: Scene, number: int) -> bool:
    """Whether the tip is at a thing, and takes it along if it lies loose."""
    return distance(_tip(scene), scene.things[number].at) <= HOLD


def moved(scene: Scene, by: np.ndarray, loose: int | None) -> Scene:
    """The scene after the tip moves, float [2], as far as the table goes; a loose thing at the tip moves as far."""
    old = _tip(scene)
    x, y = (np.array(old) + by).clip(0, 1).tolist()
    after = scene.moved((x, y))
    if loose is None or not held(scene, loose):
        return after
    at = np.array(scene.things[loose].at) + np.subtract((x, y), old)
    thing_x, thing_y = at.clip(0, 1).tolist()
    return after.pushed(loose, (thing_x, thing_y))


def _tip(scene: Scene) -> Place:
    assert scene.tip
    return scene.tip
