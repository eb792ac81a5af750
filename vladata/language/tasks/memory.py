"""`memory`: the work that the robot has done so far, from annotations.

Q: what has been done to clear the table? A:      the cup is in the sink
"""

from vladata.language.tasks.task import Task

MEMORY = Task(
    about="The work that has been done so far, from annotations.",
    prompt="Q: what has been done to {instruction}? A:",
    target="{memory}",
    needs=("memory",),
)
