"""An episode -> its samples: prompt, target, and everything needed to render both again (records.py has the fields)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vladata import images, keys, pixels
from vladata.actions.contract import codec_from_contract
from vladata.image_rule import encoded, fitted
from vladata.language.instructions import normalise
from vladata.language.prompts import render
from vladata.records import Episode, Sample, absent
from vladata.spec.dataset import DatasetSpec
from vladata.spec.recipe import FIRST, RecipeSpec

IDENTITY = ("episode", "step")


@dataclass(frozen=True, slots=True)
class Rendered:
    """The samples of one episode, made one by one when they are written: a unit holds thousands.

    id:      the episode's.
    steps:   RLDS step number of each sample, T of them.
    common:  fields that are the same in all.
    columns: fields with one value a sample, each of length T.
    images:  name -> T pictures, encoded or, where the source has them so, pixels (uint8 [height, width, channels]):
             `Renderer.pictured` encodes those.
    """

    id: str
    steps: list[int]
    common: Mapping[str, Any]
    columns: Mapping[str, Sequence[Any]]
    images: Mapping[str, Sequence[Any]]

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, i: int) -> Sample:
        step = self.steps[i]
        fields = {name: column[i] for name, column in self.columns.items()}
        fields |= self.common
        fields["episode"], fields["step"] = self.id, step
        images = {camera: column[i] for camera, column in self.images.items()}
        return Sample(keys.sample_key(self.common["dataset"], self.id, step), images, fields)


class Renderer:
    """Renders samples by one schema, recipe and contract; holds what is the same for all of them.

    from_pixels: whether some pictures come as pixels (sources/cameras.py: gives_pixels), and have to be encoded.
    """

    def __init__(
        self, spec: DatasetSpec, recipe: RecipeSpec, contract: Mapping[str, Any], from_pixels: bool = False
    ) -> None:
        self.recipe = recipe
        self.codec = codec_from_contract(contract)
        self.contract = contract["digest"]
        self.cameras = cameras(spec, recipe)
        self.swapped = swapped_cameras(spec, recipe)
        self.from_pixels = from_pixels

    def __call__(self, episode: Episode) -> "Rendered":
        """What the samples of an episode have in common and in columns; images are still as they were recorded."""
        columns: Mapping[str, Any] = episode.steps
        bins = self.codec.encode(columns["action"], terminate=columns["terminate"])
        instructions = {text: self._instruction(text) for text in set(columns["instruction"])}
        prompts = {text: render(self.recipe.prompt, instruction=text) for text in instructions.values()}
        spoken = [instructions[text] for text in columns["instruction"]]
        by_step = {
            "prompt": [prompts[text] for text in spoken],
            "target": [render(self.recipe.target, action=text) for text in self.codec.texts(bins)],
            "instruction": spoken,
            "action": list(columns["action"]),
            "terminate": columns["terminate"].astype(int).tolist(),
            "bins": list(bins),
            "state": list(columns["state"]),
        }
        common = {
            "task": self.recipe.task,
            "dataset": episode.dataset,
            "split": episode.split,
            "plan": "",
            "contract": self.contract,
            "source": {name: getattr(episode.place, name) for name in ("file", "offset", "length")},
        }
        common |= absent((*by_step, *common, *IDENTITY))
        images = {name: columns[f"images/{camera}"] for name, camera in self.cameras.items()}
        return Rendered(episode.id, episode.numbers.tolist(), common, by_step, images)

    def _instruction(self, text: str) -> str:
        rule = self.recipe.instruction
        return normalise(text, strip=rule.strip, case=rule.case, final_stop=rule.final_stop)

    def spelled(self, target: str) -> str:
        """The action text inside a rendered target."""
        before, _, after = self.recipe.target.partition("{action}")
        return target.removeprefix(before).removesuffix(after)

    def pictured(self, sample: Sample) -> Sample:
        """The sample with its images as the recipe wants them; the sample itself where they pass through untouched."""
        rule = self.recipe.images
        if rule.size is None and rule.png == "keep" and not self.swapped and not self.from_pixels:
            return sample
        made = {name: self._image(name, image) for name, image in sample.images.items()}
        return Sample(sample.key, made, sample.fields)

    def _image(self, name: str, image: bytes | np.ndarray) -> bytes:
        rule = self.recipe.images
        if isinstance(image, np.ndarray):
            return encoded(pixels.channels_swapped(image) if name in self.swapped else image, rule)
        if name in self.swapped:
            image = images.channels_swapped(image, rule.quality)
        return fitted(image, rule)


def cameras(spec: DatasetSpec, recipe: RecipeSpec) -> dict[str, str]:
    """Name of a sample's image -> the schema's camera, in the order of a sample's members."""
    wanted = recipe.images.cameras
    if wanted == "first":
        return {FIRST: next(iter(spec.cameras))}
    return {camera: camera for camera in (spec.cameras if wanted == "all" else wanted)}


def swapped_cameras(spec: DatasetSpec, recipe: RecipeSpec) -> tuple[str, ...]:
    """The names of a sample's images that were recorded as BGR."""
    return tuple(name for name, camera in cameras(spec, recipe).items() if camera in spec.swap_channels)
