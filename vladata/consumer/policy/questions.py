"""The questions that a recipe asks about a step, in order.

The last question is the task whose target holds {action}. If its prompt holds a word that another task answers ({point},
{plan}), the model answers that task first, and its answer is put into the prompt: first the plan, then the action. {instruction}
and {state} come from the observation, spelled as in training.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vladata.errors import UsageError
from vladata.language.prompts import placeholders, render
from vladata.language.target import Target
from vladata.language.tasks.places import ACTION as ACTION
from vladata.language.tasks.places import PLAN, POINTED
from vladata.language.tasks.places import STATE as STATE
from vladata.language.tasks.table import TASKS
from vladata.robot.samples import frames_of
from vladata.spec.recipe import RecipeSpec
from vladata.spec.tasks import TaskRule

INSTRUCTION = "instruction"
PLANS = ("plan", "point", "box", "trace", "subtask", "movement", "subgoal")
"""Places that count as the plan; the first of them that the model writes is Action.plan."""


@dataclass(frozen=True)
class PolicyQuestion:
    """A question to the model.

    task:     its name in the recipe.
    prompt:   the task's first prompt template.
    target:   the form of the answer.
    cameras:  the recipe's cameras whose pictures it shows; None: all.
    frames:   the number of pictures of each camera.
    settings: the task's settings for the spelling of places ("coordinates", "plan_from")."""

    task: str
    prompt: str
    target: Target
    cameras: tuple[str, ...] | None
    frames: int
    settings: Mapping[str, Any]

    def asked(self, words: Mapping[str, str]) -> str:
        """Return the prompt, filled with `words`."""
        return render(self.prompt, **{name: words[name] for name in placeholders(self.prompt)})


def questions_of(recipe: RecipeSpec, where: str) -> tuple[PolicyQuestion, ...]:
    """Return the questions about one step, that of the action last. Raises UsageError if a policy cannot use the recipe."""
    every = {name: _question(name, rule, recipe) for name, rule in recipe.tasks.items()}
    last = next((each for each in every.values() if ACTION in each.target.places), None)
    if last is None:
        what = "no target of the recipe's tasks holds {action}"
        raise UsageError(what, where=where, got=", ".join(every))
    found: list[PolicyQuestion] = []
    _before(recipe, last, every, found, (), where)
    return (*found, last)


def _spell_alike(word: str, one: PolicyQuestion, other: PolicyQuestion) -> bool:
    """Return True if two tasks spell a word with the same settings."""
    setting = "plan_from" if word == PLAN else "coordinates" if word in POINTED else None
    return setting is None or one.settings.get(setting) == other.settings.get(setting)


def _before(
    recipe: RecipeSpec,
    question: PolicyQuestion,
    every: Mapping[str, PolicyQuestion],
    found: list[PolicyQuestion],
    waits: tuple[str, ...],
    where: str,
) -> None:
    """Add to `found` the questions that must be answered before this one."""
    for word in placeholders(question.prompt):
        if word in (INSTRUCTION, STATE) or any(word in each.target.places for each in found):
            continue
        says = [
            each
            for each in every.values()
            if word in each.target.places
            and ACTION not in each.target.places
            and not TASKS[recipe.tasks[each.task].kind].frames  # such tasks need the picture of another step
            and _spell_alike(word, each, question)
        ]
        if not says or says[0].task in waits:
            raise UsageError(
                f"the prompt of task {question.task} holds a word that neither the observation nor another task gives",
                where=where,
                got=f"{{{word}}}",
                allowed="{instruction}, {state}, or a word in the target of another task with the same settings",
            )
        _before(recipe, says[0], every, found, (*waits, question.task), where)
        found.append(says[0])


def _question(name: str, rule: TaskRule, recipe: RecipeSpec) -> PolicyQuestion:
    cameras = None if rule.cameras is None else tuple(rule.cameras)
    settings = {"coordinates": rule.coordinates, "plan_from": rule.plan_from}
    return PolicyQuestion(
        name, rule.prompts[0], Target(rule.target), cameras, frames_of(recipe, rule), settings
    )
