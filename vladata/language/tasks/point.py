"""`point`: the point of the first picture to which the robot has to go, from annotations, in the form of `coordinates`.

Q: where should the robot go to pick apple? A:      132 77
"""

from vladata.language.tasks.task import Task

POINT = Task(
    about="A point of the first picture, from annotations.",
    prompt="Q: where should the robot go to {instruction}? A:",
    target="{point}",
    needs=("point",),
)
