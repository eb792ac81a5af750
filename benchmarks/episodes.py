"""Whole episodes written as RLDS, as LeRobot with pictures in Parquet files, and as LeRobot with videos. The last is compared
with a bare loop that decodes the same pictures and encodes them into one video.

Kept equal: the first camera, one process, the index in the cache, the same decoder and encoder on both sides. The commit is not
timed. LeRobot's own writer made 45 steps a second of such data, but on another day, so this is not a floor of this run.
"""

import argparse
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import vladata
from benchmarks.bench import SCHEMA, Bench, Row, row
from benchmarks.measure import Measured, in_turn, one, tell
from vladata import images
from vladata.robot.run import begin
from vladata.robot.settings import Settings
from vladata.shards.episodes.video import Film
from vladata.shards.naming import Format
from vladata.spec import find

WAYS: Mapping[str, tuple[Format, str]] = {
    "rlds": ("rlds", "images"),
    "lerobot": ("lerobot", "images"),
    "video": ("lerobot", "video"),
}
BARE = "bare"


def main(bench: Bench) -> Iterator[Row]:
    def work(what: str) -> Measured:
        with bench.out() as out:
            return one("episodes", what, bench.small, out, bench.limit)

    work("rlds")  # makes the index
    timed = in_turn(bench.rounds, {what: partial(work, what) for what in (*WAYS, BARE)})
    yield row("episodes out, rlds", timed["rlds"])
    yield row("episodes out, lerobot, pictures in Parquet", timed["lerobot"])
    yield row("decode and encode into one video", timed[BARE])
    yield row("episodes out, lerobot, videos", timed["video"], timed[BARE])


def convert(what: str, source: str, out: str, limit: int) -> None:
    fmt, pictures = WAYS[what]
    recipe = find.recipe("episodes")
    first = recipe.model_copy(update={"images": recipe.images.model_copy(update={"cameras": "first"})})
    settings = Settings(
        source,
        out,
        find.schema(str(SCHEMA)),
        first,
        format=fmt,
        pictures=pictures,
        limit=limit,
        fps=5 * (fmt == "lerobot"),
    )
    with begin(settings) as run:
        start = time.perf_counter()
        run.convert_here()
        tell(run.prepared.samples, time.perf_counter() - start)


def bare(source: str, limit: int) -> None:
    spec = find.schema(str(SCHEMA))
    camera = f"images/{next(iter(spec.cameras))}"
    shown: list[bytes] = []
    for number, episode in enumerate(vladata.episodes(source, spec)):
        if number == limit:
            break
        shown += map(bytes, episode.steps[camera])
    start = time.perf_counter()
    film = Film("h264", 5, *images.size_of(shown[0]))
    for picture in shown:
        film.add(images.decoded(picture))
    film.data()
    tell(len(shown), time.perf_counter() - start)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=[*WAYS, BARE])
    for name in ("source", "out"):
        parser.add_argument(name, type=Path)
    parser.add_argument("limit", type=int)
    given = parser.parse_args()
    if given.what == BARE:
        bare(str(given.source), given.limit)
    else:
        convert(given.what, str(given.source), str(given.out), given.limit)
