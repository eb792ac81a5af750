"""TrainingSpec: how a model is trained on a converted dataset or mixture, `schemas/training/NAME.yaml`.

    name: mini-coft
    data: {path: out/mini/coft, batch_size: 88}
    model: {kind: tiny, words_from: [out/mini/robot, out/mini/web]}
    start: out/mini/pretrained
    optimizer: {learning_rate: 1.2e-3}
    schedule: {steps: 1500, warmup: 60, last: 0.02}

From scratch, fine-tuned or co-fine-tuned: `start` says which weights training begins with, `data.path` which data or mixture.
Paths are relative to the folder in which `vladata train` is called.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, model_validator

from vladata.spec.augment import Augment
from vladata.spec.loading import LoadRule
from vladata.spec.strict import FrozenMap, Line, Many, Name, Strict, says_all
from vladata.spec.training_model import Model

Positive = Annotated[float, Field(gt=0)]
AtLeastZero = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=1)]


class TrainingData(Strict):
    """What is learnt from. All of it goes to vladata.load."""

    path: Line
    """The folder or URL of a converted dataset or mixture."""
    batch_size: Count
    """Samples of one step of the optimizer, over all processes and all parts of an accumulation."""
    split: Line = "train"
    """The split that is learnt from."""
    image_size: Count | Annotated[Many[Count], Field(min_length=2, max_length=2)] | None = None
    """Pixels that pictures are resized to, one number or [height, width]; left out, what the model takes, or as they are."""
    images: LoadRule | None = None
    """How pictures are made: fit, resample and jpeg, as vladata.load(images=...) takes them."""
    cameras: Many[Line] | None = None
    """Which cameras, in order; left out, all; [] for none."""
    augment: Line | Augment | None = None
    """Random crops and colours: a preset ("octo", "openvla", "openpi"), a YAML file, or settings."""
    weights: FrozenMap[Line, Positive] | None = None
    """Of a mixture other shares than its own: source -> share."""
    recipe: Line | FrozenMap[Line, Line] | None = None
    """Another recipe that renders prompts, tasks and bins anew; of a mixture {source: recipe}."""
    prompts: Line | None = None
    """redrawn or kept: whether later epochs draw other prompts of a task that has several."""
    seed: int = Field(default=0, ge=0)
    """Decides the order of the samples and what is drawn for pictures."""
    workers: int | None = Field(default=None, ge=0)
    """Threads that read and decode; left out, one a core."""


class OptimizerRule(Strict):
    """AdamW."""

    learning_rate: Positive
    """The highest rate, reached at the end of the warm-up."""
    betas: Annotated[Many[Annotated[float, Field(ge=0, lt=1)]], Field(min_length=2, max_length=2)] = (
        0.9,
        0.98,
    )
    """How long it remembers gradients and their squares."""
    eps: Positive = 1e-8
    """What is added to the root of the squares."""
    weight_decay: AtLeastZero = 0.01
    """Of matrices alone: no bias, gain or other vector decays."""
    clip: Positive | None = 1.0
    """The largest norm of all gradients together; null: they are not clipped."""


class ScheduleRule(Strict):
    """The learning rate over the steps: up in a line, then down in half a cosine."""

    steps: Count
    """Steps of the optimizer in all."""
    warmup: int = Field(default=0, ge=0)
    """Steps in which the rate rises from 0 to its highest."""
    last: float = Field(default=0.0, ge=0, le=1)
    """The rate of the last step, as a part of the highest; 1: it stays the same after the warm-up."""

    @model_validator(mode="after")
    def _has_room(self) -> "ScheduleRule":
        if self.warmup >= self.steps:
            says_all([(("warmup",), f"got {self.warmup}; allowed: less than the {self.steps} steps")])
        return self


class LossRule(Strict):
    """What is counted, and how much. Weights multiply the loss_weight of a sample."""

    smooth: AtLeastZero | FrozenMap[Line, AtLeastZero] = 0.0
    """Standard deviation, in numbers, of the Gaussian that a number of 0..255 in a target is spread over its neighbours by: one
    for all tasks, or task -> its own (0 for others). Only of models that have a token for each of these numbers. Terminate is
    never spread."""
    tasks: FrozenMap[Line, AtLeastZero] | None = None
    """Task -> its weight; 1 for a task that is not named."""
    terminate: Positive = 1.0
    """The weight of a token that spells terminate, beside the others of its action. Only of models that have a token for each
    number."""


class HeldOut(Strict):
    """Data that is measured on, never learnt from."""

    name: Name
    """What it is called in the log."""
    path: Line
    """The folder or URL of a converted dataset or mixture."""
    split: Line = "val"
    """Which split."""
    every: Count
    """Steps from one measurement to the next; the last step is always measured."""
    samples: Count = 256
    """How many samples are taken, the same each time."""
    answers: bool = True
    """Whether answers are written out, without a rule, and compared whole with the target."""


class CheckpointRule(Strict):
    """When training is written down."""

    every: Count
    """Steps from one checkpoint to the next; the last step always has one."""
    keep: Count = 2
    """How many of them are kept, the newest ones."""


class LogRule(Strict):
    """What is told of the way."""

    every: Count = 10
    """Steps from one line of the log to the next."""
    tensorboard: bool = True
    """Whether TensorBoard's files are written beside log.jsonl."""


class TrainingSpec(Strict):
    """How a model is trained."""

    name: Name
    """The name that it is asked for by."""
    source: Line | None = None
    """Where its settings come from, where they are published ones."""
    quirks: Many[Line] = ()
    """What a reader should know of them."""
    data: TrainingData
    """What is learnt from."""
    model: Model
    """What is trained."""
    start: Line | None = None
    """A checkpoint, or a run's folder, whose weights training begins with; left out, those that the model has by itself."""
    vocabulary: Line | None = None
    """A file of `vladata vocab make`: token ids that stand for bins."""
    optimizer: OptimizerRule
    """How weights are changed."""
    schedule: ScheduleRule
    """The learning rate over the steps."""
    accumulate: Count = 1
    """Parts that a process cuts its samples of a step into, to hold fewer at once. The gradients are the same."""
    loss: LossRule = LossRule()
    """What is counted, and how much."""
    held_out: Many[HeldOut] = ()
    """What is measured on."""
    checkpoint: CheckpointRule
    """When training is written down."""
    log: LogRule = LogRule()
    """What is told of the way."""
    seed: int = Field(default=0, ge=0)
    """Of the weights that a model has by itself, and of what it draws (dropout)."""
    threads: Count | None = None
    """Threads of torch's arithmetic of each process; left out, the cores that the process may use, shared between the processes
    of a machine. Results are bit-equal only at the same number."""

    @model_validator(mode="after")
    def _is_of_one_piece(self) -> "TrainingSpec":
        names = [each.name for each in self.held_out]
        problems: list[tuple[tuple[str | int, ...], str]] = [
            (("held_out", i, "name"), f'"{name}" stands there twice')
            for i, name in enumerate(names)
            if name in names[:i]
        ]
        if self.accumulate > self.data.batch_size:
            allowed = f"up to data.batch_size, {self.data.batch_size}"
            problems.append((("accumulate",), f"got {self.accumulate}; allowed: {allowed}"))
        if self.vocabulary is not None and self.model.kind == "tiny":
            problems.append(
                (("vocabulary",), "is not used by the small model: it has a token for each number")
            )
        if self.start is not None and self.model.kind == "tiny" and self.model.vision_from is not None:
            problems.append(
                (("model", "vision_from"), "is not used together with start, which has all weights")
            )
        if self.start is not None and self.model.kind == "tiny" and self.model.words_from:
            problems.append(
                (("model", "words_from"), "is not used together with start, which has words of its own")
            )
        says_all(problems)
        return self

    def smoothing(self, task: str) -> float:
        """The standard deviation by which numbers in targets of a task are spread."""
        smooth = self.loss.smooth
        return smooth.get(task, 0.0) if isinstance(smooth, Mapping) else smooth

    def weight(self, task: str) -> float:
        """The weight of a task."""
        return (self.loss.tasks or {}).get(task, 1.0)
