"""Encoding and spelling by each codec with one bin per dimension: actions per second, single and in chunks of 16.

Kept equal: the same 100,000 actions in memory, one process. Measured are `encode` and `texts`, and `parse` of such texts, one
after another, as a policy does it. The floor is rt2, whose encoder does least arithmetic.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from benchmarks.bench import Bench, Row
from vladata.actions.bin_codec import BinCodec
from vladata.actions.bounds import NAMES
from vladata.actions.codec import codec
from vladata.actions.codecs.table import OURS
from vladata.actions.protocol import Codec
from vladata.actions.statistics import Statistics

ROWS, PARSED, CHUNK = 100_000, 5_000, 16
FLOOR = "rt2"


def main(bench: Bench) -> Iterator[Row]:
    count = max(CHUNK, ROWS * bench.limit // 100 // CHUNK * CHUNK)
    names = [FLOOR, *(name for name, kind in OURS.items() if issubclass(kind, BinCodec) and name != FLOOR)]
    for what, chunk in (("rows", 1), (f"rows in chunks of {CHUNK}", CHUNK)):
        made = {name: _made(name, chunk) for name in names}
        yield from _rows(
            f"{what} encoded and spelled", bench.rounds, {n: _spelling(c, count) for n, c in made.items()}
        )
    yield from _rows("texts parsed", bench.rounds, {name: _parsing(_made(name, 1)) for name in names})


def _rows(what: str, rounds: int, works: Mapping[str, tuple[int, Callable[[], object]]]) -> Iterator[Row]:
    """Yield a row for each codec. Codecs are measured in turn; a ratio is to the floor of the same round."""
    rates: dict[str, list[float]] = {name: [] for name in works}
    for number in range(rounds):
        for name in list(works)[:: -1 if number % 2 else 1]:
            count, work = works[name]
            start = time.perf_counter()
            work()
            rates[name].append(count / (time.perf_counter() - start))
    floor = statistics.median(rates[FLOOR])
    for name, each in rates.items():
        ratio = statistics.median(a / b for a, b in zip(each, rates[FLOOR], strict=True))
        against = (None, None) if name == FLOOR else (floor, ratio)
        yield Row(f"{name}: {what}", statistics.median(each), "rows/s", None, *against)


def _spelling(made: Codec, count: int) -> tuple[int, Callable[[], object]]:
    actions = np.random.default_rng(0).uniform(-1, 1, (count, len(made.names))).astype(np.float32)
    if made.kind == "rt1-base":
        actions[:, -1] = actions[:, -1] > 0
    shape = (count,) if made.chunk == 1 else (count // made.chunk, made.chunk)
    chunks, ends = actions.reshape(*shape, -1), np.zeros(shape, bool)
    return count, lambda: made.texts(made.encode(chunks, ends))


def _parsing(made: Codec) -> tuple[int, Callable[[], object]]:
    actions = np.zeros((PARSED, len(made.names)), np.float32)
    texts = made.texts(made.encode(actions, np.zeros(PARSED, bool)))
    return PARSED, lambda: [made.parse(text) for text in texts]


def _made(name: str, chunk: int) -> Codec:
    own = getattr(OURS[name], "usual_names", NAMES)
    mean, std, least, most, q01, q99 = ((value,) * len(NAMES) for value in (0.0, 0.5, -1.0, 1.0, -0.9, 0.9))
    known = Statistics(NAMES, 1000, mean, std, least, most, q01, q99) if own == NAMES else None
    return codec(name, known, chunk=chunk)
