"""`subgoal`: the next event of a gripper, and the number of steps until then (gripper_events.py).

Q: what will the gripper do next to pick apple? A:      close gripper in 3 steps
"""

from vladata.language.tasks.task import Task

SUBGOAL = Task(
    about="The next event of a gripper, and the number of steps until then.",
    prompt="Q: what will the gripper do next to {instruction}? A:",
    target="{subgoal}",
    needs=("subgoal",),
)
