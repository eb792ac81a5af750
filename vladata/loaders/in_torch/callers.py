"""Who iterates a sampler of ours, read from the call stack: torch's DataLoader, torchdata's, accelerate's wrappers.

WHY. accelerate's `prepare` wraps a batch sampler so that process r gets every n-th list of it, and says nothing to the sampler. A
sampler that deals the ranks itself would be dealt twice, and (n - 1) / n of the samples never read, without an error. And a
DataLoader with worker processes takes lists long before the loop gets their batches, so that a state asked of the sampler would
skip what was fetched ahead. Neither can be seen in the arguments; both can be seen in the frames that lead to a call, which are
walked once an epoch. An object counts by what it has (`num_processes`, `process_index`, `_num_workers`) and by the package of its
class, not by the class's name, so that a renamed wrapper is still found. Imports none of the three packages.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any


@dataclass(frozen=True, slots=True)
class CallOrigin:
    """What the frames say of a call's origin.

    dealt:     (rank, world) of a wrapper of accelerate's that hands on every world-th list only; None without one.
    sent:      accelerate reads in one process and sends every other process its part.
    ahead:     lists are taken before the loop has their batches: by worker processes, or by accelerate, which looks one ahead.
    stateful:  torchdata's StatefulDataLoader reads, and keeps the state.
    """

    dealt: tuple[int, int] | None = None
    sent: bool = False
    ahead: bool = False
    stateful: bool = False


def call_origin() -> CallOrigin:
    """Return who has called the caller of this function, at whatever distance."""
    dealt, sent, ahead, stateful = None, False, False, False
    for owner, package, _ in _callers():
        if package == "accelerate":
            world = _number(owner, "num_processes")
            if world is not None and world > 1 and (rank := _number(owner, "process_index")) is not None:
                dealt = (rank, world)
            sent = sent or hasattr(type(owner), "_fetch_batches")
            ahead = ahead or hasattr(type(owner), "_update_state_dict")
        elif package in ("torch", "torchdata") and (workers := _number(owner, "_num_workers")) is not None:
            ahead = ahead or workers > 0
            stateful = stateful or package == "torchdata"
    return CallOrigin(dealt, sent, ahead, stateful)


def asked_by(package: str, function: str = "") -> bool:
    """Tell whether `package` has called the caller of this function: directly, or through frames of its own, one of which is
    named `function` where that is given."""
    for _, found, name in _callers():
        if found != package:
            return False
        if function in ("", name):
            return True
    return False


def _callers() -> Iterator[tuple[Any, str, str]]:
    """`self` (None in a function), the package and the function's name of every frame above vladata's own, the nearest first."""
    frame: FrameType | None = sys._getframe(2)
    ours = True
    while frame is not None:
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        ours = ours and package == "vladata"
        if not ours:
            takes_self = frame.f_code.co_varnames[:1] == ("self",)
            yield frame.f_locals.get("self") if takes_self else None, package, frame.f_code.co_name
        frame = frame.f_back


def _number(owner: Any, name: str) -> int | None:
    found = vars(owner).get(name) if hasattr(owner, "__dict__") else None
    return found if isinstance(found, int) else None
