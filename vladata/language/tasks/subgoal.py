"""`subgoal`: the next thing that a gripper does, and in how many steps (gripper_events.py).

Q: what will the gripper do next to pick apple? A:      close gripper in 3 steps
"""

from vladata.language.tasks.task import Task

SUBGOAL = Task(
    about="The next thing that a gripper does, and in how many steps.",
    prompt="Q: what will the gripper do next to {instruction}? A:",
    target="{subgoal}",
    needs=("subgoal",),
)
