"""Samples of one source, as columns -> the columns of another recipe, by the functions that render an episode.

A batch is given to the tasks like an episode: as steps, each with a sample. The steps may come from different episodes, since
fit_tasks.py has checked that no place depends on a neighbouring step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vladata.errors import LoadError, VladataError
from vladata.language.target import Target
from vladata.language.tasks.places import ACTION, PLAN
from vladata.language.tasks.speak import Spoken, speak
from vladata.language.tasks.task import Robot, Steps
from vladata.loaders.rendering.drawn_again import Draw
from vladata.loaders.rendering.fit import RecipeFit
from vladata.loaders.rendering.fit_tasks import LEFT, TaskFit, part_of
from vladata.loaders.rendering.kept_text import renormalised
from vladata.robot.samples import most_frames
from vladata.robot.windowed import spelled

FAR = 1 << 30  # more steps than an episode has


@dataclass(frozen=True)
class SourceRows:
    """N samples of one source. at: int64 [N], their positions in the batch.   columns: the columns of the batch.

    is_all: True if the samples are the whole batch, in its order.
    """

    columns: Mapping[str, Any]
    at: np.ndarray
    is_all: bool = False

    def __len__(self) -> int:
        return len(self.at)

    def texts(self, name: str) -> list[str]:
        """Return a column of texts."""
        column: list[str] = self.columns[name]
        if self.is_all:
            return column
        return [column[i] for i in self.at.tolist()]

    def numbers(self, name: str) -> np.ndarray:
        """Return a column of numbers."""
        found: np.ndarray = self.columns[name]
        return found if self.is_all else found[self.at]

    def some(self, chosen: np.ndarray) -> "SourceRows":
        """Return some of the samples. chosen: positions among the N."""
        return SourceRows(self.columns, self.at[chosen])


@dataclass(frozen=True)
class Again:
    """N rendered samples.

    texts:   column -> N texts: task, prompt, target, instruction, plan, contract.
    numbers: column -> array [N, ...]: loss_weight, terminate, valid, mask, action, and frames if samples show several.
    bins:    N arrays int32, [W], [n, W] or [M].
    images:  N maps, name -> encoded image; None if no images were read.
    """

    texts: Mapping[str, Sequence[str]]
    numbers: Mapping[str, np.ndarray]
    bins: Sequence[np.ndarray]
    images: Sequence[Mapping[str, Any]] | None


NO_BINS = np.zeros(0, np.int32)


class Robots:
    """A renderer of one source's samples by another recipe. draw: chooses among several prompts."""

    def __init__(self, fit: RecipeFit, draw: Draw) -> None:
        self.fit, self.draw = fit, draw
        spec, codec = fit.source.spec, fit.codec
        self.robot = Robot(codec.names, codec.grippers, spec.state.names if spec.state else ())
        self.several_frames = most_frames(fit.recipe) > 1
        self.single = {stored: task for (stored, _), task in fit.tasks.items()}
        self.spells = {name: ACTION in Target(rule.target).places for name, rule in fit.recipe.tasks.items()}
        self.instructions = fit.source.recipe.instruction, fit.recipe.instruction

    def __call__(self, rows: SourceRows, epoch: int) -> Again:
        """Return the samples in the order of `rows`. Raises LoadError if one cannot be rendered."""
        stored = rows.texts("task")
        if self.fit.pairing.deal is None and len(set(stored)) == 1 and stored[0] in self.single:
            return self._group(self.single[stored[0]], rows, epoch)
        asked = self._asked(rows, stored)
        groups: dict[tuple[str, str], list[int]] = {}
        for i, pair in enumerate(zip(stored, asked, strict=True)):
            groups.setdefault(pair, []).append(i)
        parts = []
        for pair, chosen in groups.items():
            at = np.array(chosen)
            parts.append((at, self._group(self._task(pair, rows), rows.some(at), epoch)))
        return _joined(parts, len(rows))

    def _asked(self, rows: SourceRows, stored: Sequence[str]) -> Sequence[str]:
        """Return the recipe's task for each sample."""
        pairing = self.fit.pairing
        if pairing.deal is not None and pairing.numbers is not None:
            names = list(self.fit.recipe.tasks)
            numbers = pairing.numbers(rows.texts("episode"), rows.numbers("step"))
            return [names[turn] for turn in pairing.deal.at(numbers).tolist()]
        return [self.single[name].asked if name in self.single else "" for name in stored]

    def _task(self, pair: tuple[str, str], rows: SourceRows) -> TaskFit:
        found = self.fit.tasks.get(pair)
        if found is None:
            known = ", ".join(dict.fromkeys(stored for stored, _ in self.fit.tasks))
            raise LoadError(
                "the sample has a task that is not in its dataset's recipe",
                where=f"{self.fit.source.name}, {rows.texts('key')[0]}",
                got=pair[0],
                allowed=known,
            )
        return found

    def _group(self, task: TaskFit, rows: SourceRows, epoch: int) -> Again:
        fit, count = self.fit, len(rows)
        actions, ends, mask, left = self._windows(rows)
        fields, spell = spelled(actions, ends, mask, fit.rule, fit.codec)
        instructions = self._instructions(rows.texts("instruction"))
        annotations = self._parts(task, rows)
        states = rows.numbers("state")[:, : len(self.robot.states)]
        every = np.arange(count)
        steps = Steps(
            "",
            every,
            every,
            {"state": states, LEFT: left},
            rows.numbers("step"),
            instructions,
            spell,
            self._state_at(states),
            self.robot,
            annotations,
        )
        many = len(task.wording.prompts)
        drawn = self.draw(rows, task.asked, many, epoch) if many > 1 else np.zeros(count, np.int64)
        spoken = speak(steps, task.asked, task.task, task.wording, drawn)
        self._check_said(spoken, rows)
        texts = {
            "task": [task.asked] * count,
            "prompt": spoken.prompts,
            "target": spoken.targets,
            "instruction": instructions,
            "plan": self._plans(task, rows, spoken),
            "contract": [fit.contract["digest"]] * count,
        }
        valid = mask.sum(axis=1)
        numbers = {
            "loss_weight": np.full(count, task.loss_weight, np.float32),
            "terminate": np.array(fields["terminate"], np.int32),
            "valid": valid.astype(np.int32),
            "mask": mask.astype(bool),
            "action": self._shown(actions, valid),
        }
        if self.several_frames:
            numbers["frames"] = self._frames(task, rows)
        bins = fields["bins"] if self.spells[task.asked] else [NO_BINS] * count
        return Again(texts, numbers, bins, _images(task, rows))

    def _instructions(self, texts: list[str]) -> list[str]:
        stored, asked = self.instructions
        if stored == asked:
            return texts
        normal = {text: renormalised(text, stored, asked) for text in set(texts)}
        return [normal[text] for text in texts]

    def _windows(self, rows: SourceRows) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return the actions, ends and mask of the recipe's windows, as arguments of `spelled`; and the number of steps to the
        end of the episode, int64 [N], FAR if the stored actions do not reach it."""
        size, dims = self.fit.rule.chunk, len(self.fit.codec.names)
        valid, ended = rows.numbers("valid").astype(np.int64), rows.numbers("terminate") > 0
        if (valid < 1).any():
            i = int((valid < 1).argmax())
            where = f"{self.fit.source.name}, {rows.texts('key')[i]}"
            raise LoadError("the sample has no action, but its recipe spells one", where=where)
        ahead = np.arange(size)
        last = valid - 1  # where not all rows are the episode's own, this row is the episode's last
        own = np.minimum(ahead, last[:, None])
        actions = rows.numbers("action")[np.arange(len(rows))[:, None], own, :dims]
        ends = ended[:, None] & (own == last[:, None])
        mask = (ahead < valid[:, None]).astype(np.int64)
        left = np.where(ended, last, FAR)
        return (actions[:, 0], ends[:, 0], mask, left) if size == 1 else (actions, ends, mask, left)

    def _shown(self, actions: np.ndarray, valid: np.ndarray) -> np.ndarray:
        """Return float32 [N, H, D]: the actions in a sample's form; zeros in rows beyond a truncated chunk."""
        rows = actions[:, None] if actions.ndim == 2 else actions
        if self.fit.rule.tail != "truncate":
            return rows
        there = np.arange(rows.shape[1]) < valid[:, None]
        return np.asarray(np.where(there[..., None], rows, np.float32(0)))

    def _state_at(self, states: np.ndarray) -> Any:
        codec = self.fit.state
        return None if codec is None else lambda at: codec.texts(codec.encode(states[at]))

    def _parts(self, task: TaskFit, rows: SourceRows) -> dict[str, list[str]]:
        """Return the needed texts: name of a part of stored targets, or of stored plans -> N texts."""
        plans = {part_of(PLAN): rows.texts(PLAN)} if task.planned else {}
        if task.parts is None:
            return plans
        reader, names = task.parts
        try:
            read = [reader.parse(target) for target in rows.texts("target")]
        except VladataError as fault:
            where = f"{self.fit.source.name}, task {task.stored}"
            raise LoadError(
                f"a stored target cannot be read back: {fault.what}", where=where, got=fault.got
            ) from None
        return {part_of(name): [parts[name].text for parts in read] for name in names} | plans

    def _check_said(self, spoken: Spoken, rows: SourceRows) -> None:
        for i, fault in spoken.unsaid.items():
            where = f"{self.fit.source.name}, {rows.texts('key')[i]}"
            raise LoadError(
                f"the recipe makes no sample of this step: {fault.what}", where=where, got=fault.got or None
            )

    def _plans(self, task: TaskFit, rows: SourceRows, spoken: Spoken) -> Sequence[str]:
        """Return the plans: from targets if these have plans, else from annotations; "" without a plan."""
        if PLAN in Target(task.wording.target).places:
            return spoken.plans
        part = self.fit.source.part
        return [""] * len(rows) if part is not None and not part.annotations else rows.texts("plan")

    def _frames(self, task: TaskFit, rows: SourceRows) -> np.ndarray:
        """Return int32 [N, F]: step numbers of the frames that are shown."""
        if "frames" not in rows.columns:
            return rows.numbers("step").astype(np.int32)[:, None]
        return rows.numbers("frames")[:, list(task.frames)]


def _images(task: TaskFit, rows: SourceRows) -> list[dict[str, Any]] | None:
    """Return the images by their names in the recipe; None if no images were read."""
    if "images" not in rows.columns:
        return None
    column = rows.columns["images"]
    stored = (column[i] for i in rows.at.tolist())
    return [{name: images[old] for name, old in task.members.items() if old in images} for images in stored]


def _joined(parts: Sequence[tuple[np.ndarray, Again]], count: int) -> Again:
    """Join groups of samples. parts: positions among `count` samples, and the samples."""
    texts: dict[str, list[str]] = {name: [""] * count for name in parts[0][1].texts}
    numbers: dict[str, np.ndarray] = {}
    bins: list[np.ndarray] = [NO_BINS] * count
    images: list[Mapping[str, Any]] | None = None if parts[0][1].images is None else [{}] * count
    for at, part in parts:
        for name, values in part.numbers.items():
            size = max(other.numbers[name].shape[1:] for _, other in parts)
            empty = -1 if name == "frames" else 0
            into = numbers.setdefault(name, np.full((count, *size), empty, values.dtype))
            into[at] = _padded(values, size, empty)
        for k, i in enumerate(at.tolist()):
            for name, column in part.texts.items():
                texts[name][i] = column[k]
            bins[i] = part.bins[k]
            if images is not None and part.images is not None:
                images[i] = part.images[k]
    return Again(texts, numbers, bins, images)


def _padded(values: np.ndarray, size: tuple[int, ...], empty: int) -> np.ndarray:
    """Return the rows of a group, filled up to the size of the largest."""
    if values.shape[1:] == size:
        return values
    more = [(0, 0), *((0, most - have) for have, most in zip(values.shape[1:], size, strict=True))]
    return np.pad(values, more, constant_values=empty)
