"""`box`: boxes around things in the first picture, from annotations, in the form of `coordinates`.

Q: where are the things that are needed to pick apple? A:      20 31 84 90
"""

from vladata.language.tasks.task import Task

BOX = Task(
    about="Boxes of the first picture, from annotations.",
    prompt="Q: where are the things that are needed to {instruction}? A:",
    target="{box}",
    needs=("box",),
)
