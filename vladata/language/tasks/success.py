"""`success`: yes if the instruction has been carried out in the picture, else no.

Q: has the robot finished to pick apple? A:      yes

In an episode that ended (the schema's `terminate`), the last `done` steps are done; steps that are at least `undone` before the
last are not done; the steps in between give no sample. In an episode that never ended, or that failed by the schema's
`success`, no step is done.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from vladata.actions.settings import Text, Whole
from vladata.language.tasks.task import Steps, Task, Texts


def _success(steps: Steps, settings: Mapping[str, Any]) -> Texts:
    ends = np.flatnonzero(steps.columns["terminate"])
    if not len(ends) or steps.failed:
        return [settings["no"]] * len(steps)
    left = int(ends[0]) - steps.at  # the number of steps to the last one
    done, undone = left < settings["done"], left >= settings["undone"]
    return [
        settings["yes"] if is_done else settings["no"] if is_undone else None
        for is_done, is_undone in zip(done.tolist(), undone.tolist(), strict=True)
    ]


def _misfit(settings: Mapping[str, Any]) -> tuple[str, str]:
    done, undone = settings["done"], settings["undone"]
    if undone < done:
        return "undone", f"got {undone}, but done is {done}; allowed: {done} (the value of done) or more"
    return (
        ("no", f'got "{settings["no"]}", the same text as yes')
        if settings["no"] == settings["yes"]
        else ("", "")
    )


SUCCESS = Task(
    about="Yes or no: the instruction has been carried out, from the pictures.",
    prompt="Q: has the robot finished to {instruction}? A:",
    target="{success}",
    needs=("success",),
    misfit=_misfit,
    places={"success": _success},
    settings={
        "done": Whole(
            1, "The number of last steps that count as done, in an episode that ended.", 1, 1_000_000
        ),
        "undone": Whole(
            1,
            "The smallest distance from the last step, in steps, at which a step is not done; must be at least `done`.",
            1,
            1_000_000,
        ),
        "yes": Text("yes", "The target of a step that is done."),
        "no": Text("no", "The target of a step that is not done."),
    },
)
