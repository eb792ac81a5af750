"""The rank of this process and the number of ranks: as given, from torch.distributed, or from torchrun's variables; and its
number among the workers of a DataLoader. Does not import torch: where no other code has imported it, it has no ranks and no
workers."""

import os
import sys
from dataclasses import dataclass

from vladata.errors import UsageError

Place = tuple[int, int]
"""Rank, from 0, and world, the number of ranks."""


def given(rank: int | None, world: int | None) -> Place | None:
    """Return rank and world where both are given, None where neither is. Raises UsageError for one alone, or a rank of another
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
    """A worker process of a DataLoader: its number, from 0, the number of workers, and the seed that an iteration's workers
    share."""

    number: int
    count: int
    base: int


def worker_process() -> Worker | None:
    """Return the worker of a DataLoader that this process is; None where it is not a worker."""
    data = sys.modules.get("torch.utils.data")
    found = data and data.get_worker_info()
    return Worker(found.id, found.num_workers, found.seed - found.id) if found else None
