"""The tasks of a step by name. Another one is a file that makes it, and a line here."""

from vladata.language.tasks.action import action
from vladata.language.tasks.task import Task

TASKS: dict[str, Task] = {
    "action": Task(action, spells_action=True),
}


def spells_action(name: str) -> bool:
    """Whether the targets of a task spell an action; that of a task that is not in the table, of a web corpus or of another
    version, says what its sample's `bins` say."""
    return name in TASKS and TASKS[name].spells_action
