"""`instruction`: the instruction of the robot, given its pictures.

Q: what is the robot told to do? A:      pick apple
"""

from vladata.language.tasks.task import Task

INSTRUCTION = Task(
    about="The instruction, from the pictures.",
    prompt="Q: what is the robot told to do? A:",
    target="{instruction}",
    needs=("instruction",),
)
