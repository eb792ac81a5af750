"""LeRobot's files of one unit, and those that a dataset has beside them.

The number of an episode and of its first frame are known from the plan, so a unit is written like any other. A step that is only
then found to be unfit would move all numbers behind it: it ends the conversion, with its name.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from vladata.errors import BadImage, OutputError, UsageError
from vladata.image_kinds import Size
from vladata.images import decoded, size_of
from vladata.plan.units import Read, ShardPlan
from vladata.robot.job import Job
from vladata.robot.whole.noted import Noted
from vladata.robot.whole.stretches import Cut
from vladata.runs.receipts import Receipt
from vladata.shards.episodes import lerobot, lerobot_meta, video
from vladata.shards.episodes.lerobot import IMAGES
from vladata.shards.episodes.statistics import Aggregate, OfPictures, Statistics, of_numbers, sampled
from vladata.shards.episodes.stretch import Columns, Stretch
from vladata.shards.naming import LEROBOT_EPISODES, LEROBOT_INFO, LEROBOT_STATS, LEROBOT_TASKS
from vladata.shards.storage import Output
from vladata.shards.writer import Shard


def features_of(job: Job, columns: Columns) -> dict[str, Any]:
    """The features of a job's dataset. Raises UsageError where pictures of a camera have not one size."""
    statistics = {name: job.statistics[name]["names"] for name in ("action", "state")}
    told = video.about(job.fps) if job.layout.videos else None
    return lerobot.features(columns, statistics, sizes_of(job), told)


def sizes_of(job: Job) -> dict[str, Size]:
    """Camera -> height and width of its pictures, all of which have to be of one size."""
    images = job.contract["images"]
    found: dict[str, Size] = {}
    for camera, recorded in images["recorded"].items():
        size = job.recipe.images.target or recorded
        if size is None:
            raise UsageError(
                "LeRobot has all pictures of a camera in one size, and here episodes differ",
                where=f"camera {camera}",
                hint="Make them one size: --image-size N, or HEIGHTxWIDTH.",
            )
        found[camera] = (size[0], size[1])
    return found


class LeRobotFiles:
    """Writes files of LeRobot: one of frames, and its videos."""

    def __init__(self, output: Output, job: Job, columns: Columns) -> None:
        self.output, self.fps, self.videos = output, job.fps, job.layout.videos
        self.sizes = sizes_of(job)
        for key in self.videos:
            video.require_video(key, *self.sizes[key.removeprefix(IMAGES)])
        self.schema = lerobot.schema_of(features_of(job, columns))
        self.tasks = {text: number for number, text in enumerate(job.texts)}

    def __call__(
        self, plans: Sequence[ShardPlan], first: Read, cuts: Iterator[Cut], noted: Noted
    ) -> list[Shard]:
        """Write the frames of the stretches of `cuts`, and the videos that go with them. first: the first episode of the file."""
        plan, *films = plans
        tables, offsets = [], [0]
        making = {key: self._film(key) for key in self.videos}
        for number, stretch in enumerate(noted.seen(_whole(cuts)), first.before):
            index = first.first + offsets[-1]
            numbers = lerobot.values(stretch, self.fps, number, index, self.tasks)
            pictures = {IMAGES + camera: self._sound(camera, stretch) for camera in stretch.images}
            found = {name: of_numbers(column) for name, column in numbers.items()}
            found |= {key: _shown(stretch, key, column, making.get(key)) for key, column in pictures.items()}
            noted.row(stretch, found)
            tables.append(lerobot.table(stretch, numbers, self.schema))
            offsets.append(offsets[-1] + len(stretch))
        shards = [self._written(plan.path, [lerobot.parquet(tables, self.schema)], offsets)]
        for film_plan, film in zip(films, making.values(), strict=True):
            shards.append(self._written(film_plan.path, [film.data()], [0]))
        return shards

    def _film(self, key: str) -> video.Film:
        return video.Film(self.fps, *self.sizes[key.removeprefix(IMAGES)])

    def _sound(self, camera: str, stretch: Stretch) -> Sequence[bytes]:
        """The N pictures of a camera, each of the size that all have."""
        pictures = stretch.images[camera][: len(stretch)]
        for number, picture in zip(stretch.numbers.tolist(), pictures, strict=True):
            if (found := size_of(picture)) != self.sizes[camera]:
                raise OutputError(
                    "LeRobot has all pictures of a camera in one size",
                    where=f"{stretch.episode}, step {number}, camera {camera}",
                    got=f"{found[0]} x {found[1]}",
                    allowed="{} x {}".format(*self.sizes[camera]),
                    hint="Make them one size: --image-size N, or HEIGHTxWIDTH.",
                )
        return pictures

    def _written(self, path: str, buffers: Iterable[bytes], offsets: Sequence[int]) -> Shard:
        written = self.output.write(path, buffers)
        return Shard(path, offsets[-1], written.bytes, written.checksum, np.array(offsets, np.int64))


def _whole(cuts: Iterator[Cut]) -> Iterator[Cut]:
    """The cuts, none of which may lack a step that the plan has numbered."""
    for cut in cuts:
        for entry in cut.rejected:
            raise _unfit(entry.episode, entry.step, entry.says)
        yield cut


def _unfit(episode: str, step: int, says: str) -> OutputError:
    return OutputError(
        f"a step is found unfit only now, and LeRobot numbers steps through the whole dataset: {says}",
        where=f"{episode}, step {step}",
        hint=f'Leave the episode out, --errata FILE with {{"{episode}": {{"exclude": "why"}}}}, or mend it.',
    )


def _shown(stretch: Stretch, key: str, pictures: Sequence[bytes], film: video.Film | None) -> Statistics:
    """The statistics of the pictures of a camera, which become frames of `film` where there is one: each is decoded once."""
    wanted, found = set(sampled(len(pictures))), OfPictures()
    for at, picture in enumerate(pictures):
        if film is None and at not in wanted:
            continue
        try:
            pixels = decoded(picture)
        except BadImage as fault:
            raise _unfit(stretch.episode, int(stretch.numbers[at]), f"{key}: {fault}") from None
        if at in wanted:
            found.add(pixels)
        if film is not None:
            film.add(pixels)
    return found.found()


def meta_files(
    job: Job, columns: Columns, split: str, receipts: Callable[[], Iterator[Receipt]]
) -> Mapping[str, Iterable[bytes]]:
    """Path -> bytes of the files of `meta/`."""
    every, counts = Aggregate(), [0, 0]

    def rows() -> Iterator[Sequence[Mapping[str, Any]]]:
        file = 0
        for receipt in receipts():
            table = receipt.rows
            yield [
                _row(job, row, counts, file, every) for row in _numbered(table, len(job.layout.videos) + 1)
            ]
            file += len(receipt.shards) // (len(job.layout.videos) + 1)

    def _row(
        job: Job, row: Mapping[str, Any], counts: list[int], file: int, every: Aggregate
    ) -> dict[str, Any]:
        found = orjson.loads(row["statistics"])
        every.add(found)
        start, length = row["offset"], row["steps"]
        seconds = (start / job.fps, (start + length) / job.fps)
        shown = dict.fromkeys(job.layout.videos, seconds)
        made = lerobot_meta.episode_row(
            counts[0], row["tasks"], counts[1], length, file + row["file"], shown, found
        )
        counts[0], counts[1] = counts[0] + 1, counts[1] + length
        return made

    episodes = lerobot_meta.episodes_parquet(rows())
    info = lerobot_meta.info_json(
        job.spec.robot,
        job.fps,
        counts[0],
        counts[1],
        len(job.texts),
        split,
        features_of(job, columns),
        bool(job.layout.videos),
    )
    return {
        LEROBOT_EPISODES: [episodes],
        LEROBOT_STATS: [orjson.dumps(every.as_json(), option=orjson.OPT_INDENT_2)],
        LEROBOT_TASKS: [lerobot_meta.tasks_parquet(job.texts)],
        LEROBOT_INFO: [info],
    }


def _numbered(table: pa.Table, each: int) -> Iterator[dict[str, Any]]:
    """The rows of a receipt, with the number of their file among those of the unit. each: shards that belong together."""
    for row in table.to_pylist():
        yield {**row, "file": row["shard"] // each}
