"""Which rank of how many this process is: as given, of torch.distributed, or of torchrun's variables; and which worker of a
DataLoader. Imports no torch: where nobody has imported it, there is nothing to be found in it."""

import os
import sys
from dataclasses import dataclass

from vladata.errors import UsageError

Place = tuple[int, int]
"""Rank, from 0, and world."""


def given(rank: int | None, world: int | None) -> Place | None:
    """Return rank and world where both are given, None where neither is. Raises UsageError for one alone, or a rank of another
    world."""
    if rank is None and world is None:
        return None
    if rank is None or world is None or not 0 <= rank < world:
        raise UsageError(
            "rank and world do not go together",
            got=f"rank={rank}, world={world}",
            allowed="0 <= rank < world; or neither, for those of torch.distributed",
        )
    return rank, world


def distributed() -> Place:
    """Return this process's place: of torch.distributed where it is initialised, else of RANK and WORLD_SIZE, else (0, 1)."""
    torch = sys.modules.get("torch.distributed")
    if torch is not None and torch.is_available() and torch.is_initialized():
        return torch.get_rank(), torch.get_world_size()
    try:
        return int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    except (KeyError, ValueError):
        return 0, 1


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker process of a DataLoader: its number, from 0, of how many, and the seed that all workers of an iteration share."""

    number: int
    count: int
    base: int


def worker_process() -> Worker | None:
    """Return which worker of a DataLoader this process is; None where it is none."""
    data = sys.modules.get("torch.utils.data")
    found = data and data.get_worker_info()
    return Worker(found.id, found.num_workers, found.seed - found.id) if found else None
