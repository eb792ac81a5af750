"""RecipeSpec: how the steps of an episode become training samples, `schemas/recipes/NAME.yaml`.

    prompt  Q: what action should the robot take to pick apple? A:
    target  1 128 91 241 5 101 127 217

What is asked of a step stands in `tasks`; a prompt and a target are templates: `{instruction}` and `{action}` are put in, and
every other brace is a mistake.
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import model_validator

from vladata.language.tasks.places import STATE
from vladata.language.tasks.table import TASKS
from vladata.spec.action import AnyAction
from vladata.spec.images import ImageRule
from vladata.spec.select import EVERYTHING, Select
from vladata.spec.strict import Name, Strict, says_all
from vladata.spec.tasks import Tasks
from vladata.spec.web import WebRule
from vladata.spec.windows import ONE_STEP, Windows

MOVED = {
    "prompt": 'tasks: {action: {prompt: "...", target: "{action}"}}',
    "target": 'tasks: {action: {prompt: "...", target: "{action}"}}',
    "task": "tasks: {action: {}, instruction: {}} asks two tasks of a step",
}
"""What stood at the top of a recipe before there were tables of tasks -> how it is written."""


class InstructionRule(Strict):
    """What is done to an instruction before it is put into the prompt."""

    strip: bool = True
    """Whether spaces and line ends around it are taken away."""
    case: Literal["keep", "lower"] = "keep"
    """Whether it is made small letters."""
    final_stop: Literal["keep", "remove"] = "keep"
    """Whether a full stop at its end is taken away."""


class RecipeSpec(Strict):
    """How steps are rendered as samples."""

    name: Name
    """The name that it is asked for by."""
    tasks: Tasks
    """What is asked of a step: a name, which is the value of `task` in its samples -> its kind and its words."""
    instruction: InstructionRule = InstructionRule()
    """How instructions are normalised."""
    action: AnyAction
    """How actions are spelled: the name of a codec, and its settings."""
    state: AnyAction | None = None
    """How {state} is spelled in prompts and targets: the name of a codec, and its settings; needed where a task spells it."""
    images: ImageRule
    """What images there are."""
    select: Select = EVERYTHING
    """Which episodes and steps are taken; left out, all of them."""
    windows: Windows = ONE_STEP
    """How many frames a sample shows, and how many actions its target spells; left out, one of each."""
    web: WebRule = WebRule()
    """How image-text pairs are rendered as samples; of robots nothing here is used."""

    @property
    def dealt(self) -> bool:
        """Whether a step has a sample of one task alone, by their shares."""
        return next(iter(self.tasks.values())).share is not None

    @model_validator(mode="after")
    def _spells_states(self) -> "RecipeSpec":
        used = [name for name, task in self.tasks.items() if STATE in task.held]
        if used and self.state is None:
            says_all(
                [
                    (
                        ("tasks", used[0]),
                        "holds {state}, and state does not say how it is spelled: state: {codec: rt2, ...}",
                    )
                ]
            )
        if self.state is not None and not used:
            says_all([(("state",), "is not used: no task holds {state}")])
        return self

    @model_validator(mode="after")
    def _shows_frames_that_there_are(self) -> "RecipeSpec":
        history = self.windows.history
        found = []
        for name, task in self.tasks.items():
            own = TASKS[task.kind].frames
            if task.frames is not None and own:
                says = f"got {task.frames}; a task of kind {task.kind} shows frames of its own choice, {own}"
                found.append((("tasks", name, "frames"), says))
            elif task.frames is not None and task.frames > history:
                allowed = f"up to {history}, the frames of a window (windows.history)"
                found.append((("tasks", name, "frames"), f"got {task.frames}; allowed: {allowed}"))
        says_all(found)
        return self

    @model_validator(mode="before")
    @classmethod
    def _of_tasks(cls, value: Any) -> Any:
        if isinstance(value, Mapping):
            says_all(
                ((key,), f"belongs to a task now: {form}") for key, form in MOVED.items() if key in value
            )
        return value
