"""An episode -> the question about it: its prompt and its pictures, in recorded or in smaller size."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vladata import images, pixels
from vladata.annotate.model import Query
from vladata.image_rule import encoded, fitted
from vladata.records import Episode, Place
from vladata.robot.sources import Sources
from vladata.spec.dataset import DatasetSpec
from vladata.spec.images import ImageRule
from vladata.spec.question import PLACE, QuestionSpec
from vladata.transforms.standardise import compile_chain

COLUMNS = (
    "episode", "split", "file", "shard", "record", "offset", "length", "crc", "steps", "content", "key", "numbers",
)  # fmt: skip
"""The columns of the index that are needed, beside those that a selection adds."""


class Asker:
    """A maker of questions about the episodes of one source.

    camera: of the schema, whose pictures are shown.   size: height and width in pixels to which they are resized; None keeps
    the recorded size.
    """

    def __init__(
        self, sources: Sources, spec: DatasetSpec, question: QuestionSpec, camera: str, size: int | None
    ) -> None:
        self.source, self.question, self.camera = sources.source, question, camera
        self.rule = ImageRule(cameras=(camera,), size=size, png="jpeg")
        self.swapped = camera in spec.swap_channels
        self.standardise = compile_chain(
            spec,
            sources.indexing.chain,
            self.source.step_columns,
            self.source.values,
            sources.selection.every,
            [camera],
        )

    def __call__(self, row: Mapping[str, Any]) -> Query:
        """Return the question about the episode of one row of the taken episodes. Raises errors of reading it, and BadImage."""
        place = Place(*(row[name] for name in ("file", "shard", "record", "offset", "length")))
        data = self.source.read(place, row["crc"])
        episode = self.standardise(self.source.decode(row["split"], place, data, self.standardise.wanted))
        shown = evenly(row["numbers"], self.question.frames)
        at = np.searchsorted(episode.numbers, shown).tolist()
        texts = [row["corrected"]] if row["corrected"] else self._words(episode, at)
        values = {
            "instruction": "; then ".join(texts),
            "frames": ", ".join(map(str, shown)),
            "first": "0",
            "last": str(row["steps"] - 1),
            "fields": ", ".join(self.question.fields),
        }
        prompt = PLACE.sub(lambda found: values[found[1]], self.question.prompt)
        pictures = episode.steps[f"images/{self.camera}"]
        return Query(prompt, tuple(self._picture(pictures[i]) for i in at))

    def _words(self, episode: Episode, at: Sequence[int]) -> list[str]:
        """Return the different instructions of the steps that are shown."""
        texts: Sequence[str] = episode.steps["instruction"]  # type: ignore[assignment]
        return list(dict.fromkeys(texts[i] for i in at if texts[i].strip()))

    def _picture(self, image: Any) -> bytes:
        if isinstance(image, np.ndarray):
            return encoded(pixels.channels_swapped(image) if self.swapped else image, self.rule)
        if self.swapped:
            image = images.channels_swapped(image, self.rule.quality)
        return bytes(fitted(image, self.rule))


def evenly(numbers: Sequence[int], count: int) -> list[int]:
    """Return up to `count` of the steps, evenly spaced, with the first and the last; only the first if `count` is 1."""
    at = np.unique(np.linspace(0, len(numbers) - 1, count).round().astype(int))
    return [numbers[i] for i in at.tolist()]
