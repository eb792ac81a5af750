"""An episode of a test's dataset as a reader gives it, and the marks of its frames."""

import numpy as np

from tests.lerobot_data import read_mark
from vladata.footage import Footage
from vladata.records import Episode
from vladata.sources.source import EpisodeRecord, Source


def decoded(source: Source, record: EpisodeRecord, *wanted: str) -> Episode:
    """Read an episode again and decode the wanted columns; all of them where none is named."""
    data = source.read(record.place, record.crc)
    return source.decode("train", record.place, data, frozenset(wanted) or None)


def marks(footage: Footage) -> list[tuple[int, int, int] | None]:
    """Return the mark of each frame; None in place of one that is missing."""
    return [read_mark(frame) if isinstance(frame, np.ndarray) else None for frame in footage.frames()]
