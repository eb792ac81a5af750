"""`subtask`: the part of the instruction that the robot is working on, from annotations.

Q: what is the next step to clear the table? A:      pick up the cup
"""

from vladata.language.tasks.task import Task

SUBTASK = Task(
    about="The part of the instruction that the robot is working on, from annotations.",
    prompt="Q: what is the next step to {instruction}? A:",
    target="{subtask}",
    needs=("subtask",),
)
