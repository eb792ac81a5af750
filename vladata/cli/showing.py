"""Actions as text and as data: by the names of their dimensions, the actions of a chunk one after the other."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

SHOWN = 4  # actions of a chunk that are printed
REPEATED = "  (repeated: the episode is over)"

Named = dict[str, float] | list[dict[str, float]]
"""An action, name of a dimension -> value; a list of actions where a target spells several."""


def named(names: Sequence[str], values: np.ndarray) -> Named:
    """Return the action of values [W], or the actions of [H, W], with the names of the W dimensions."""
    if values.ndim == 1:
        return dict(zip(names, map(float, values), strict=True))
    return [dict(zip(names, map(float, row), strict=True)) for row in values]


def action_lines(label: str, action: Named, valid: int | None = None) -> list[str]:
    """Return the lines under a sample, "    decoded dx 0.1, dy -0.02"; [] without an action.

    valid: number of actions of a chunk that are the episode's own; the others are marked. None marks no action.
    """
    rows: list[dict[str, Any]] = [action] if isinstance(action, Mapping) else list(action)
    lines = [
        f"    {label if not at else '':<7} {', '.join(f'{name} {value:.4g}' for name, value in row.items())}"
        + (REPEATED if valid is not None and at >= valid else "")
        for at, row in enumerate(rows[:SHOWN])
        if row
    ]
    more = len(rows) - SHOWN
    return [*lines, f"            and {more} more actions"] if more > 0 else lines
