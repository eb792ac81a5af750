"""TrainingSpec: the training of a model on a converted dataset or mixture, `schemas/training/NAME.yaml`.

    name: mini-coft
    data: {path: out/mini/coft, batch_size: 88}
    model: {kind: tiny, words_from: [out/mini/robot, out/mini/web]}
    start: out/mini/pretrained
    optimizer: {learning_rate: 1.2e-3}
    schedule: {steps: 1500, warmup: 60, last: 0.02}

`start` names the weights that training begins with, `data.path` the dataset or mixture; together they make training from scratch,
fine-tuning or co-fine-tuning.
Paths are relative to the folder in which `vladata train` is called.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field

from vladata.spec.augment import Augment
from vladata.spec.loading import LoadRule
from vladata.spec.strict import FrozenMap, Line, Many, Name, Strict, repeated
from vladata.spec.together import Problem, check
from vladata.spec.training_model import Model

Positive = Annotated[float, Field(gt=0)]
AtLeastZero = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=1)]


class TrainingData(Strict):
    """The data to learn from; the keys are arguments of vladata.load."""

    path: Line
    """The folder or URL of a converted dataset or mixture."""
    batch_size: Count
    """The number of samples of one step of the optimizer, over all processes and all parts of an accumulation."""
    split: Line = "train"
    """The split to learn from."""
    image_size: Count | Annotated[Many[Count], Field(min_length=2, max_length=2)] | None = None
    """Pixels that pictures are resized to, one number or [height, width]; left out, the size that the model needs, or no
    resizing if it takes any size."""
    images: LoadRule | None = None
    """The form of pictures: fit, resample, jpeg and so on, as vladata.load(images=...) takes them."""
    cameras: Many[Line] | None = None
    """The cameras, in order; left out, all; [] for none."""
    augment: Line | Augment | None = None
    """Random crops and colours: a preset ("octo", "openvla", "openpi"), a YAML file, or settings."""
    weights: FrozenMap[Line, Positive] | None = None
    """Source -> its share, in place of the shares of the mixture."""
    recipe: Line | FrozenMap[Line, Line] | None = None
    """Another recipe, which renders prompts, tasks and bins anew; for a mixture a map from source to recipe."""
    prompts: Line | None = None
    """redrawn: for a task with several prompts, every epoch draws new ones. kept: all epochs have the prompts of the dataset."""
    seed: int = Field(default=0, ge=0)
    """The seed of the order of the samples and of random changes of pictures."""
    workers: int | None = Field(default=None, ge=0)
    """The number of threads that read and decode; left out, one for each core."""


class OptimizerRule(Strict):
    """The optimizer, AdamW."""

    learning_rate: Positive
    """The highest rate, reached at the end of the warm-up."""
    betas: Annotated[Many[Annotated[float, Field(ge=0, lt=1)]], Field(min_length=2, max_length=2)] = (
        0.9,
        0.98,
    )
    """The decay rates of the averages of gradients and of their squares."""
    eps: Positive = 1e-8
    """The number that is added to the root of the averaged squares, against division by 0."""
    weight_decay: AtLeastZero = 0.01
    """The weight decay of matrices; biases, gains and other vectors do not decay."""
    clip: Positive | None = 1.0
    """The largest norm of all gradients together; null: gradients are not clipped."""


class ScheduleRule(Strict):
    """The learning rate over the steps: a linear rise, then a fall along half a cosine."""

    steps: Count
    """The number of steps of the optimizer."""
    warmup: int = Field(default=0, ge=0)
    """The number of steps in which the rate rises from 0 to its highest."""
    last: float = Field(default=0.0, ge=0, le=1)
    """The rate of the last step, as a part of the highest rate; 1: the rate stays the same after the warm-up."""

    @check
    def _has_room(self) -> Iterator[Problem]:
        if self.warmup >= self.steps:
            yield ("warmup",), f"got {self.warmup}; allowed: less than the {self.steps} steps"


class LossRule(Strict):
    """The loss and its weights, which are multiplied by the loss_weight of a sample."""

    smooth: AtLeastZero | FrozenMap[Line, AtLeastZero] = 0.0
    """Label smoothing of numbers from 0 to 255 in a target: the standard deviation of the Gaussian that spreads each number over
    its neighbours. One value for all tasks, or a map from task to value (0 for others). Only for models that have a token for
    each of these numbers. Terminate is never spread."""
    tasks: FrozenMap[Line, AtLeastZero] | None = None
    """Task -> its weight; 1 for a task that is not named."""
    terminate: Positive = 1.0
    """The weight of a token that spells terminate, relative to the other tokens of its action. Only for models that have a
    token for each number."""


class HeldOut(Strict):
    """Data for measurements, never for learning."""

    name: Name
    """The name of the measurements in the log."""
    path: Line
    """The folder or URL of a converted dataset or mixture."""
    split: Line = "val"
    """The split to measure on."""
    every: Count
    """The number of steps from one measurement to the next; the last step is always measured."""
    samples: Count = 256
    """The number of samples, the same samples each time."""
    answers: bool = True
    """true: answers are also generated, without an automaton that allows only valid ones, and each is compared as a whole with
    its target."""


class CheckpointRule(Strict):
    """The checkpoints that are written."""

    every: Count
    """The number of steps from one checkpoint to the next; the last step always has one."""
    keep: Count = 2
    """The number of checkpoints that are kept, the newest ones."""


class LogRule(Strict):
    """The log of the training."""

    every: Count = 10
    """The number of steps from one line of the log to the next."""
    tensorboard: bool = True
    """true: TensorBoard's files are written beside log.jsonl."""


class TrainingSpec(Strict):
    """The training of a model."""

    name: Name
    """The name by which the config is selected."""
    source: Line | None = None
    """The publication from which the settings come."""
    quirks: Many[Line] = ()
    """Facts to know about the settings."""
    data: TrainingData
    """The data to learn from."""
    model: Model
    """The model to train."""
    start: Line | None = None
    """A checkpoint, or the folder of a run, whose weights training begins with; left out, the model's own first weights."""
    vocabulary: Line | None = None
    """A file of `vladata vocab make`, which says which token ids stand for bins."""
    optimizer: OptimizerRule
    """The optimizer."""
    schedule: ScheduleRule
    """The learning rate over the steps."""
    accumulate: Count = 1
    """The number of parts into which a process cuts its samples of a step, to need less memory. The gradients are the same."""
    loss: LossRule = LossRule()
    """The loss and its weights."""
    held_out: Many[HeldOut] = ()
    """Data for measurements."""
    checkpoint: CheckpointRule
    """The checkpoints that are written."""
    log: LogRule = LogRule()
    """The log of the training."""
    seed: int = Field(default=0, ge=0)
    """The seed of the model's own first weights, and of dropout."""
    threads: Count | None = None
    """The number of threads of torch's arithmetic in each process; left out, the cores that may be used, divided among the
    processes of a machine. Results are bit-equal only for equal numbers of threads."""

    @check
    def _names_differ(self) -> Iterator[Problem]:
        for i, name in repeated(each.name for each in self.held_out):
            yield ("held_out", i, "name"), f'"{name}" appears twice'

    @check
    def _accumulates_samples(self) -> Iterator[Problem]:
        if self.accumulate > self.data.batch_size:
            allowed = f"up to data.batch_size, {self.data.batch_size}"
            yield ("accumulate",), f"got {self.accumulate}; allowed: {allowed}"

    @check
    def _vocabulary_is_used(self) -> Iterator[Problem]:
        if self.vocabulary is not None and self.model.kind == "tiny":
            yield ("vocabulary",), "is not used by the small model, which has a token for each number"

    @check
    def _weights_come_from_one_place(self) -> Iterator[Problem]:
        if self.start is None or self.model.kind != "tiny":
            return
        if self.model.vision_from is not None:
            yield ("model", "vision_from"), "is not used together with start, which has all weights"
        if self.model.words_from:
            yield ("model", "words_from"), "is not used together with start, which has its own words"

    def smoothing(self, task: str) -> float:
        """Return the standard deviation by which numbers in targets of a task are spread."""
        smooth = self.loss.smooth
        return smooth.get(task, 0.0) if isinstance(smooth, Mapping) else smooth

    def weight(self, task: str) -> float:
        """Return the weight of a task."""
        return (self.loss.tasks or {}).get(task, 1.0)
