"""A few samples of a planned conversion: some of each task, spread over the source.

The plan and the code are those of a unit, but nothing is written.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from vladata.annotations.stored import NONE, Commentary
from vladata.errors import BadImage, UnfitRecord
from vladata.plan.units import Plan, Read
from vladata.records import Sample
from vladata.robot.prepare import Prepared
from vladata.robot.samples import Rendered
from vladata.robot.unit import Rendering

FURTHER = 64  # additional episodes to search for a task that few steps have


def preview(prepared: Prepared, count: int) -> Iterator[Sample]:
    """Yield `count` samples of each task (or all, if there are fewer) from episodes spread over the source.

    `fault` of a sample that would be left out is the reason.
    """
    said = Commentary(prepared.annotated.table) if prepared.annotated else NONE
    rendering, tasks = Rendering(prepared.job, said), list(prepared.job.recipe.tasks)
    episodes = sum(len(split.order) for split in prepared.plan.splits)
    spread = np.linspace(0, episodes - 1, min(episodes, max(1, count))).round().astype(int).tolist()
    others = np.linspace(0, episodes - 1, min(episodes, FURTHER)).round().astype(int).tolist()
    each = -(-count // len(spread))
    found: Counter[str] = Counter()
    for number in dict.fromkeys([*spread, *others]):
        if all(found[task] >= count for task in tasks):
            return
        split, read = read_at(prepared.plan, number)
        (rendered,) = rendering(split, [read])
        for i in _chosen(rendered, each):
            task = tasks[rendered.task_of(i)]
            if found[task] < count:
                found[task] += 1
                yield _finished(rendering, rendered[i])


def read_at(plan: Plan, number: int) -> tuple[str, Read]:
    """Return the split and the episode at a position among all episodes of a plan, split after split."""
    for split in plan.splits:
        if number < len(split.order):
            u = int(np.searchsorted(split.cuts, number, side="right")) - 1
            return split.entries.split, split.unit(plan.layout, u).reads[number - int(split.cuts[u])]
        number -= len(split.order)
    raise IndexError(number)


def _chosen(rendered: Rendered, each: int) -> list[int]:
    """Return at most `each` samples of each task of an episode, spread over it, in order."""
    of_task: dict[int, list[int]] = {}
    for i in range(len(rendered)):
        of_task.setdefault(rendered.task_of(i), []).append(i)
    chosen = []
    for those in of_task.values():
        at = (np.arange(min(each, len(those))) + 0.5) * len(those) / min(each, len(those))
        chosen += [those[k] for k in at.astype(int).tolist()]
    return sorted(chosen)


def _finished(rendering: Rendering, sample: Sample) -> Sample:
    """Return the sample with its images in their final form, copied out of the room (room.py).

    A sample that would be left out keeps its recorded images if they are encoded, and has a `fault`.
    """
    try:
        made, fault = rendering.render.pictured(sample), None
    except (BadImage, UnfitRecord) as says:
        made, fault = sample, says
    recorded: Mapping[str, Any] = made.images  # pixels, in some sources
    images = {name: bytes(image) for name, image in recorded.items() if not isinstance(image, np.ndarray)}
    return Sample(made.key, images, made.fields, fault)
