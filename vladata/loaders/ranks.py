"""Which rank of how many this process is: as given, of torch.distributed, or of torchrun's variables. Imports no torch."""

import os
import sys

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
