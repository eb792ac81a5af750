"""The callers of GlobalSampler, read from the call stack: torch's DataLoader, torchdata's, accelerate's wrappers.

WHY. accelerate's `prepare` wraps a batch sampler so that process r gets every n-th list, and does not tell the sampler. A sampler
that divides the samples among ranks itself would be divided twice: (n - 1) / n of the samples would never be read, without an
error. And a DataLoader with worker processes takes lists long before the loop gets their batches, so the sampler's state would
skip the batches that were fetched ahead. The arguments show neither case; the frames that lead to a call show both, and are
walked once an epoch. An object is recognised by its attributes (`num_processes`, `process_index`, `_num_workers`) and the
package of its class, not by the class's name, so that a renamed wrapper is still found. Imports none of the three packages.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any


@dataclass(frozen=True, slots=True)
class CallOrigin:
    """The origin of a call, as the frames show it.

    dealt:     (rank, world) of an accelerate wrapper that passes on only every world-th list; None without such a wrapper.
    sent:      True if accelerate reads in one process and sends every other process its part.
    ahead:     True if lists are taken before the loop has their batches: by worker processes, or by accelerate, one ahead.
    stateful:  True if the reader is torchdata's StatefulDataLoader, which keeps the state.
    """

    dealt: tuple[int, int] | None = None
    sent: bool = False
    ahead: bool = False
    stateful: bool = False


def call_origin() -> CallOrigin:
    """Return the origin of the call of this function's caller, through any number of frames."""
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
    """Return True if `package` has called the caller of this function. function: the name of a function of `package` that must
    be among the callers; "" for any."""
    for _, found, name in _callers():
        if found != package:
            return False
        if function in ("", name):
            return True
    return False


def _callers() -> Iterator[tuple[Any, str, str]]:
    """Yield (`self`, or None in a function; package; name of the function) for each frame above vladata's own, nearest first."""
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
