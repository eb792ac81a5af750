"""The codec fast: number of ids for a second of motion, errors, and speed. Makes the table of docs/codecs-fast.md.

Kept equal: generated arms of 5, 15, 20 and 50 Hz, chunks of one second, 40 episodes of 20 s to learn from, 10 to measure on;
scale 10, vocabulary 1024, bounds from quantiles. An arm moves between places (velocity of minimum jerk, with a tremor of 2% of
its peak), and grips about once in 3 s. If VLADATA_REAL_DATA is set, the Bridge episodes there are used too; every second one is
learnt from.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import vladata
from benchmarks.machine import machine
from vladata.actions.codec import codec
from vladata.actions.statistics import MEASURES, Statistics

EPISODES, SECONDS, SEED = 50, 20, 7
ARMS = ((5, 1), (15, 1), (20, 1), (50, 2))
"""(hertz, number of arms of 7 dimensions)."""

HEAD = f"{'chunks':<26}{'H x D':>7}{'ids':>8}{'ratio':>7}{'rms %':>8}{'worst %':>9}{'stated %':>10}{'fit s':>7}{'chunks/s':>10}"


@dataclass(frozen=True)
class Found:
    """The results for one kind of chunks.

    numbers: numbers in a chunk.
    ids:     mean number of ids of a chunk.
    rms, worst, stated: root mean square, largest and stated error, as shares of the range between the bounds.
    fit:     processor seconds to learn the vocabulary.
    rate:    chunks encoded per processor second.
    """

    name: str
    numbers: int
    ids: float
    rms: float
    worst: float
    stated: float
    fit: float
    rate: float


def table(real: str | None, say: Callable[[str], None]) -> None:
    """Say a row for each kind of chunks, and the machine. real: a folder with bridge_dataset/1.0.0; None for no real data."""
    say(HEAD)
    for hertz, arms in ARMS:
        episodes = [arm(hertz, arms, seed) for seed in range(EPISODES)]
        say(
            _text(
                measured(
                    f"generated, {hertz} Hz",
                    episodes[::5],
                    [e for i, e in enumerate(episodes) if i % 5],
                    hertz,
                )
            )
        )
    if real:
        source = Path(real) / "bridge_dataset" / "1.0.0"
        bridge = [
            np.asarray(episode.steps["action"], np.float32)
            for episode in vladata.episodes(str(source), schema="bridge_dataset")
        ]
        say(_text(measured("Bridge, 5 Hz", bridge[1::2], bridge[::2], 5)))
    there: dict[str, Any] = machine()
    say(
        f"# {there['cpu']}, {there['cores']} cores; Python {there['python']}, numpy {there['versions']['numpy']}"
    )


def arm(hertz: int, arms: int, seed: int) -> np.ndarray:
    """Return an episode, float32 [T, 7 * arms]: six velocities and a gripper for each arm."""
    rng = np.random.default_rng([SEED, seed])
    steps = hertz * SECONDS
    found = np.zeros((steps, 7 * arms))
    for first in range(0, 7 * arms, 7):
        at = 0
        while at < steps:
            length = int(hertz * rng.uniform(0.6, 2.5))
            phase = np.linspace(0, 1, length, endpoint=False)
            jerk = 30 * phase**2 * (1 - phase) ** 2 / 1.875
            glide = rng.normal(0, 1, 6) * jerk[:, np.newaxis]
            found[at : at + length, first : first + 6] += glide[: steps - at]
            at += length + int(hertz * rng.uniform(0, 0.4))
        found[:, first : first + 6] += rng.normal(0, 0.02, (steps, 6))
        grips = np.cumsum(rng.random(steps) < 1 / (3 * hertz)) % 2
        found[:, first + 6] = grips
    return (found / hertz).astype(np.float32)


def measured(name: str, held: list[np.ndarray], learnt: list[np.ndarray], length: int) -> Found:
    """Measure the ids and errors of the `held` episodes, with a vocabulary learnt from the `learnt` ones."""
    made, fit = _fitted(learnt, length)
    chunks = np.concatenate(list(_chunks(held, length)))
    begin = time.process_time()
    ids = made.encode(chunks)
    rate = len(chunks) / (time.process_time() - begin)
    moves = made.high > made.low
    span = (made.high - made.low)[moves]
    decoded = np.stack([made.decode(row) for row in ids])
    missed = (np.abs(decoded - made.meant(chunks))[..., moves] / span).astype(np.float64)
    rms, stated = float(np.sqrt(np.square(missed).mean())), float((made.tolerance()[moves] / span).max())
    count = sum(map(len, ids)) / len(ids)
    return Found(name, chunks[0].size, count, rms, float(missed.max()), stated, fit, rate)


def _fitted(learnt: list[np.ndarray], length: int) -> tuple[Any, float]:
    rows = np.concatenate(learnt)
    low, high = np.quantile(rows.astype(np.float64), (0.01, 0.99), axis=0)
    names = tuple(f"d{i}" for i in range(rows.shape[1]))
    found = rows.mean(axis=0), rows.std(axis=0), rows.min(axis=0), rows.max(axis=0), low, high
    measures = {name: measure.tolist() for name, measure in zip(MEASURES, found, strict=True)}
    statistics = Statistics.from_json({"names": names, "count": len(rows), **measures})
    begin = time.process_time()
    made = codec("fast", statistics, chunk=length, chunks=_chunks(learnt, length))
    return made, time.process_time() - begin


def _chunks(episodes: list[np.ndarray], length: int) -> Iterator[np.ndarray]:
    for episode in episodes:
        starts = np.arange(max(0, len(episode) - length + 1))
        yield episode[starts[:, np.newaxis] + np.arange(length)]


def _text(found: Found) -> str:
    ratio, shares = found.numbers / found.ids, [100 * each for each in (found.rms, found.worst, found.stated)]
    errors = f"{shares[0]:>8.2f}{shares[1]:>9.1f}{shares[2]:>10.1f}"
    return f"{found.name:<26}{found.numbers:>7}{found.ids:>8.1f}{ratio:>7.2f}{errors}{found.fit:>7.1f}{found.rate:>10,.0f}"
