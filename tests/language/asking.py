"""Steps of a made episode, and what a task says of them."""

import numpy as np

from vladata.language.tasks.speak import speak
from vladata.language.tasks.table import TASKS
from vladata.language.tasks.task import Robot, Steps
from vladata.spec.tasks import rule_of


def steps_of(
    count,
    *,
    numbers=None,
    at=None,
    ended=True,
    grippers=None,
    states=None,
    state_names=("x",),
    geometry=None,
    **more,
):
    """An episode of `count` steps; the text of an action or state names its step."""
    ends = np.zeros(count, bool)
    ends[-1] = ended
    at = np.arange(count) if at is None else np.array(at)
    gripper = np.zeros(count) if grippers is None else np.array(grippers)
    columns = {
        "action": np.stack([np.zeros(count), gripper], 1).astype(np.float32),
        "terminate": ends,
        "state": np.array(states if states is not None else np.zeros((count, 1)), np.float32),
    }
    return Steps(
        more.pop("episode", "train-00000-000000"),
        at,
        np.arange(len(at)),
        columns,
        np.arange(count) if numbers is None else np.array(numbers),
        ["pick apple"] * count,
        lambda samples: [f"action {at[i]}" for i in samples],
        lambda positions: [f"state {i}" for i in positions],
        Robot(("dx", "gripper"), {"gripper": "open_absolute"}, state_names),
        camera="primary",
        placed=(lambda camera, i: geometry) if geometry else None,
        **more,
    )


def asked(steps, kind, *, whole=False, **rule):
    """What a task says, as it is or as (prompt, target) of each step, the target None where it says nothing."""
    wording = rule_of(kind, TASKS[kind]).model_validate({"kind": kind, **rule})
    spoken = speak(steps, "mine", TASKS[kind], wording)
    if whole:
        return spoken
    said = zip(spoken.prompts, spoken.targets, strict=True)
    return [(prompt, None if i in spoken.unsaid else target) for i, (prompt, target) in enumerate(said)]
