"""The texts of an episode's samples, by the tasks of a recipe: each step has every task, or only the one dealt to it.

If the task dealt to a step has no text there, the step goes to the first task of the table that has one; if none has, the step
has no sample.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vladata.errors import UnfitRecord
from vladata.language.tasks.deal import deal_of
from vladata.language.tasks.speak import Spoken, speak
from vladata.language.tasks.table import TASKS
from vladata.language.tasks.task import Steps
from vladata.spec.recipe import RecipeSpec

NOTHING = ("", "", "")  # the prompt, target and plan of a step that has no sample


@dataclass(frozen=True, slots=True)
class Asked:
    """The texts of the samples of N windows.

    spoken: the texts of each task; one entry for all tasks if every window has one sample.
    turns:  int64 [N], the task of each window; None if each window has a sample of every task.
    frames: task -> int64 [N, F], the steps whose pictures its samples show, if its kind chooses them.
    """

    spoken: Sequence[Spoken]
    turns: np.ndarray | None
    frames: Mapping[int, np.ndarray]


class Asking:
    """The tasks of one recipe. cameras: name of a camera in samples -> the schema's camera, in the order of the recipe."""

    def __init__(self, recipe: RecipeSpec, cameras: Mapping[str, str]) -> None:
        self.cameras = cameras
        self.tasks = list(recipe.tasks.items())
        self.deal = deal_of({name: rule.share for name, rule in self.tasks})

    def __call__(self, steps: Steps, first: int) -> Asked:
        """Return the texts of an episode. first: the number of samples of the episodes before it in its split."""
        if self.deal is None:
            spoken = [self._speak(task, steps) for task in range(len(self.tasks))]
            frames = {task: each.frames for task, each in enumerate(spoken) if each.frames is not None}
            return Asked(spoken, None, frames)
        return self._dealt(steps, self.deal.turns(first, len(steps)))

    def _dealt(self, steps: Steps, drawn: np.ndarray) -> Asked:
        """Return the texts of one sample per window. drawn: the task dealt to each."""
        turns, words, unsaid = drawn.copy(), [NOTHING] * len(steps), dict[int, UnfitRecord]()
        frames: dict[int, np.ndarray] = {}
        faults: dict[int, UnfitRecord] = {}  # window -> the reason why its dealt task has no text

        def ask(task: int, chosen: np.ndarray) -> None:
            spoken = self._speak(task, steps.some(chosen))
            if spoken.frames is not None:
                known = frames.setdefault(task, np.zeros((len(steps), spoken.frames.shape[1]), np.int64))
                known[chosen] = spoken.frames
            turns[chosen] = task
            said = zip(spoken.prompts, spoken.targets, spoken.plans, strict=True)
            for i, each in zip(chosen.tolist(), said, strict=True):
                words[i] = each
                unsaid.pop(i, None)
            for k, fault in spoken.unsaid.items():
                i = int(chosen[k])
                turns[i], words[i] = drawn[i], NOTHING
                unsaid[i] = faults.setdefault(i, fault)

        for task in range(len(self.tasks)):
            ask(task, np.flatnonzero(drawn == task))
        for task in range(len(self.tasks)) if unsaid else ():
            ask(task, np.array([i for i in sorted(unsaid) if drawn[i] != task], np.int64))
        prompts, targets, plans = zip(*words, strict=True) if words else ((), (), ())
        return Asked([Spoken(prompts, targets, plans, unsaid)], turns, frames)

    def _speak(self, task: int, steps: Steps) -> Spoken:
        name, rule = self.tasks[task]
        main = next(iter(self.cameras.values()))
        first = (
            self.cameras[rule.cameras[0]] if rule.cameras else main
        )  # a task without pictures uses the recipe's first
        return speak(replace(steps, camera=first, unnamed=main), name, TASKS[rule.kind], rule)
