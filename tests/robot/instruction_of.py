"""A second task, in the one file that it needs: the instruction, from the images."""

from vladata.language.tasks.task import Spoken, Steps
from vladata.spec.recipe import RecipeSpec


def instruction_of(steps: Steps, recipe: RecipeSpec) -> Spoken:
    """The same question for every step, and its instruction."""
    return Spoken(["Q: what is the robot doing? A:"] * len(steps), list(steps.instructions))
