"""The orders in which samples are written: shuffled over the whole split, or as the source has them."""

from typing import Literal

Order = Literal["shuffled", "source"]
ORDERS: tuple[Order, ...] = ("shuffled", "source")
