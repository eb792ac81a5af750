"""The table of kinds of tasks by name: ours and those of installed packages. To add one, add a file and a line here."""

from typing import Any

from vladata.language.prompts import placeholders
from vladata.language.tasks.action import ACTION
from vladata.language.tasks.annotation import ANNOTATION
from vladata.language.tasks.box import BOX
from vladata.language.tasks.instruction import INSTRUCTION
from vladata.language.tasks.memory import MEMORY
from vladata.language.tasks.movement import MOVEMENT
from vladata.language.tasks.paraphrase import PARAPHRASE
from vladata.language.tasks.places import PLACES, place_of
from vladata.language.tasks.plan import PLAN
from vladata.language.tasks.point import POINT
from vladata.language.tasks.state import STATE
from vladata.language.tasks.steps_between import STEPS_BETWEEN
from vladata.language.tasks.subgoal import SUBGOAL
from vladata.language.tasks.subtask import SUBTASK
from vladata.language.tasks.success import SUCCESS
from vladata.language.tasks.task import Task
from vladata.language.tasks.trace import TRACE
from vladata.plugins import PluginTable

OURS: dict[str, Task] = {
    "action": ACTION,
    "instruction": INSTRUCTION,
    "state": STATE,
    "steps_between": STEPS_BETWEEN,
    "success": SUCCESS,
    "plan": PLAN,
    "subtask": SUBTASK,
    "memory": MEMORY,
    "paraphrase": PARAPHRASE,
    "box": BOX,
    "point": POINT,
    "trace": TRACE,
    "subgoal": SUBGOAL,
    "movement": MOVEMENT,
    "annotation": ANNOTATION,
}


def wrong(name: str, found: Any) -> str:
    """Return the reason why an entry of another package cannot be a kind of task; "" if it can."""
    if not isinstance(found, Task):
        return f"expected a vladata.language.tasks.task.Task, got {type(found).__name__}"
    known = {*found.places, *PLACES}
    for text in (found.prompt, found.target):
        if unknown := [
            place for place in placeholders(text) if place not in known and place_of(place) is None
        ]:
            return f'"{text}" holds {{{unknown[0]}}}, but does not declare it'
    if lacks := [place for place in found.needs if place not in known and place_of(place) is None]:
        return f"it needs {{{lacks[0]}}}, but does not declare it"
    return (
        ""
        if bool(found.frames) == (found.shows is not None)
        else "frames and shows belong together; give both, or neither"
    )


TASKS: PluginTable[Task] = PluginTable("task", "vladata.tasks", OURS, wrong)
