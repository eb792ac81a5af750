"""The orders in which samples are written: shuffled over the whole split, or in the order of the source."""

from typing import Literal

Order = Literal["shuffled", "source"]
ORDERS: tuple[Order, ...] = ("shuffled", "source")
