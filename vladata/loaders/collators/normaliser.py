"""Actions and states scaled by the statistics of their contract, and back: the numbers on which a policy head is trained.

    quantiles   n = min(max(2 (a - q01) / (q99 - q01 + 1e-8) - 1, -1), 1)     a = (n + 1) / 2 (q99 - q01) + q01
    mean_std    n = (a - mean) / (std + 1e-8)                                 a = n std + mean

Both formulas are OpenVLA's (prismatic/vla/datasets/rlds/utils/data_utils.py, normalize_action_and_proprio). A dimension that
never changes becomes 0, and `inverse` gives its constant value. In an action, grippers and the dimensions that the contract does
not scale (its mask) stay as they are; in a state, every dimension is scaled. All arithmetic is float32, as in OpenVLA.
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
    """The scaling of D numbers. kind: one of KINDS.   low, high: float32 [D], q01 and q99, or mean and std.

    scaled, constant: bool [D], True for dimensions that are scaled, and for dimensions that never change.
    """

    kind: str
    low: np.ndarray
    high: np.ndarray
    scaled: np.ndarray
    constant: np.ndarray

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Return float32 [..., D], scaled."""
        found = np.asarray(values, np.float32)
        if self.kind == "quantiles":
            made = np.clip(2 * (found - self.low) / (self.high - self.low + EPSILON) - 1, -1, 1)
        else:
            made = (found - self.low) / (self.high + EPSILON)
        made = np.where(self.constant, np.float32(0), made)
        return np.where(self.scaled, made, found).astype(np.float32)

    def inverse(self, values: np.ndarray) -> np.ndarray:
        """Return float32 [..., D], in the units of the data: from a policy's output to a robot's action."""
        found = np.asarray(values, np.float32)
        by_quantiles = self.kind == "quantiles"
        share, span = ((found + 1) / 2, self.high - self.low) if by_quantiles else (found, self.high)
        made = share * span + self.low
        made = np.where(self.constant, self.low, made)
        return np.where(self.scaled, made, found).astype(np.float32)


def normaliser(
    kind: str, column: str, contract: Mapping[str, Any], statistics: Mapping[str, Any]
) -> Normaliser:
    """Return the scaling of "action" or "state" of a contract's samples. statistics: its {action, state}, as JSON.

    Raises UsageError for an unknown kind.
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
    """Raise UsageError for an unknown kind."""
    if kind not in KINDS:
        raise UsageError(f"unknown scaling of the {column}", got=kind, allowed=f"{', '.join(KINDS)}, or None")
