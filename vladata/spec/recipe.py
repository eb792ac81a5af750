"""RecipeSpec: the rule by which steps of an episode become training samples, `schemas/recipes/NAME.yaml`.

    prompt  Q: what action should the robot take to pick apple? A:
    target  1 128 91 241 5 101 127 217

`tasks` has the questions about a step. Prompts and targets are templates: known words in braces, such as `{instruction}` and
`{action}`, are replaced; every other brace is a mistake. A file may say `extends: NAME` and give only the keys that differ
(extends.py).
"""

from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal

from vladata.language.tasks.places import STATE
from vladata.language.tasks.table import TASKS
from vladata.spec.action import AnyAction
from vladata.spec.images import ImageRule
from vladata.spec.select import EVERYTHING, Select
from vladata.spec.strict import Name, Strict
from vladata.spec.tasks import Tasks
from vladata.spec.together import Problem, check
from vladata.spec.web import WebRule
from vladata.spec.windows import ONE_STEP, Windows

MOVED = {
    "prompt": 'belongs to a task: tasks: {action: {prompt: "...", target: "{action}"}}',
    "target": 'belongs to a task: tasks: {action: {prompt: "...", target: "{action}"}}',
    "task": "is a table now: tasks: {action: {}, instruction: {}} makes samples of two tasks",
}
"""Key at the top of recipes before `tasks` existed -> the form that replaced it."""


class InstructionRule(Strict):
    """Changes of an instruction before it is put into the prompt."""

    strip: bool = True
    """true: spaces and line ends around the instruction are removed."""
    case: Literal["keep", "lower"] = "keep"
    """keep: letters stay as they are. lower: all letters become small."""
    final_stop: Literal["keep", "remove"] = "keep"
    """keep: a full stop at the end stays. remove: it is removed."""


class RecipeSpec(Strict):
    """The rule by which steps are rendered as samples."""

    moved: ClassVar[Mapping[str, str]] = MOVED

    name: Name
    """The name by which the recipe is selected."""
    tasks: Tasks
    """The questions about a step: name -> the kind and the words of the task. Samples have the name as their `task`."""
    instruction: InstructionRule = InstructionRule()
    """The normalisation of instructions."""
    action: AnyAction
    """The spelling of actions: the name of a codec, and its settings."""
    state: AnyAction | None = None
    """The spelling of {state} in prompts and targets: the name of a codec, and its settings. Needed where a task has {state}."""
    images: ImageRule = ImageRule()
    """The images of a sample; left out, the image of the camera `primary` as it is."""
    select: Select = EVERYTHING
    """The episodes and steps that are taken; left out, all episodes and steps."""
    windows: Windows = ONE_STEP
    """The number of frames that a sample shows, and of actions that its target spells; left out, one of each."""
    web: WebRule = WebRule()
    """The rendering of image-text pairs of web corpora; not used for robot data."""

    @property
    def dealt(self) -> bool:
        """True if tasks have shares: each step then gives a sample of one task only."""
        return next(iter(self.tasks.values())).share is not None

    @check
    def _spells_states(self) -> Iterator[Problem]:
        used = [name for name, task in self.tasks.items() if STATE in task.held]
        if used and self.state is None:
            text = "has {state} in its words, and the recipe has no key state; add state: {codec: rt2, ...}"
            yield ("tasks", used[0]), text
        if self.state is not None and not used:
            yield ("state",), "is not used: no task has {state} in its words"

    @check
    def _shows_frames_that_there_are(self) -> Iterator[Problem]:
        history = self.windows.history
        for name, task in self.tasks.items():
            own = TASKS[task.kind].frames
            if task.frames is not None and own:
                text = f"got {task.frames}; a task of kind {task.kind} chooses its own frames, {own}; leave frames out"
                yield ("tasks", name, "frames"), text
            elif task.frames is not None and task.frames > history:
                allowed = f"up to {history}, the frames of a window (windows.history)"
                yield ("tasks", name, "frames"), f"got {task.frames}; allowed: {allowed}"
