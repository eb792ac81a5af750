"""The kinds of tasks by name. Another one is a file that declares it, and a line here."""

from vladata.language.tasks.action import ACTION
from vladata.language.tasks.annotation import ANNOTATION
from vladata.language.tasks.box import BOX
from vladata.language.tasks.instruction import INSTRUCTION
from vladata.language.tasks.memory import MEMORY
from vladata.language.tasks.movement import MOVEMENT
from vladata.language.tasks.paraphrase import PARAPHRASE
from vladata.language.tasks.plan import PLAN
from vladata.language.tasks.point import POINT
from vladata.language.tasks.state import STATE
from vladata.language.tasks.steps_between import STEPS_BETWEEN
from vladata.language.tasks.subgoal import SUBGOAL
from vladata.language.tasks.subtask import SUBTASK
from vladata.language.tasks.success import SUCCESS
from vladata.language.tasks.task import Task
from vladata.language.tasks.trace import TRACE

TASKS: dict[str, Task] = {
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
