"""Instructions: a task drawn for a scene, and how it is said."""

from collections.abc import Sequence

import numpy as np

from vladata.consumer.tabletop.scene import Thing, distance
from vladata.consumer.tabletop.tasks import SIDES, PointAt, PushTo, PutNextTo, Task

FAR_TO_PUSH = 0.3  # of the table: a thing from where it is pushed to, at least
FAR_TO_PUT = 0.45  # a thing from the one that it is put next to, at least


def drawn(
    kind: str, things: Sequence[Thing], target: int, rng: np.random.Generator
) -> tuple[Task, str] | None:
    """A task that is not done already, and its instruction; None where nothing on this table is far enough.

    kind: "point at", "push" or "put"."""
    name = " ".join(things[target].kind)
    at = things[target].at
    if kind == "point at":
        return PointAt(), f"point at {name}"
    if kind == "push":
        far = [side for side in SIDES if PushTo(side).left(at) >= FAR_TO_PUSH]
        side = far[int(rng.integers(len(far)))]  # two opposite sides are never both near
        return PushTo(side), f"push {name} to the {side}"
    others = [n for n, thing in enumerate(things) if distance(at, thing.at) >= FAR_TO_PUT]
    if not others:
        return None
    other = others[int(rng.integers(len(others)))]
    return PutNextTo(other), f"put {name} next to {' '.join(things[other].kind)}"
