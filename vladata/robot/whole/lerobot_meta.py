"""The files of `meta/` of a LeRobot dataset, made from the receipts of its units.

Rule: memory does not grow with the dataset. Receipts are read one at a time, twice: first for the totals of the dataset, then for
the rows of the table of episodes, EPISODES_A_FILE rows in each file.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

import orjson

from vladata.robot.job import Job
from vladata.robot.whole.lerobot import features_of
from vladata.runs.receipts import Receipt
from vladata.shards.episodes import lerobot_meta
from vladata.shards.episodes.statistics import Aggregate
from vladata.shards.episodes.stretch import Columns
from vladata.shards.naming import FILES_A_CHUNK, LEROBOT_INFO, LEROBOT_STATS, LEROBOT_TASKS, episodes_path

EPISODES_A_FILE = 10_000
Receipts = Callable[[], Iterator[Receipt]]


@dataclass
class _Totals:
    """The counts and statistics of all episodes. splits: name -> (number of its first episode, number after its last one)."""

    frames: int = 0
    splits: dict[str, tuple[int, int]] = field(default_factory=dict)
    statistics: Aggregate = field(default_factory=Aggregate)

    @property
    def episodes(self) -> int:
        return max((stop for _, stop in self.splits.values()), default=0)

    def add(self, receipt: Receipt) -> None:
        """Count the episodes of one unit."""
        split, start = receipt.shards[0].split, self.episodes
        first, _ = self.splits.get(split, (start, start))
        self.splits[split] = first, start + len(receipt.rows)
        self.frames += sum(receipt.rows["steps"].to_pylist())
        for statistics in receipt.rows["statistics"].to_pylist():
            self.statistics.add(orjson.loads(statistics))


def meta_files(job: Job, columns: Columns, receipts: Receipts) -> Mapping[str, Iterable[bytes]]:
    """Return path -> bytes of the files of `meta/`. They must be written in this order."""
    totals = _Totals()
    for receipt in receipts():
        totals.add(receipt)
    info = lerobot_meta.info_json(
        job.spec.robot,
        job.fps,
        totals.episodes,
        totals.frames,
        len(job.texts),
        totals.splits,
        features_of(job, columns),
        bool(job.layout.videos),
    )
    return {
        **_episodes(job, totals.episodes, receipts),
        LEROBOT_STATS: [orjson.dumps(totals.statistics.as_json(), option=orjson.OPT_INDENT_2)],
        LEROBOT_TASKS: [lerobot_meta.tasks_parquet(job.texts)],
        LEROBOT_INFO: [info],
    }


def _episodes(job: Job, count: int, receipts: Receipts) -> dict[str, Iterable[bytes]]:
    """Return the files of the table of episodes. They share one iterator of rows, so they must be written in order."""
    rows = _rows(job, receipts)
    first = next(rows)
    schema, rows = lerobot_meta.episodes_schema(first), chain([first], rows)
    return {
        episodes_path(number): lerobot_meta.episodes_parquet(islice(rows, EPISODES_A_FILE), schema)
        for number in range(-(-count // EPISODES_A_FILE))
    }


def _rows(job: Job, receipts: Receipts) -> Iterator[dict[str, Any]]:
    """Yield the row of each episode, in the order of episodes."""
    number = first = files = 0
    together = len(job.layout.videos) + 1  # a file of frames, and its videos
    for receipt in receipts():
        for row in receipt.rows.to_pylist():
            start, length = row["offset"], row["steps"]
            seconds = (start / job.fps, (start + length) / job.fps)
            yield lerobot_meta.episode_row(
                number,
                row["tasks"],
                first,
                length,
                files + row["shard"] // together,
                dict.fromkeys(job.layout.videos, seconds),
                orjson.loads(row["statistics"]),
                divmod(number // EPISODES_A_FILE, FILES_A_CHUNK),
            )
            number, first = number + 1, first + length
        files += len(receipt.shards) // together
