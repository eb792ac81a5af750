"""`plan`: the robot's next action in words: from the dataset, from annotations or by a rule (`plan_from`).

Q: what should the robot do to bring me a snack? A:      pick rxbar chocolate
"""

from vladata.language.tasks.task import Task

PLAN = Task(
    about="The plan, from the pictures and the instruction.",
    prompt="Q: what should the robot do to {instruction}? A:",
    target="{plan}",
    needs=("plan",),
)
