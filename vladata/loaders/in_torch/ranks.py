"""The rank of this process, the number of ranks, and the number of this process among the workers of a DataLoader.

Ranks are given by the user, or come from torch.distributed or torchrun's variables. torch is not imported here: if no other code
has imported it, there are no workers and no torch.distributed.
"""

import os
import sys
from dataclasses import dataclass

from vladata.errors import UsageError

Place = tuple[int, int]
"""Rank, from 0, and world, the number of ranks."""


def given(rank: int | None, world: int | None) -> Place | None:
    """Return rank and world if both are given, None if neither is. Raises UsageError for one alone, or a rank that is not in the
    world."""
    if rank is None and world is None:
        return None
    if rank is None or world is None or not 0 <= rank < world:
        raise UsageError(
            "rank and world do not fit each other",
            got=f"rank={rank}, world={world}",
            allowed="0 <= rank < world; or neither, to take them from torch.distributed",
        )
    return rank, world


def distributed() -> Place:
    """Return this process's rank and world: from torch.distributed if initialised, else RANK and WORLD_SIZE, else (0, 1)."""
    torch = sys.modules.get("torch.distributed")
    if torch is not None and torch.is_available() and torch.is_initialized():
        return torch.get_rank(), torch.get_world_size()
    try:
        return int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    except (KeyError, ValueError):
        return 0, 1


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker process of a DataLoader. number: from 0.   count: number of workers.   base: the seed that the workers of an
    iteration share."""

    number: int
    count: int
    base: int


def worker_process() -> Worker | None:
    """Return this process as a worker of a DataLoader; None if it is not a worker."""
    data = sys.modules.get("torch.utils.data")
    found = data and data.get_worker_info()
    return Worker(found.id, found.num_workers, found.seed - found.id) if found else None
