"""The kinds of tasks by name. Another one is a file that declares it, and a line here."""

from vladata.language.tasks.action import ACTION
from vladata.language.tasks.instruction import INSTRUCTION
from vladata.language.tasks.task import Task

TASKS: dict[str, Task] = {
    "action": ACTION,
    "instruction": INSTRUCTION,
}
