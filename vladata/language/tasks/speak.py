"""The steps of an episode -> the prompts and targets of a task, by its wording in a recipe.

A step of which a place has nothing to say has no sample of that task; so has one whose target could not be read back, part
by part (target.py). Which of several prompts a step has is drawn from its episode, the task and its number, so that it is the
same whatever else is taken of the episode.
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

    plans:  what their targets plan; where they hold no plan, what annotations say, "" where nothing.
    unsaid: position -> why the step has no sample of this task; its texts there mean nothing.
    frames: int64 [N, F], the steps whose pictures they show, where the kind chooses them; None where it does not.
    """

    prompts: Sequence[str]
    targets: Sequence[str]
    plans: Sequence[str]
    unsaid: Mapping[int, UnfitRecord]
    frames: np.ndarray | None = None


def speak(steps: Steps, name: str, task: Task, wording: Wording, drawn: np.ndarray | None = None) -> Spoken:
    """The prompts and targets of the task that the recipe calls `name`.

    drawn: int64 [N], which of its prompts each has; None draws them from the episode.
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
    """What is put in for a word in braces."""
    found = task.places.get(name) or place_of(name)
    assert found is not None, "a template with another word is refused before"
    return found


def _full(texts: Mapping[str, Texts]) -> dict[str, Sequence[str]]:
    """The columns with "" where a step has nothing: it gets no sample."""
    return {
        place: [text or "" for text in column] if None in column else cast("Sequence[str]", column)
        for place, column in texts.items()
    }


def _draw(steps: Steps, name: str, many: int) -> np.ndarray:
    """Which prompt each step has, int64 [N]."""
    if many == 1 or not len(steps):
        return np.zeros(len(steps), np.int64)
    words = stream_of(steps.episode, name).random_raw(int(steps.numbers[-1]) + 1)
    drawn: np.ndarray = (words[steps.numbers[steps.at]] % np.uint64(many)).astype(np.int64)
    return drawn


def stream_of(episode: str, task: str) -> np.random.PCG64:
    """Words by which prompts are drawn: a step's is the one at its RLDS step number, modulo how many prompts there are."""
    return np.random.PCG64(seed_of(0, "prompts", episode, task))


def _asked(prompts: Sequence[str], texts: Mapping[str, Sequence[str]], draw: np.ndarray) -> list[str]:
    """The prompt of each step; those that are made of the same texts are made once."""
    if len(prompts) == 1:
        return _rendered(prompts[0], texts, len(draw))
    each = [_rendered(prompt, texts, len(draw)) for prompt in prompts]
    return [each[which][i] for i, which in enumerate(draw.tolist())]


def _rendered(template: str, texts: Mapping[str, Sequence[str]], count: int) -> list[str]:
    """A template with the texts of each step put in."""
    places = placeholders(template)
    if not places:
        return [render(template)] * count
    rows = list(zip(*(texts[place] for place in places), strict=True))
    made = {row: render(template, **dict(zip(places, row, strict=True))) for row in set(rows)}
    return [made[row] for row in rows]


def _said(
    target: Target, texts: Mapping[str, Sequence[str]], count: int, name: str, unsaid: dict[int, UnfitRecord]
) -> Sequence[str]:
    """The target of each step; notes in `unsaid` where it could not be read back."""
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
