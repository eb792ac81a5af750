"""`action`: the robot's action, given the instruction.

Q: what action should the robot take to pick apple? A:      1 128 91 241 5 101 127 217
"""

from vladata.language.tasks.task import Task

ACTION = Task(
    about="The action that follows the instruction.",
    prompt="Q: what action should the robot take to {instruction}? A:",
    target="{action}",
    needs=("action",),
)
