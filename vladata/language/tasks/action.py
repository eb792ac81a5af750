"""`action`: what the robot should do, given the instruction; the recipe's own prompt and target.

Q: what action should the robot take to pick apple? A:      1 128 91 241 5 101 127 217
"""

from vladata.language.prompts import render
from vladata.language.tasks.task import Spoken, Steps
from vladata.spec.recipe import RecipeSpec


def action(steps: Steps, recipe: RecipeSpec) -> Spoken:
    """The prompt of the instruction at each window's step, and the text of its actions."""
    prompts = {text: render(recipe.prompt, instruction=text) for text in set(steps.instructions)}
    return Spoken(
        [prompts[steps.instructions[at]] for at in steps.window.at.tolist()],
        [render(recipe.target, action=text) for text in steps.spell()],
    )
