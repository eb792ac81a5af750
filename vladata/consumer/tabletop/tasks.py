"""The tasks of instructions: the goal of the tip in each state, and the condition of success.

    reach        the tip moves to a thing
    point at     the tip moves to a place just above a thing, so that the thing stays visible
    push to      the tip moves a thing near one side of the table
    put next to  the tip moves a thing beside another

The last two tasks have two stages: the tip moves to the thing, and then both move to the thing's goal. The named thing is loose,
all others are fixed. A loose thing moves with the tip while the tip is within HOLD of it, so a picture shows the stage. The goal
depends only on the state, so a policy needs no memory.
"""

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from vladata.consumer.tabletop.scene import Scene, distance

# Distances, in sides of the table.
NEAR = 0.08  # largest distance of a tip that is at its goal
HOLD = 0.09  # largest distance of a tip that moves a loose thing
ABOVE = 0.12  # from a thing up to the goal of "point at"
EDGE = 0.12  # from a side to the goal of a thing that is pushed there
BY_EDGE = 0.28  # largest distance of a thing that is near a side
BESIDE = 0.24  # from a thing to the goal of another that is put next to it
NEXT = 0.38  # largest distance of two things that are next to each other

SIDES = {"left": (0, EDGE), "right": (0, 1 - EDGE), "top": (1, EDGE), "bottom": (1, 1 - EDGE)}
"""Side of the table -> axis, and the goal of a thing along it."""

Place = tuple[float, float]


class TabletopTask(Protocol):
    """The task of an instruction. stages: 1, or 2 if the thing is loose.   most_steps: most actions of a trial."""

    stages: ClassVar[int]
    most_steps: ClassVar[int]

    def goal(self, scene: Scene, target: int) -> Place:
        """Return the goal of the tip in this state, x and y on the table. target: the number of the first thing that is named."""

    def achieved(self, scene: Scene, target: int) -> bool:
        """Return True if a trial that ends in this state is a success."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The task to move the tip to the thing."""

    stages: ClassVar[int] = 1
    most_steps: ClassVar[int] = 14

    def goal(self, scene: Scene, target: int) -> Place:
        """Return the place of the thing."""
        return scene.things[target].at

    def achieved(self, scene: Scene, target: int) -> bool:
        """Return True if the tip is near the thing."""
        return distance(_tip(scene), self.goal(scene, target)) <= NEAR


REACH = Reach()


@dataclass(frozen=True, slots=True)
class PointAt:
    """The task to move the tip above the thing, close to it but without covering it."""

    stages: ClassVar[int] = 1
    most_steps: ClassVar[int] = 14

    def goal(self, scene: Scene, target: int) -> Place:
        """Return the place that is ABOVE the thing in the picture."""
        x, y = scene.things[target].at
        return x, max(y - ABOVE, 0.0)

    def achieved(self, scene: Scene, target: int) -> bool:
        """Return True if the tip is near its goal."""
        return distance(_tip(scene), self.goal(scene, target)) <= NEAR


@dataclass(frozen=True, slots=True)
class PushTo:
    """The task to move the thing near a side of the table. side: a name of SIDES."""

    side: str

    stages: ClassVar[int] = 2
    most_steps: ClassVar[int] = 28

    def goal(self, scene: Scene, target: int) -> Place:
        """Return the place of the thing; or, if the tip is at the thing, the place near the side, straight ahead of the tip."""
        if not held(scene, target):
            return scene.things[target].at
        x, y = _tip(scene)
        axis, wanted = SIDES[self.side]
        return (wanted, y) if axis == 0 else (x, wanted)

    def achieved(self, scene: Scene, target: int) -> bool:
        """Return True if the thing is near the side."""
        return self.left(scene.things[target].at) <= BY_EDGE - EDGE

    def left(self, at: Place) -> float:
        """Return the distance of a thing from its goal, in sides of the table; below 0 if the thing is beyond the goal."""
        axis, wanted = SIDES[self.side]
        return at[axis] - wanted if wanted < 0.5 else wanted - at[axis]


@dataclass(frozen=True, slots=True)
class PutNextTo:
    """The task to move the thing beside another. other: the number of the other thing."""

    other: int

    stages: ClassVar[int] = 2
    most_steps: ClassVar[int] = 28

    def goal(self, scene: Scene, target: int) -> Place:
        """Return the place of the thing; or, if the tip is at the thing, a place beside the other thing, on the tip's side."""
        if not held(scene, target):
            return scene.things[target].at
        tip, other = _tip(scene), scene.things[self.other].at
        away = max(distance(tip, other), 1e-9)
        x, y = (o + BESIDE * (t - o) / away for t, o in zip(tip, other, strict=True))
        return min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)

    def achieved(self, scene: Scene, target: int) -> bool:
        """Return True if the two things are next to each other."""
        return distance(scene.things[target].at, scene.things[self.other].at) <= NEXT


def held(scene: Scene, number: int) -> bool:
    """Return True if the tip is at a thing, so that the thing moves with it if it is loose."""
    return distance(_tip(scene), scene.things[number].at) <= HOLD


def moved(scene: Scene, by: np.ndarray, loose: int | None) -> Scene:
    """Return the scene after the tip moves by `by`, float [2], within the table; a loose thing at the tip moves with it."""
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
