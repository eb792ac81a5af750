"""`movement`: the arm's next motion, in ECoT's words (vladata/language/movement.py). The state must have one of x, y, z.

Q: how should the arm move to pick apple? A:      move forward down, close gripper
"""

from vladata.actions.settings import Number, Whole
from vladata.language.movement import THRESHOLD, WINDOW
from vladata.language.tasks.task import Task

MOVEMENT = Task(
    about="The arm's next motion, in ECoT's words, from the states.",
    prompt="Q: how should the arm move to {instruction}? A:",
    target="{movement}",
    needs=("movement",),
    settings={
        "window": Whole(
            WINDOW, "The number of consecutive states, of which the first and the last are compared.", 2, 1000
        ),
        "threshold": Number(
            THRESHOLD,
            "The least change that has a word: metres for positions, tenths of radians for rotations.",
            1e-6,
            10.0,
        ),
    },
)
