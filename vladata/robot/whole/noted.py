"""What is noted of stretches while a unit writes them: the rows of its receipt, what was rejected, and kinds of pictures."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
import pyarrow as pa

from vladata.images import suffix
from vladata.robot.whole.stretches import Cut
from vladata.runs.receipts import ROWS, Rejection
from vladata.shards.episodes.stretch import INSTRUCTION, Stretch

STRETCH_ROWS = pa.schema(
    [
        *ROWS,
        ("steps", pa.int32()),
        ("piece", pa.int32()),
        ("tasks", pa.list_(pa.string())),
        ("statistics", pa.binary()),
    ]
)
"""Rows of a receipt: one a stretch. step: the number of its first step.   tasks: its instructions, each once.   statistics: of
LeRobot, as JSON; else empty."""


class Noted:
    """Of one unit."""

    def __init__(self) -> None:
        self.rejected: list[Rejection] = []
        self._kinds: dict[str, set[str]] = {}
        self._rows: list[tuple[Any, ...]] = []

    def seen(self, cuts: Iterator[Cut]) -> Iterator[Stretch]:
        """Yield the stretches of all cuts."""
        for cut in cuts:
            self.rejected += cut.rejected
            for stretch in cut.stretches:
                for camera, pictures in stretch.images.items():
                    self._kinds.setdefault(camera, set()).update(map(suffix, pictures))
                yield stretch

    def row(self, stretch: Stretch, statistics: Mapping[str, Any] | None = None) -> None:
        """Note that a stretch is written."""
        said = orjson.dumps(statistics) if statistics else b""
        tasks = list(dict.fromkeys(stretch.texts[INSTRUCTION]))
        first = int(stretch.numbers[0])
        self._rows.append((stretch.episode, first, len(stretch), stretch.piece, tasks, said))

    def columns(self) -> Sequence[Sequence[Any]]:
        """Those of STRETCH_ROWS after the places."""
        return list(zip(*self._rows, strict=True)) if self._rows else [()] * 6

    def image_kinds(self) -> dict[str, tuple[str, ...]]:
        """Camera -> the kinds of its pictures, sorted."""
        return {camera: tuple(sorted(kinds)) for camera, kinds in self._kinds.items()}
