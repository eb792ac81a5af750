"""Numbers of actions and states by the statistics of their contract, and back: what a policy head trains on.

    quantiles   n = min(max(2 (a - q01) / (q99 - q01 + 1e-8) - 1, -1), 1)     a = (n + 1) / 2 (q99 - q01) + q01
    mean_std    n = (a - mean) / (std + 1e-8)                                 a = n std + mean

Both are OpenVLA's (prismatic/vla/datasets/rlds/utils/data_utils.py, normalize_action_and_proprio). A dimension that never
changes is 0, and comes back as what it is. Of an action, grippers and the dimensions that the contract does not scale (its mask)
stay as they are; of a state, none. In float32, as there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vladata.actions.statistics import Statistics
from vladata.errors import UsageError

KINDS = ("quantiles", "mean_std")
EPSILON = np.float32(1e-8)


@dataclass(frozen=True, eq=False)
class Normaliser:
    """Scales D numbers. kind: one of KINDS.   low, high: float32 [D], q01 and q99, or mean and std.

    scaled, constant: bool [D], dimensions that are scaled, and of these those that never change.
    """

    kind: str
    low: np.ndarray
    high: np.ndarray
    scaled: np.ndarray
    constant: np.ndarray

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """float32 [..., D], scaled."""
        found = np.asarray(values, np.float32)
        if self.kind == "quantiles":
            made = np.clip(2 * (found - self.low) / (self.high - self.low + EPSILON) - 1, -1, 1)
        else:
            made = (found - self.low) / (self.high + EPSILON)
        made = np.where(self.constant, np.float32(0), made)
        return np.where(self.scaled, made, found).astype(np.float32)

    def inverse(self, values: np.ndarray) -> np.ndarray:
        """float32 [..., D], in the units of the data: what a policy says -> what a robot does."""
        found = np.asarray(values, np.float32)
        by_quantiles = self.kind == "quantiles"
        share, span = ((found + 1) / 2, self.high - self.low) if by_quantiles else (found, self.high)
        made = share * span + self.low
        made = np.where(self.constant, self.low, made)
        return np.where(self.scaled, made, found).astype(np.float32)


def normaliser(
    kind: str, column: str, contract: Mapping[str, Any], statistics: Mapping[str, Any]
) -> Normaliser:
    """What scales "action" or "state" of the samples of a contract. statistics: {action, state} of it, as JSON.

    Raises UsageError for a kind that there is not.
    """
    check_kind(kind, column)
    found = Statistics.from_json(statistics[column])
    names = found.names
    low, high = (found.q01, found.q99) if kind == "quantiles" else (found.mean, found.std)
    scaled = np.ones(len(names), bool)
    if column == "action":
        scaled = np.array([name not in contract["grippers"] for name in names], bool)
        if len(contract.get("mask", ())) == len(names):
            scaled &= np.array(contract["mask"], bool)
    constant = np.array(found.min) == np.array(found.max)
    return Normaliser(kind, np.array(low, np.float32), np.array(high, np.float32), scaled, constant)


def check_kind(kind: object, column: str) -> None:
    """Raise UsageError for a kind that there is not."""
    if kind not in KINDS:
        raise UsageError(
            f"the {column} is scaled in no such way", got=kind, allowed=f"{', '.join(KINDS)}, or None"
        )
