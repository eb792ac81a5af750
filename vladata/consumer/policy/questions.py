"""Which questions a recipe asks of a step, and in which order.

The last is the one whose target holds {action}. A word in its prompt that the recipe lets another task say ({point}, {plan}) is
asked for first, by that task's prompt; what the model answers is put in: the plan first, then the action. {instruction} and
{state} come from the observation, spelled as in training.
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
"""Words that count as a plan, the first that is said."""


@dataclass(frozen=True)
class Question:
    """A question. task: its name in the recipe.   prompt: its template, the first of several.   target: what its answer is.

    cameras: of the recipe's whose pictures it shows; None: all.   frames: how many of each.
    settings: those by which the places of its words are spelled ("coordinates", "plan_from")."""

    task: str
    prompt: str
    target: Target
    cameras: tuple[str, ...] | None
    frames: int
    settings: Mapping[str, Any]

    def asked(self, words: Mapping[str, str]) -> str:
        """The prompt with its words put in."""
        return render(self.prompt, **{name: words[name] for name in placeholders(self.prompt)})


def questions_of(recipe: RecipeSpec, where: str) -> tuple[Question, ...]:
    """The questions of one step, the action's last. Raises UsageError for a recipe that cannot be asked."""
    every = {name: _question(name, rule, recipe) for name, rule in recipe.tasks.items()}
    last = next((each for each in every.values() if ACTION in each.target.places), None)
    if last is None:
        raise UsageError("no task of the recipe says an action", where=where, got=", ".join(every))
    found: list[Question] = []
    _before(recipe, last, every, found, (), where)
    return (*found, last)


def _spell_alike(word: str, one: Question, other: Question) -> bool:
    """Whether two tasks mean the same by a word."""
    setting = "plan_from" if word == PLAN else "coordinates" if word in POINTED else None
    return setting is None or one.settings.get(setting) == other.settings.get(setting)


def _before(
    recipe: RecipeSpec,
    question: Question,
    every: Mapping[str, Question],
    found: list[Question],
    waits: tuple[str, ...],
    where: str,
) -> None:
    """Put what must be asked before a question into `found`."""
    for word in placeholders(question.prompt):
        if word in (INSTRUCTION, STATE) or any(word in each.target.places for each in found):
            continue
        says = [
            each
            for each in every.values()
            if word in each.target.places
            and ACTION not in each.target.places
            and not TASKS[recipe.tasks[each.task].kind].frames  # of another step's picture beside
            and _spell_alike(word, each, question)
        ]
        if not says or says[0].task in waits:
            raise UsageError(
                f"the prompt of task {question.task} holds a word that neither an observation nor another task says",
                where=where,
                got=f"{{{word}}}",
                allowed="{instruction}, {state}, or what another task of the recipe says, spelled by the same settings",
            )
        _before(recipe, says[0], every, found, (*waits, question.task), where)
        found.append(says[0])


def _question(name: str, rule: TaskRule, recipe: RecipeSpec) -> Question:
    cameras = None if rule.cameras is None else tuple(rule.cameras)
    settings = {"coordinates": rule.coordinates, "plan_from": rule.plan_from}
    return Question(name, rule.prompts[0], Target(rule.target), cameras, frames_of(recipe, rule), settings)
