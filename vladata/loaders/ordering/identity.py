"""The settings that decide an order, for its cursors."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import numpy as np

from vladata.errors import UsageError
from vladata.loaders.ordering.chosen import said
from vladata.loaders.ordering.cursor import Identity
from vladata.loaders.ordering.weighing import spelled
from vladata.shards.sequence import Samples

ORDERS = ("samples", "episodes")
SEEDS = 1 << 63


def identity_of(samples: Samples, kind: str, shuffle: bool, seed: int) -> Identity:
    """Return the settings that decide an order. Raises UsageError for an unknown kind of order or a wrong seed."""
    if kind not in ORDERS:
        raise UsageError("unknown order", got=kind, allowed=", ".join(ORDERS))
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed < SEEDS:
        raise UsageError("the seed must be a whole number", got=seed, allowed="0 to 2^63 - 1")
    return Identity(samples.manifest.digest, said(samples.positions), kind, int(shuffle), int(seed))


def refuse_episodes(samples: Samples, kind: str) -> None:
    """Raise UsageError for episode order of a mixture."""
    if kind == "episodes":
        raise UsageError(
            "a mixture has no order of episodes, since its shares count samples",
            where=samples.url,
            hint='Load one of its datasets, or order="samples".',
        )


def dealt_identity(samples: Samples, kind: str, seed: int, shares: Mapping[str, Fraction]) -> Identity:
    """Return the settings that decide the order of a dealt mixture. Raises UsageError for whole episodes, which cannot be
    dealt."""
    refuse_episodes(samples, kind)
    return replace(identity_of(samples, kind, True, seed), shares=spelled(shares))
