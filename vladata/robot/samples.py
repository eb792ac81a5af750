"""An episode -> its samples: prompt, target, and everything needed to render both again (records.py has the fields)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vladata import images, keys
from vladata.actions.contract import codec_from_contract
from vladata.image_rule import fitted
from vladata.language.instructions import normalise
from vladata.language.prompts import render
from vladata.records import Episode, Sample, absent
from vladata.spec.dataset import DatasetSpec
from vladata.spec.recipe import RecipeSpec

IDENTITY = ("episode", "step")


@dataclass(frozen=True, slots=True)
class Rendered:
    """The samples of one episode, made one by one when they are written: a unit holds thousands.

    id:      the episode's.
    steps:   RLDS step number of each sample, T of them.
    common:  fields that are the same in all.
    columns: fields with one value a sample, each of length T.
    images:  camera -> T encoded images.
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
    """Renders samples by one schema, recipe and contract; holds what is the same for all of them."""

    def __init__(self, spec: DatasetSpec, recipe: RecipeSpec, contract: Mapping[str, Any]) -> None:
        self.recipe = recipe
        self.codec = codec_from_contract(contract)
        self.contract = contract["digest"]
        self.cameras = cameras(spec, recipe)
        self.swapped = swapped_cameras(spec, recipe)

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
        images = {camera: columns[f"images/{camera}"] for camera in self.cameras}
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
        if rule.size is None and rule.png == "keep" and not self.swapped:
            return sample
        made = {camera: self._image(camera, image) for camera, image in sample.images.items()}
        return Sample(sample.key, made, sample.fields)

    def _image(self, camera: str, image: bytes) -> bytes:
        rule = self.recipe.images
        if camera in self.swapped:
            image = images.channels_swapped(image, rule.quality)
        return fitted(image, rule)


def cameras(spec: DatasetSpec, recipe: RecipeSpec) -> tuple[str, ...]:
    """The cameras that are written, in the order of a sample's members."""
    wanted = recipe.images.cameras
    return tuple(spec.cameras) if wanted == "all" else tuple(wanted)


def swapped_cameras(spec: DatasetSpec, recipe: RecipeSpec) -> tuple[str, ...]:
    """Those of them that were recorded as BGR."""
    return tuple(camera for camera in cameras(spec, recipe) if camera in spec.swap_channels)
