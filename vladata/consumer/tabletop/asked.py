"""Instructions: a random task for a scene, and its words."""

from collections.abc import Sequence

import numpy as np

from vladata.consumer.tabletop.scene import Thing, distance
from vladata.consumer.tabletop.tasks import SIDES, PointAt, PushTo, PutNextTo, TabletopTask

FAR_TO_PUSH = 0.3  # least distance of a thing from its goal, in sides of the table
FAR_TO_PUT = (
    0.45  # least distance of a thing from the other thing that it is put next to, in sides of the table
)


def drawn(
    kind: str, things: Sequence[Thing], target: int, rng: np.random.Generator
) -> tuple[TabletopTask, str] | None:
    """Return a task that is not yet achieved, and its instruction; None if no other thing is far enough away.

    kind: "point at", "push" or "put"."""
    name = " ".join(things[target].kind)
    at = things[target].at
    if kind == "point at":
        return PointAt(), f"point at {name}"
    if kind == "push":
        far = [side for side in SIDES if PushTo(side).left(at) >= FAR_TO_PUSH]
        side = far[int(rng.integers(len(far)))]  # never empty: a thing cannot be near two opposite sides
        return PushTo(side), f"push {name} to the {side}"
    others = [n for n, thing in enumerate(things) if distance(at, thing.at) >= FAR_TO_PUT]
    if not others:
        return None
    other = others[int(rng.integers(len(others)))]
    return PutNextTo(other), f"put {name} next to {' '.join(things[other].kind)}"
