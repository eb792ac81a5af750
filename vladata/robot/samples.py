"""An episode -> its samples: prompt, target, and all values needed to render both again (records.py has the fields)."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vladata import images, keys
from vladata.actions.contract import codec_from_contract, state_codec_from_contract
from vladata.errors import BadImage, UnfitRecord
from vladata.footage import Footage
from vladata.image_geometry import ImageGeometry
from vladata.language.instructions import normalise
from vladata.language.target import Target
from vladata.language.tasks.places import ACTION
from vladata.language.tasks.table import TASKS
from vladata.language.tasks.task import Robot, Steps
from vladata.records import Episode, Sample, absent
from vladata.robot.asking import Asked, Asking
from vladata.robot.picturing import PictureMaker, cameras
from vladata.robot.windowed import Windowed, earlier, fields_of, images_at, rule_in, windowed
from vladata.spec.dataset import DatasetSpec
from vladata.spec.recipe import RecipeSpec
from vladata.spec.tasks import TaskRule

IDENTITY = ("episode", "step")
UNSAID: Mapping[str, Sequence[str]] = {}  # the annotations of an episode without any
NO_BINS = np.zeros(0, np.int32)  # for a sample whose target spells no action


@dataclass(frozen=True, slots=True)
class OfTask:
    """The fields of the samples of one task.

    ending:  the end of their keys: the task, or "" if it is the only one.
    common:  fields with one value for all samples, such as `task`.
    columns: fields with one value per window, each of length N.
    images:  name -> N pictures: encoded bytes, or uint8 [height, width, channels] if the source has pixels, which
             `Renderer.pictured` encodes. A missing frame of a video is a BadImage.
    unsaid:  position of a window -> the reason why it has no sample of this task.
    """

    ending: str
    common: Mapping[str, Any]
    columns: Mapping[str, Sequence[Any]]
    images: Mapping[str, Sequence[Any]]
    unsaid: Mapping[int, UnfitRecord]


@dataclass(frozen=True, slots=True)
class Rendered:
    """The samples of one episode. Each is made only when it is written, since a unit holds thousands.

    id:      the id of the episode.
    steps:   the RLDS step number of each of its N windows.
    tasks:   the tasks of the recipe.
    turns:   the task of the sample of each window, N positions in `tasks`. None if each window has a sample of every task: then
             sample i is that of window i // len(tasks) and task i % len(tasks).
    """

    id: str
    steps: list[int]
    tasks: tuple[OfTask, ...]
    turns: list[int] | None

    def __len__(self) -> int:
        return len(self.steps) * (len(self.tasks) if self.turns is None else 1)

    def task_of(self, i: int) -> int:
        """Return the task of sample i, a position in `tasks`."""
        return i % len(self.tasks) if self.turns is None else self.turns[i]

    def __getitem__(self, i: int) -> Sample:
        tasks, turns = self.tasks, self.turns
        many = len(tasks)
        if turns is not None:
            at, task = i, tasks[turns[i]]
        else:
            at, task = (i, tasks[0]) if many == 1 else (i // many, tasks[i % many])
        step = self.steps[at]
        fields = {name: column[at] for name, column in task.columns.items()}
        fields |= task.common
        fields["episode"], fields["step"] = self.id, step
        images = {camera: column[at] for camera, column in task.images.items()}
        key = keys.sample_key(task.common["dataset"], self.id, step, task.ending)
        return Sample(key, images, fields, task.unsaid.get(at) if task.unsaid else None)


class Renderer:
    """A renderer of samples by one schema, recipe and contract.

    from_pixels: True if some pictures are pixels or frames (sources/cameras.py: gives_pixels), which must be encoded.
    """

    def __init__(
        self, spec: DatasetSpec, recipe: RecipeSpec, contract: Mapping[str, Any], from_pixels: bool = False
    ) -> None:
        self.recipe = recipe
        self.codec = codec_from_contract(contract)
        self.contract = contract["digest"]
        self.rule = rule_in(contract, self.codec)
        self.several_frames = most_frames(recipe) > 1
        self.fields = fields_of(self.rule, self.codec, self.several_frames)
        self.cameras = cameras(spec, recipe)
        self.state_codec = state_codec_from_contract(contract)
        self.robot = Robot(self.codec.names, self.codec.grippers, spec.state.names if spec.state else ())
        self.picturing = PictureMaker(spec, recipe, from_pixels)
        self.asking = Asking(recipe, self.cameras)
        self.targets = {name: Target(rule.target) for name, rule in recipe.tasks.items()}

    def __call__(
        self,
        episode: Episode,
        first: int = 0,
        annotations: Mapping[str, Sequence[str]] = UNSAID,
        failed: bool = False,
    ) -> "Rendered":
        """Return the samples of an episode, as common fields and columns; images are still as recorded.

        first: the number of samples of the episodes before it in its split, by which tasks with shares are dealt.
        annotations: field -> the texts of annotation tables for the T steps of the episode.
        failed: True if the schema's `success` says that the episode did not succeed.
        """
        columns: Mapping[str, Any] = episode.steps
        found = windowed(episode, self.rule, self.codec)
        normal = {text: self._instruction(text) for text in set(columns["instruction"])}
        instructions = [normal[text] for text in columns["instruction"]]
        by_window = {
            "instruction": found.at(instructions),
            **found.fields,
            "state": found.at(list(columns["state"])),
        }
        steps = Steps(
            episode.id,
            found.window.at,
            np.arange(len(found.window)),
            columns,
            episode.numbers,
            instructions,
            found.spell,
            self._state_at(columns["state"]),
            self.robot,
            annotations,
            placed=self._placed(columns),
            failed=failed,
        )
        words = self.asking(steps, first)
        shown = {
            name: self.picturing.column(name, columns[f"images/{camera}"])
            for name, camera in self.cameras.items()
        }
        tasks = tuple(
            self._of_task(i, words, by_window, found, episode, shown) for i in range(len(self.recipe.tasks))
        )
        turns = words.turns.tolist() if words.turns is not None else None
        return Rendered(episode.id, episode.numbers[found.window.at].tolist(), tasks, turns)

    def _state_at(self, states: np.ndarray) -> Callable[[np.ndarray], Sequence[str]] | None:
        """Return a function that spells the states [T, S] at some positions; None if no task needs it."""
        codec = self.state_codec
        return None if codec is None else lambda at: codec.texts(codec.encode(states[at]))

    def _placed(self, columns: Mapping[str, Any]) -> Callable[[str, int], ImageGeometry | None]:
        """Return a function from camera and step (0 to T - 1) to the geometry of the picture, or to None without a picture."""

        def placed(camera: str, at: int) -> ImageGeometry | None:
            column = columns[f"images/{camera}"]
            if isinstance(column, Footage):
                return self.recipe.images.geometry(*column.size)
            image = column[at]
            try:
                size = image.shape[:2] if isinstance(image, np.ndarray) else images.size_of(image)
            except BadImage:
                return None
            return self.recipe.images.geometry(*size)

        return placed

    def _of_task(
        self,
        task: int,
        words: Asked,
        by_window: Mapping[str, Any],
        found: Windowed,
        episode: Episode,
        images: Mapping[str, Sequence[Any]],
    ) -> OfTask:
        name, rule = self.asking.tasks[task]
        spoken = words.spoken[task if words.turns is None else 0]
        columns = {"prompt": spoken.prompts, "target": spoken.targets, **by_window}
        if ACTION not in self.targets[name].places:
            columns["bins"] = [NO_BINS] * len(spoken.prompts)
        frames = words.frames.get(task)
        if frames is None:
            frames = found.window.frames[:, : frames_of(self.recipe, rule)]
        if self.several_frames:
            columns["frames"] = list(episode.numbers[frames].astype(np.int32))
        common = {
            "task": name,
            "dataset": episode.dataset,
            "split": episode.split,
            "plan": "",
            "loss_weight": rule.loss_weight,
            "contract": self.contract,
            "source": {name: getattr(episode.place, name) for name in ("file", "offset", "length")},
        }
        if any(spoken.plans):
            columns["plan"] = spoken.plans
            del common["plan"]
        ending = name if len(self.recipe.tasks) > 1 else ""
        wanted = self.cameras if rule.cameras is None else rule.cameras
        shown = {camera: images[camera] for camera in wanted}
        given = common | absent((*columns, *common, *IDENTITY))
        return OfTask(ending, given, columns, images_at(shown, frames), spoken.unsaid)

    def _instruction(self, text: str) -> str:
        rule = self.recipe.instruction
        return normalise(text, strip=rule.strip, case=rule.case, final_stop=rule.final_stop)

    def spelled_id(self, sample: keys.SampleId) -> str:
        """Return the name of a sample for messages. It contains the task only if a step has several tasks."""
        where = f"{sample.episode}, step {sample.step}"
        return f"{where}, task {sample.task}" if len(self.recipe.tasks) > 1 else where

    def pictured(self, sample: Sample) -> Sample:
        """Return the sample with its images in the form of the recipe; the sample itself if they are not changed.

        Raises BadImage or UnfitRecord if the sample cannot be written."""
        if sample.fault is not None:
            raise sample.fault
        if self.picturing.passes:
            return sample
        made = {name: self.picturing(name, image) for name, image in sample.images.items()}
        return Sample(sample.key, made, sample.fields)


def frames_of(recipe: RecipeSpec, task: TaskRule) -> int:
    """Return the number of frames that the samples of a task show."""
    return TASKS[task.kind].frames or min(task.frames or recipe.windows.history, recipe.windows.history)


def most_frames(recipe: RecipeSpec) -> int:
    """Return the greatest number of frames that samples of a recipe show."""
    return max(frames_of(recipe, task) for task in recipe.tasks.values())


def shown_by(spec: DatasetSpec, recipe: RecipeSpec) -> dict[str, int]:
    """Return name of an image -> the number of tasks that show it, in the order of a sample's members.

    Images of the sample's own step come first, then those of earlier frames.
    """
    known, tasks = list(cameras(spec, recipe)), recipe.tasks.values()
    shown = Counter(
        earlier(camera, k)
        for task in tasks
        for camera in (known if task.cameras is None else task.cameras)
        for k in range(frames_of(recipe, task))
    )
    return {
        earlier(camera, k): shown[earlier(camera, k)] for k in range(most_frames(recipe)) for camera in known
    }
