"""`trace`: the gripper's path over the first picture, from annotations, in the form of `coordinates`.

Q: which way should the gripper take to pick apple? A:      20 31 40 35 62 50
"""

from vladata.language.tasks.task import Task

TRACE = Task(
    about="The gripper's path over the first picture, from annotations.",
    prompt="Q: which way should the gripper take to {instruction}? A:",
    target="{trace}",
    needs=("trace",),
)
