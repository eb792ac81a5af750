"""`box`: where things are, from annotations, as boxes of the first picture; in the form that `coordinates` says.

Q: where are the things that are needed to pick apple? A:      20 31 84 90
"""

from vladata.language.tasks.task import Task

BOX = Task(
    about="Boxes of the first picture, from annotations.",
    prompt="Q: where are the things that are needed to {instruction}? A:",
    target="{box}",
    needs=("box",),
)
