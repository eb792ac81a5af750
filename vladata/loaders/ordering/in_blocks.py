"""An order that finds the places of many positions at once, since finding the places of a small batch takes almost as long."""

import threading
from dataclasses import fields
from typing import Any

from vladata.loaders.order import LoadOrder, Places
from vladata.loaders.ordering.cursor import Cursor, Identity

BLOCK = 1024  # positions
FEW = BLOCK // 4  # positions of a batch, up to which blocks are worth it
HELD = 8  # blocks in memory: more than the distance between threads


class InBlocks:
    """An order with the same places as `order`, found in blocks. Any thread may call it; two threads that need one block at the
    same time both make it."""

    def __init__(self, order: LoadOrder) -> None:
        self._order, self._lock = order, threading.Lock()
        self._blocks: dict[tuple[Cursor, int], Places] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return InBlocks, (self._order,)

    @property
    def samples(self) -> int:
        return self._order.samples

    @property
    def identity(self) -> Identity:
        return self._order.identity

    def begin(self, batch: int, epoch: int = 0) -> Cursor:
        return self._order.begin(batch, epoch)

    def resumed(self, cursor: Cursor, batch: int) -> Cursor:
        return self._order.resumed(cursor, batch)

    def places(self, cursor: Cursor, start: int, stop: int) -> Places:
        """Return the places of positions start..stop of the cursor's epoch."""
        anchor = cursor.anchor  # nothing is known of a resumed mixture before its anchor
        known = anchor.position if anchor is not None and anchor.epoch == cursor.epoch else 0
        first = known + (start - known) // BLOCK * BLOCK
        if stop - start > FEW or stop > first + BLOCK or start < known:
            return self._order.places(cursor, start, stop)
        key = cursor.at(cursor.epoch, 0), first
        if (block := self._blocks.get(key)) is None:
            block = self._order.places(cursor, first, min(first + BLOCK, self.samples))
            with self._lock:
                while len(self._blocks) >= HELD:
                    del self._blocks[next(iter(self._blocks))]
                self._blocks[key] = block
        within = slice(start - first, stop - first)
        return Places(*(getattr(block, field.name)[within] for field in fields(Places)))
