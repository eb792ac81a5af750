"""`success`: whether the instruction has been carried out in the picture.

Q: has the robot finished to pick apple? A:      yes

The last steps of an episode that ended (the schema's `terminate`) are done, those long enough before them are not, and what is
between is asked of nobody. Of an episode that never ended, or that the schema's `success` calls a failure, none is done.
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
    left = int(ends[0]) - steps.at  # steps to the end
    done, undone = left < settings["done"], left >= settings["undone"]
    return [
        settings["yes"] if is_done else settings["no"] if is_undone else None
        for is_done, is_undone in zip(done.tolist(), undone.tolist(), strict=True)
    ]


def _misfit(settings: Mapping[str, Any]) -> tuple[str, str]:
    done, undone = settings["done"], settings["undone"]
    if undone < done:
        return "undone", f"got {undone}, and done is {done}; allowed: {done} or more, as many as are done"
    return (
        ("no", f'got "{settings["no"]}", which is yes as well')
        if settings["no"] == settings["yes"]
        else ("", "")
    )


SUCCESS = Task(
    about="Whether the instruction has been carried out, from the pictures.",
    prompt="Q: has the robot finished to {instruction}? A:",
    target="{success}",
    needs=("success",),
    misfit=_misfit,
    places={"success": _success},
    settings={
        "done": Whole(1, "How many of the last steps of an episode that ended are done.", 1, 1_000_000),
        "undone": Whole(
            1, "From how many steps before the last one on nothing is done yet; at least done.", 1, 1_000_000
        ),
        "yes": Text("yes", "What is said of a step that is done."),
        "no": Text("no", "What is said of a step that is not."),
    },
)
