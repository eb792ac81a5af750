"""`paraphrase`: the instruction in other words, from annotations.

Q: how else can one say: pick apple? A:      take the apple
"""

from vladata.language.tasks.task import Task

PARAPHRASE = Task(
    about="The instruction in other words, from annotations.",
    prompt="Q: how else can one say: {instruction}? A:",
    target="{paraphrase}",
    needs=("paraphrase",),
)
