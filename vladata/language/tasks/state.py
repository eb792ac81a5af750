"""`state`: the position of the arm, given the picture; spelled by the recipe's `state` codec.

Q: where is the arm of the robot? A:      132 77
"""

from vladata.language.tasks.task import Task

STATE = Task(
    about="The state, from the pictures, as the recipe's `state` spells it.",
    prompt="Q: where is the arm of the robot? A:",
    target="{state}",
    needs=("state",),
)
