"""`steps_between`: the number of steps between two frames: the frame of the sample's step and an earlier one.

Q: how many steps are between these two pictures? A:      7

The earlier frame is drawn, the same in every run, from the taken steps of the episode that are `least` to `most` recorded steps
earlier, with equal chances. The target is the difference of the RLDS step numbers: 0 if both are the same frame. With
`least: 0` the first step of an episode always has 0.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from vladata.actions.settings import Whole
from vladata.keys import seed_of
from vladata.language.tasks.task import Steps, Task, Texts


def _shown(steps: Steps, settings: Mapping[str, Any]) -> np.ndarray:
    """Return int64 [N, 2]: the step of each sample, and the earlier step; -1 if there is none."""
    if not len(steps):
        return np.zeros((0, 2), np.int64)
    numbers = steps.numbers[steps.at]
    first = np.searchsorted(steps.numbers, numbers - settings["most"])
    many = np.searchsorted(steps.numbers, numbers - settings["least"], side="right") - first
    words = np.random.PCG64(seed_of(0, "steps_between", steps.episode)).random_raw(int(steps.numbers[-1]) + 1)
    drawn = (words[numbers] % np.maximum(many, 1).astype(np.uint64)).astype(np.int64)
    return np.stack([steps.at, np.where(many > 0, first + drawn, -1)], 1)


def _steps(steps: Steps, settings: Mapping[str, Any]) -> Texts:
    shown = _shown(steps, settings)
    apart = steps.numbers[shown[:, 0]] - steps.numbers[shown[:, 1]]
    return [
        str(count) if earlier >= 0 else None
        for count, earlier in zip(apart.tolist(), shown[:, 1].tolist(), strict=True)
    ]


def _misfit(settings: Mapping[str, Any]) -> tuple[str, str]:
    least, most = settings["least"], settings["most"]
    return (
        ("most", f"got {most}; allowed: {least} (the value of least) or more") if most < least else ("", "")
    )


STEPS_BETWEEN = Task(
    about="The number of steps between two pictures of an episode.",
    prompt="Q: how many steps are between these two pictures? A:",
    target="{steps}",
    needs=("steps",),
    places={"steps": _steps},
    settings={
        "least": Whole(0, "The least number of recorded steps between the two.", 0, 1_000_000),
        "most": Whole(20, "The greatest number of recorded steps between the two.", 0, 1_000_000),
    },
    misfit=_misfit,
    frames=2,
    shows=_shown,
)
