"""The sample of a row of the index and its images. An image-text pair has no action, so the fields of actions are empty."""

from collections.abc import Mapping, Sequence
from typing import Any

from vladata import keys
from vladata.image_rule import fitted
from vladata.images import as_png, suffix
from vladata.language.pairs import render_pair
from vladata.records import Sample, absent
from vladata.shards.naming import DECODED_BY_TFDS, Format
from vladata.spec.recipe import RecipeSpec

FIRST, FURTHER = "primary", "image_{}"


def cameras(images: int) -> list[str]:
    """Return the names of a sample's images, which resemble those of a robot's cameras: the first is the primary one."""
    return [FIRST if i == 0 else FURTHER.format(i) for i in range(images)]


class WebRenderer:
    """A renderer of pairs by one recipe, for one format of shards."""

    def __init__(
        self, dataset: str, split: str, recipe: RecipeSpec, seed: int, most: int, fmt: Format
    ) -> None:
        self.dataset, self.split, self.recipe, self.seed = dataset, split, recipe, seed
        self._tfrecord = fmt == "tfrecord"
        self._cameras = cameras(most)
        self._empty = absent(())

    def __call__(self, row: Mapping[str, Any], images: Sequence[bytes]) -> Sample:
        """Return the sample of a row, with its images as in the corpus."""
        episode = keys.episode_id(self.split, row["shard"], row["record"])
        key = keys.sample_key(self.dataset, episode, row["pair"])
        rendered = render_pair(row, self.recipe.web, key, self.seed)
        fields = {  # in the order of the declaration
            **self._empty,
            "prompt": rendered.prompt,
            "target": rendered.target,
            "task": row["task"],
            "dataset": self.dataset,
            "split": self.split,
            "episode": episode,
            "step": row["pair"],
            "instruction": rendered.instruction,
            "loss_weight": 1.0,
            "source": row["source"],
        }
        names = self._cameras if len(images) <= len(self._cameras) else cameras(len(images))
        return Sample(key, dict(zip(names, images, strict=False)), fields)

    def pictured(self, sample: Sample) -> Sample:
        """Return the sample with its images changed as the recipe asks. Raises BadImage."""
        rule = self.recipe.images
        if rule.size is None and rule.png == "keep" and not self._tfrecord:
            return sample
        made = {camera: self._fitted(image) for camera, image in sample.images.items()}
        return Sample(sample.key, made, sample.fields)

    def _fitted(self, image: bytes) -> bytes:
        made = fitted(image, self.recipe.images)
        if self._tfrecord and suffix(made) not in DECODED_BY_TFDS:
            return as_png(made)
        return made
