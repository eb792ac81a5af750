"""`plan`: what the robot is about to do, in words: by the dataset, by annotations or by a rule (`plan_from`).

Q: what should the robot do to bring me a snack? A:      pick rxbar chocolate
"""

from vladata.language.tasks.task import Task

PLAN = Task(
    about="The plan, from the pictures and the instruction.",
    prompt="Q: what should the robot do to {instruction}? A:",
    target="{plan}",
    needs=("plan",),
)
