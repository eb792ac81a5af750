"""The notes of a unit while it writes stretches: the rows of its receipt, rejections, and kinds of pictures."""

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
"""The rows of a receipt, one for each stretch.

step:  the number of the stretch's first step.
tasks: its different instructions.
statistics: its statistics as JSON, for LeRobot; else empty.
"""


class Noted:
    """The notes of one unit."""

    def __init__(self) -> None:
        self.rejected: list[Rejection] = []
        self._kinds: dict[str, set[str]] = {}
        self._rows: list[tuple[Any, ...]] = []

    def seen(self, cuts: Iterator[Cut]) -> Iterator[Stretch]:
        """Yield the stretches of all cuts, and note their rejections and kinds of pictures."""
        for cut in cuts:
            self.rejected += cut.rejected
            for stretch in cut.stretches:
                for camera, pictures in stretch.images.items():
                    self._kinds.setdefault(camera, set()).update(map(suffix, pictures))
                yield stretch

    def row(self, stretch: Stretch, statistics: Mapping[str, Any] | None = None) -> None:
        """Note a stretch that was written."""
        said = orjson.dumps(statistics) if statistics else b""
        tasks = list(dict.fromkeys(stretch.texts[INSTRUCTION]))
        first = int(stretch.numbers[0])
        self._rows.append((stretch.episode, first, len(stretch), stretch.piece, tasks, said))

    def columns(self) -> Sequence[Sequence[Any]]:
        """Return the columns of STRETCH_ROWS after those of ROWS."""
        return list(zip(*self._rows, strict=True)) if self._rows else [()] * 6

    def image_kinds(self) -> dict[str, tuple[str, ...]]:
        """Return camera -> the kinds of its pictures, sorted."""
        return {camera: tuple(sorted(kinds)) for camera, kinds in self._kinds.items()}
