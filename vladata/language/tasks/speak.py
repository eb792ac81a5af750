"""The steps of an episode -> the prompts and targets of a task, by its wording in a recipe.

A step gives no sample of a task if a place of the task has no text at this step, or if the target could not be read back into
its parts (target.py). Which of several prompts a step gets depends on the episode, the task and the number of the step, and not
on the other steps that are taken.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from vladata.errors import UnfitRecord
from vladata.keys import seed_of
from vladata.language.prompts import placeholders, render
from vladata.language.target import Target
from vladata.language.tasks.places import PLAN, place_of
from vladata.language.tasks.task import Place, Steps, Task, Texts, Wording


@dataclass(frozen=True, slots=True)
class Spoken:
    """The words of N samples.

    plans:  the plans in the targets; for targets without a plan, the plans of annotations, or "".
    unsaid: position of a sample -> the reason why there is none; the other fields have no meaning at this position.
    frames: the steps whose pictures each sample shows, int64 [N, F], if the kind of task chooses them; else None.
    """

    prompts: Sequence[str]
    targets: Sequence[str]
    plans: Sequence[str]
    unsaid: Mapping[int, UnfitRecord]
    frames: np.ndarray | None = None


def speak(steps: Steps, name: str, task: Task, wording: Wording, drawn: np.ndarray | None = None) -> Spoken:
    """Return the prompts and targets of the task that the recipe calls `name`.

    drawn: the number of the prompt of each sample, int64 [N]; None to draw it (see above).
    """
    prompts, target = wording.prompts, Target(wording.target)
    settings = wording.settings()
    wanted = dict.fromkeys(name for text in (*prompts, target.template) for name in placeholders(text))
    texts = {name: _place(name, task)(steps, settings) for name in wanted}
    unsaid = {
        i: UnfitRecord("unsayable", f"the step has no {place}", where=f"task {name}")
        for place, column in texts.items()
        if None in column
        for i, text in enumerate(column)
        if text is None
    }
    count, plans = len(steps), texts.get(PLAN) if PLAN in target.places else None
    return Spoken(
        _asked(prompts, _full(texts), _draw(steps, name, len(prompts)) if drawn is None else drawn),
        _said(target, _full(texts), count, name, unsaid),
        _plans(steps) if plans is None else [plan or "" for plan in plans],
        unsaid,
        None if task.shows is None else np.maximum(task.shows(steps, settings), 0),
    )


def _plans(steps: Steps) -> list[str]:
    column = steps.annotations.get(PLAN)
    return [""] * len(steps) if column is None else [column[i] for i in steps.at.tolist()]


def _place(name: str, task: Task) -> Place:
    """Return the place for a word in braces."""
    found = task.places.get(name) or place_of(name)
    assert found is not None, "a template with another word is refused earlier"
    return found


def _full(texts: Mapping[str, Texts]) -> dict[str, Sequence[str]]:
    """Return the columns with "" in place of None; steps with None give no sample."""
    return {
        place: [text or "" for text in column] if None in column else cast("Sequence[str]", column)
        for place, column in texts.items()
    }


def _draw(steps: Steps, name: str, many: int) -> np.ndarray:
    """Return the number of each step's prompt, int64 [N]."""
    if many == 1 or not len(steps):
        return np.zeros(len(steps), np.int64)
    words = stream_of(steps.episode, name).random_raw(int(steps.numbers[-1]) + 1)
    drawn: np.ndarray = (words[steps.numbers[steps.at]] % np.uint64(many)).astype(np.int64)
    return drawn


def stream_of(episode: str, task: str) -> np.random.PCG64:
    """Return a random stream of words: word n, modulo the number of prompts, is the prompt of the step with RLDS number n."""
    return np.random.PCG64(seed_of(0, "prompts", episode, task))


def _asked(prompts: Sequence[str], texts: Mapping[str, Sequence[str]], draw: np.ndarray) -> list[str]:
    """Return the prompt of each sample; equal prompts are made once. draw: the number of the prompt of each sample."""
    if len(prompts) == 1:
        return _rendered(prompts[0], texts, len(draw))
    each = [_rendered(prompt, texts, len(draw)) for prompt in prompts]
    return [each[which][i] for i, which in enumerate(draw.tolist())]


def _rendered(template: str, texts: Mapping[str, Sequence[str]], count: int) -> list[str]:
    """Return `template` for each sample, with its words in braces replaced."""
    places = placeholders(template)
    if not places:
        return [render(template)] * count
    rows = list(zip(*(texts[place] for place in places), strict=True))
    made = {row: render(template, **dict(zip(places, row, strict=True))) for row in set(rows)}
    return [made[row] for row in rows]


def _said(
    target: Target, texts: Mapping[str, Sequence[str]], count: int, name: str, unsaid: dict[int, UnfitRecord]
) -> Sequence[str]:
    """Return the target of each sample, and note in `unsaid` the targets that could not be read back."""
    if len(target.places) == 1 and target.template == f"{{{target.places[0]}}}":
        return texts[target.places[0]]
    said = []
    for i in range(count):
        values = [texts[place][i] for place in target.places]
        try:
            said.append(target.render(dict(zip(target.places, values, strict=True))))
        except UnfitRecord as fault:
            said.append("")
            unsaid.setdefault(i, fault)
    return said
