"""The time of filters of image-text pairs when planning: a million rows of an index, in memory, by each filter and by all.

Reading the index is not included. Each filter has a row; the last row is all filters, as for a web corpus: the share by
similarity leaves a tenth for the search of duplicates.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from benchmarks.bench import Bench, Row
from benchmarks.pairs import PART, part
from vladata.filters.plan import plan_filters
from vladata.spec.keep import Keep

PARTS = 10
ONE_BY_ONE: Mapping[str, Any] = {
    "language": ["en", "pt"],
    "size": {"min": 100},
    "aspect": {"max": 3},
    "text": {"min": 3, "max": 500, "drop": "(?i)buy"},
}
RULES: Mapping[str, Mapping[str, Any]] = {
    "no filter": {},
    **{name: {name: asked} for name, asked in ONE_BY_ONE.items()},
    "similarity": {"similarity": "10%"},
    "duplicates": {"duplicates": {}},
    "near duplicates (2)": {"duplicates": {"near": 2}},
    "all of them": {**ONE_BY_ONE, "similarity": "10%", "duplicates": {"near": 2}},
}


def main(bench: Bench) -> Iterator[Row]:
    tables = [part(number) for number in range(max(1, PARTS * bench.limit // 100))]
    for name, asked in RULES.items():
        keep = Keep.model_validate(asked)
        seconds = sorted(_timed(keep, tables) for _ in range(bench.rounds))[bench.rounds // 2]
        yield Row(f"pairs of an index kept by {name}", len(tables) * PART / seconds, "pairs/s")


def _timed(keep: Keep, tables: Sequence[pa.Table]) -> float:
    start = time.perf_counter()
    plan_filters(keep, lambda columns: (table.select(columns) for table in tables))
    return time.perf_counter() - start
