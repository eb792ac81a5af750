"""The LeRobot files of one unit: a file of frames, and the videos that belong to it.

The plan gives the numbers of an episode and of its first frame, so units can be written in any order. If pictures cannot be
decoded, leaving out their steps would change all later numbers. The unit then notes these steps in its receipt and writes empty
files, and the commit is refused (unfit.py). So one run finds all such steps.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from vladata.errors import BadImage, OutputError, UsageError
from vladata.image_kinds import Size
from vladata.images import decoded, size_of
from vladata.plan.units import Read, ShardPlan
from vladata.robot.job import Job
from vladata.robot.whole.noted import Noted
from vladata.robot.whole.stretches import Cut, unfit_step
from vladata.shards.episodes import language, lerobot, video
from vladata.shards.episodes.statistics import OfPictures, Statistics, of_numbers, sampled
from vladata.shards.episodes.stretch import Columns, Stretch
from vladata.shards.naming import IMAGES
from vladata.shards.storage import Output
from vladata.shards.writer import Shard

SIZE_HINT = "Make them one size: --image-size N, or HEIGHTxWIDTH."


def features_of(job: Job, columns: Columns) -> dict[str, Any]:
    """Return the features of a job's dataset. Raises UsageError if the pictures of a camera differ in size."""
    names = {name: job.statistics[name]["names"] for name in ("action", "state")}
    told = video.about(job.video_codec, job.fps) if job.layout.videos else None
    spoken = language.spoken(columns.texts, columns.cameras) if job.language == "rows" else {}
    return lerobot.features(columns, names, sizes_of(job), told, spoken)


def sizes_of(job: Job) -> dict[str, Size]:
    """Return camera -> height and width of its pictures. Raises UsageError if pictures of a camera differ in size."""
    images = job.contract["images"]
    found: dict[str, Size] = {}
    for camera, recorded in images["recorded"].items():
        size = job.recipe.images.target or recorded
        if size is None:
            raise UsageError(
                "LeRobot wants all pictures of a camera in one size, and here episodes differ",
                where=f"camera {camera}",
                hint=SIZE_HINT,
            )
        found[camera] = (size[0], size[1])
    return found


class LeRobotFiles:
    """A writer of LeRobot's files: one file of frames, and its videos."""

    def __init__(self, output: Output, job: Job, columns: Columns) -> None:
        self.output, self.job, self.videos = output, job, job.layout.videos
        self.sizes = sizes_of(job)
        for key in self.videos:
            video.require_video(job.video_codec, key, *self._size(key))
        self.schema = lerobot.schema_of(features_of(job, columns))
        self.tasks = {text: number for number, text in enumerate(job.texts)}

    def __call__(
        self, plans: Sequence[ShardPlan], first: Read, cuts: Iterator[Cut], noted: Noted
    ) -> list[Shard]:
        """Write the frames of the stretches of `cuts`, and their videos. first: the first episode of the file."""
        plan, *films = plans
        tables, rows, offsets = [], [], [0]
        making = {
            key: video.Film(self.job.video_codec, self.job.fps, *self._size(key)) for key in self.videos
        }
        for number, stretch in enumerate(noted.seen(cuts), first.before):
            index = first.first + offsets[-1]
            numbers = lerobot.values(stretch, self.job.fps, number, index, self.tasks)
            found = {name: of_numbers(column) for name, column in numbers.items()}
            try:
                found |= self._shown(stretch, making)
            except _Unfit as fault:
                noted.rejected.append(unfit_step(stretch, *fault.args))
                continue
            rows.append((stretch, found))
            tables.append(lerobot.table(stretch, numbers, self.schema))
            offsets.append(offsets[-1] + len(stretch))
        if noted.rejected:
            return [self._written(each.path, [], [0]) for each in plans]
        for stretch, found in rows:
            noted.row(stretch, found)
        shards = [self._written(plan.path, [lerobot.parquet(tables, self.schema)], offsets)]
        for film_plan, film in zip(films, making.values(), strict=True):
            shards.append(self._written(film_plan.path, [film.data()], [0]))
        return shards

    def _size(self, key: str) -> Size:
        return self.sizes[key.removeprefix(IMAGES)]

    def _shown(self, stretch: Stretch, making: Mapping[str, video.Film]) -> dict[str, Statistics]:
        """Return the statistics of each camera's pictures, and add the pictures to the film of the camera if it has one."""
        pictures = {IMAGES + camera: self._of_one_size(camera, stretch) for camera in stretch.images}
        return {key: _statistics(stretch, key, column, making.get(key)) for key, column in pictures.items()}

    def _of_one_size(self, camera: str, stretch: Stretch) -> Sequence[bytes]:
        """Return the N pictures of a camera. Raises OutputError for a picture of another size."""
        pictures = stretch.images[camera][: len(stretch)]
        for number, picture in zip(stretch.numbers.tolist(), pictures, strict=True):
            if (found := size_of(picture)) != self.sizes[camera]:
                raise OutputError(
                    "LeRobot wants all pictures of a camera in one size",
                    where=f"{stretch.episode}, step {number}, camera {camera}",
                    got=f"{found[0]} x {found[1]}",
                    allowed="{} x {}".format(*self.sizes[camera]),
                    hint=SIZE_HINT,
                )
        return pictures

    def _written(self, path: str, buffers: Iterable[bytes], offsets: Sequence[int]) -> Shard:
        written = self.output.write(path, buffers)
        return Shard(path, offsets[-1], written.bytes, written.checksum, np.array(offsets, np.int64))


class _Unfit(Exception):
    """A step whose picture cannot be decoded. Arguments: the number of the step, and the BadImage."""


def _statistics(stretch: Stretch, key: str, pictures: Sequence[bytes], film: video.Film | None) -> Statistics:
    """Return the statistics of a camera's pictures. Each is decoded once, and becomes a frame of `film` if that is not None."""
    wanted, found = set(sampled(len(pictures))), OfPictures()
    for at, picture in enumerate(pictures):
        if film is None and at not in wanted:
            continue
        try:
            pixels = decoded(picture)
        except BadImage as fault:
            raise _Unfit(int(stretch.numbers[at]), BadImage(fault.what, where=key, got=fault.got)) from None
        if at in wanted:
            found.add(pixels)
        if film is not None:
            film.add(pixels)
    return found.found()
