"""An episode -> its samples: prompt, target, and everything needed to render both again (records.py has the fields)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vladata import images, keys, pixels
from vladata.actions.contract import codec_from_contract
from vladata.image_rule import encoded, fitted
from vladata.language.instructions import normalise
from vladata.language.tasks.table import TASKS
from vladata.language.tasks.task import Steps
from vladata.records import Episode, Sample, absent
from vladata.spec.dataset import DatasetSpec
from vladata.spec.images import FIRST
from vladata.spec.recipe import RecipeSpec
from vladata.transforms.windows import WindowRule, windows

IDENTITY = ("episode", "step")
NO_BINS = np.zeros(0, np.int32)  # of a sample whose target spells no action


@dataclass(frozen=True, slots=True)
class OfTask:
    """The fields of the samples of one task.

    ending:  what their keys end in: the task, or "" where it is the only one.
    common:  those that are the same in all, `task` among them.
    columns: those with one value a step, each of length T.
    """

    ending: str
    common: Mapping[str, Any]
    columns: Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Rendered:
    """The samples of one episode, made one by one when they are written: a unit holds thousands.

    id:      the episode's.
    steps:   RLDS step number of each of its T steps.
    tasks:   K tasks; sample i is that of step i // K and task i % K.
    images:  name -> T pictures, encoded or, where the source has them so, pixels (uint8 [height, width, channels]):
             `Renderer.pictured` encodes those.
    """

    id: str
    steps: list[int]
    tasks: tuple[OfTask, ...]
    images: Mapping[str, Sequence[Any]]

    def __len__(self) -> int:
        return len(self.steps) * len(self.tasks)

    def __getitem__(self, i: int) -> Sample:
        many = len(self.tasks)
        at, task = (i, self.tasks[0]) if many == 1 else (i // many, self.tasks[i % many])
        step = self.steps[at]
        fields = {name: column[at] for name, column in task.columns.items()}
        fields |= task.common
        fields["episode"], fields["step"] = self.id, step
        images = {camera: column[at] for camera, column in self.images.items()}
        return Sample(keys.sample_key(task.common["dataset"], self.id, step, task.ending), images, fields)


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
        normal = {text: self._instruction(text) for text in set(columns["instruction"])}
        instructions = [normal[text] for text in columns["instruction"]]
        by_step = {
            "instruction": instructions,
            "action": list(columns["action"]),
            "terminate": columns["terminate"].astype(int).tolist(),
            "bins": list(bins),
            "state": list(columns["state"]),
        }
        window = windows(len(episode), WindowRule())
        steps = Steps(columns, episode.numbers, instructions, lambda: self.codec.texts(bins), window)
        tasks = tuple(self._of_task(name, steps, by_step, episode) for name in self.recipe.tasks)
        images = {name: columns[f"images/{camera}"] for name, camera in self.cameras.items()}
        return Rendered(episode.id, episode.numbers.tolist(), tasks, images)

    def _of_task(self, name: str, steps: Steps, by_step: Mapping[str, Any], episode: Episode) -> OfTask:
        task = TASKS[name]
        spoken = task.speak(steps, self.recipe)
        columns = {"prompt": spoken.prompts, "target": spoken.targets, **by_step}
        if not task.spells_action:
            columns["bins"] = [NO_BINS] * len(steps)
        common = {
            "task": name,
            "dataset": episode.dataset,
            "split": episode.split,
            "plan": "",
            "contract": self.contract,
            "source": {name: getattr(episode.place, name) for name in ("file", "offset", "length")},
        }
        ending = name if len(self.recipe.tasks) > 1 else ""
        return OfTask(ending, common | absent((*columns, *common, *IDENTITY)), columns)

    def _instruction(self, text: str) -> str:
        rule = self.recipe.instruction
        return normalise(text, strip=rule.strip, case=rule.case, final_stop=rule.final_stop)

    def spelled(self, target: str) -> str:
        """The action text inside a rendered target."""
        before, _, after = self.recipe.target.partition("{action}")
        return target.removeprefix(before).removesuffix(after)

    def spelled_id(self, sample: keys.SampleId) -> str:
        """Which sample it is, for a finding; the task only where a step has several."""
        where = f"{sample.episode}, step {sample.step}"
        return f"{where}, task {sample.task}" if len(self.recipe.tasks) > 1 else where

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
