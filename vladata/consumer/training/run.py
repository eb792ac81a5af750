"""A training by a config: started new, or continued from the newest checkpoint in its folder. Start reading here."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

import vladata
from vladata.consumer.training.action_error import count_actions
from vladata.consumer.training.checkpoint import (
    Checkpoint,
    checkpoints_in,
    read_checkpoint,
    tidy,
    write_checkpoint,
)
from vladata.consumer.training.data import learnt_from
from vladata.consumer.training.held_out import Measure
from vladata.consumer.training.log import TrainingLog
from vladata.consumer.training.meters import Meters
from vladata.consumer.training.optimizer import optimizer_of, remember, remembered
from vladata.consumer.training.parts import Part
from vladata.consumer.training.place import taken
from vladata.consumer.training.ranks import Ranks, joined
from vladata.consumer.training.robot_source import loaded_pictures, robot_sources
from vladata.consumer.training.schedule import rate
from vladata.consumer.training.show import show
from vladata.consumer.training.starting import model_of, vocabulary_of
from vladata.consumer.training.step import Stepped, step
from vladata.errors import UsageError
from vladata.keys import seed_of
from vladata.progress import Progress
from vladata.spec.find import training
from vladata.spec.read import validate_data
from vladata.spec.training import TrainingSpec


@dataclass(frozen=True)
class Result:
    """The result of a training.

    out:        its folder.
    checkpoint: its newest checkpoint.
    step:       the number of steps made in all.
    began:      the step at which this call began.
    seconds:    the duration of this call.
    metrics:    the last measurements.
    is_first:   True in the process that writes files and messages.
    """

    out: Path
    checkpoint: Path
    step: int
    began: int
    seconds: float
    metrics: dict[str, float]
    is_first: bool = True


def train(
    config: str | Mapping[str, Any] | TrainingSpec,
    out: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    device: str | None = None,
    quiet: bool = True,
    say: Callable[[str], None] = lambda text: None,
) -> Result:
    """Train by a config, in a folder of its own.

    If a training was stopped, the same call continues it, and gives the same weights as a run that was never stopped.

    config:    the name or path of a config, its settings, or a spec.
    out:       the folder, for checkpoints, log.jsonl and tensorboard/.
    overwrite: True to remove an older training in the folder and begin again.
    device:    "cpu", "cuda", "cuda:1"; None for a GPU if there is one.
    quiet:     True to show no progress bar.
    say:       a function that is called with remarks.

    Under torchrun every process calls it. Raises UsageError, PlanDiffers if the folder's training has another config,
    OutputBusy, LoadError for a sample that cannot be learnt, TrainingError if the loss is not finite.
    """
    if not isinstance(out, str | os.PathLike) or not os.fspath(out):
        raise UsageError("out must be the path of a folder", got=out)
    started, folder, spec = time.monotonic(), Path(out).expanduser(), _spec(config)
    with joined(device, spec.threads) as ranks:
        if ranks.is_first:
            if overwrite and checkpoints_in(folder):
                _check_before_it_is_lost(spec, folder)
            with taken(folder, spec, overwrite):
                return _Run(spec, folder, ranks, say, started).whole(quiet)
        return _Run(spec, folder, ranks, say, started).whole(True)


def _spec(config: str | Mapping[str, Any] | TrainingSpec) -> TrainingSpec:
    if isinstance(config, TrainingSpec):
        return config
    return training(config) if isinstance(config, str) else validate_data(TrainingSpec, config, "config")


def _check_before_it_is_lost(spec: TrainingSpec, out: Path) -> None:
    """Raise the errors of the new training's start, before the old training is removed."""
    for name, path in (
        ("start", spec.start),
        ("model.vision_from", getattr(spec.model, "vision_from", None)),
    ):
        if path is not None and Path(path).resolve().is_relative_to(out.resolve()):
            raise UsageError(
                f"{name} lies in the folder that --overwrite would remove",
                got=str(path),
                where=str(out),
                hint="Give another folder with --out.",
            )
    show(spec)


class _Run:
    """One process of a training, from its model to its last checkpoint."""

    def __init__(
        self, spec: TrainingSpec, out: Path, ranks: Ranks, say: Callable[[str], None], started: float
    ) -> None:
        ranks.wait()  # the first process may be removing an older run
        self.spec, self.out, self.ranks, self.started = spec, out, ranks, started
        self.say = say if ranks.is_first else lambda text: None
        kept = read_checkpoint(out) if checkpoints_in(out) else None
        self.step = self.began = 0 if kept is None else kept.step
        self.vocabulary = vocabulary_of(spec)
        self.backbone = model_of(spec, self.vocabulary, kept, ranks.device)
        ranks.share_weights(self.backbone.module)
        self.optimizer = optimizer_of(self.backbone.module, spec.optimizer)
        self.samples = vladata.open(spec.data.path)
        self.loader = learnt_from(self.samples, spec, self.backbone, self.vocabulary, ranks)
        self.robots = tuple(
            robot_sources(self.samples, self.loader)
        )  # opened before the first step, so that errors come now and not after hours
        self.meters = Meters()
        if kept is not None:
            self._go_on(kept)
        self.held = [Measure(held, spec, self.backbone, self.vocabulary, ranks) for held in spec.held_out]
        self.metrics: dict[str, float] = {} if kept is None else dict(kept.metrics)

    def _go_on(self, kept: Checkpoint) -> None:
        state = kept.loader_state()
        self.loader.load_state_dict(state["loader"])
        counted = Meters.of(map(Meters.from_json, state["meters"]))
        self.meters = (
            counted if self.ranks.is_first else Meters()
        )  # the first process continues with the sums of all processes
        remember(self.optimizer, self.backbone.module, kept.optimizer_state(), str(kept.folder))
        self.say(f"Continuing at step {kept.step:,} from {kept.folder}.")

    def whole(self, quiet: bool) -> Result:
        """Make all remaining steps, and return the result."""
        spec, first = self.spec, self.ranks.is_first
        steps, size = spec.schedule.steps, spec.data.batch_size
        shown = Progress("train", "samples", steps * size, lambda: self.step * size, quiet)
        log = TrainingLog(self.out, self.began if self.step else -1, spec.log.tensorboard) if first else None
        if first:
            tidy(self.out, spec.checkpoint.keep)
        self.backbone.module.train()
        batches = iter(self.loader)
        try:
            with shown:
                if not self.step:
                    self._measure(log, all_of_them=True)
                while self.step < steps:
                    self._one(next(batches), log)
        finally:
            self.loader.close()
            if log is not None:
                log.close()
        seconds = time.monotonic() - self.started
        newest = checkpoints_in(self.out)[-1]
        return Result(self.out, newest, self.step, self.began, seconds, self.metrics, first)

    def _one(self, parts: list[Part], log: TrainingLog | None) -> None:
        """Make one step. Then write the log, measure, and write a checkpoint, if they are due."""
        spec, number = self.spec, self.step
        torch.manual_seed(seed_of(spec.seed, "step", number, self.ranks.rank) % 2**63)
        now = rate(number, spec.optimizer.learning_rate, spec.schedule)
        for group in self.optimizer.param_groups:
            group["lr"] = now
        made = step(self.backbone, self.optimizer, parts, self.ranks, spec.optimizer.clip, self.meters)
        self.step += 1
        last = self.step == spec.schedule.steps
        if self.step % spec.log.every == 0 or last:
            self._tell(log, parts[0], made, now)
        self._measure(log, all_of_them=last)
        if self.step % spec.checkpoint.every == 0 or last:
            self._keep()

    def _tell(self, log: TrainingLog | None, part: Part, made: Stepped, now: float) -> None:
        """Write a line of the log: the last step's loss, and the sums since the line before."""
        spelling = self.loader.making.collate.spelling  # type: ignore[union-attr]
        count_actions(spelling, part, made.logits, self.meters)
        counted = Meters.of(map(Meters.from_json, self.ranks.gathered(self.meters.to_json())))
        if "loss" not in self.metrics:  # the first line of the log
            self._remark_tasks({task for _, task in counted.tokens})
        self.meters = Meters()
        said = {"loss": made.loss, "learning_rate": now, "gradient_norm": made.norm}
        said["samples"] = self.step * self.spec.data.batch_size
        said |= {f"train/{name}": value for name, value in counted.said().items()}
        self.metrics |= said
        if log is not None:
            log.write(self.step, said | {"seconds": round(time.monotonic() - self.started, 3)})

    def _remark_tasks(self, seen: set[str]) -> None:
        """Make a remark about tasks in the config's loss that no sample has had so far: a misspelled name has no effect."""
        loss = self.spec.loss
        named = {*(loss.tasks or {}), *(loss.smooth if isinstance(loss.smooth, Mapping) else ())}
        if missing := sorted(named - seen):
            self.say(
                f"The config's loss names a task that no sample of the first {self.step:,} steps had: {', '.join(missing)}. "
                f"Tasks of these samples: {', '.join(sorted(seen))}."
            )

    def _measure(self, log: TrainingLog | None, all_of_them: bool) -> None:
        """Measure on the held-out data that is due after this step."""
        for each in self.held:
            if all_of_them or self.step % each.held.every == 0:
                said = each()
                self.metrics |= said
                if log is not None:
                    log.write(self.step, said)

    def _keep(self) -> None:
        """Write a checkpoint in the first process, after all processes have made the step."""
        meters = self.ranks.gathered(self.meters.to_json())
        if self.ranks.is_first:
            said = Checkpoint(
                folder=self.out,
                step=self.step,
                name=self.spec.name,
                config=self.spec,
                robots=self.robots,
                pictures=loaded_pictures(self.loader),
                vocabulary=self.vocabulary,
                metrics=self.metrics,
            )
            state = {"loader": self.loader.state_dict(), "meters": meters}
            kept = remembered(self.optimizer, self.backbone.module)
            write_checkpoint(self.out, said, self.backbone, kept, state, self.spec.checkpoint.keep)
        self.ranks.wait()
