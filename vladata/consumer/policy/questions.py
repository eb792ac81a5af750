"""Which questions a recipe asks of a step, and in which order.

The last is the one whose target holds {action}. A word in its prompt that the recipe lets another task say ({point}, {plan}) is
asked for first, by that task's prompt; what the model answers is put in: the plan first, then the action. {instruction} and
{state} come from the observation, spelled as in training.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from vladata.errors import UsageError
from vladata.language.prompts import placeholders, render
from vladata.language.target import Target
from vladata.spec.recipe import RecipeSpec
from vladata.spec.tasks import TaskRule

ACTION, STATE, INSTRUCTION = "action", "state", "instruction"
PLANS = ("plan", "point", "box", "trace", "subtask", "movement", "subgoal")
"""Words that count as a plan, the first that is said."""


@dataclass(frozen=True)
class Question:
    """A question. task: its name in the recipe.   prompt: its template, the first of several.   target: what its answer is.

    cameras: of the recipe's whose pictures it shows; None: all.   frames: how many; None: all."""

    task: str
    prompt: str
    target: Target
    cameras: tuple[str, ...] | None
    frames: int | None
    coordinates: str = "per_255"

    def asked(self, words: Mapping[str, str]) -> str:
        """The prompt with its words put in."""
        return render(self.prompt, **{name: words[name] for name in placeholders(self.prompt)})


def questions_of(recipe: RecipeSpec, where: str) -> tuple[Question, ...]:
    """The questions of one step, the action's last. Raises UsageError for a recipe that cannot be asked."""
    every = {name: _question(name, rule) for name, rule in recipe.tasks.items()}
    last = next((each for each in every.values() if ACTION in each.target.places), None)
    if last is None:
        raise UsageError("no task of the recipe says an action", where=where, got=", ".join(every))
    found: list[Question] = []
    _before(last, every, found, (), where)
    return (*found, last)


def _before(
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
            each for each in every.values() if word in each.target.places and ACTION not in each.target.places
        ]
        if not says or says[0].task in waits:
            raise UsageError(
                f"the prompt of task {question.task} holds a word that neither an observation nor another task says",
                where=where,
                got=f"{{{word}}}",
                allowed="{instruction}, {state}, or what a task of the recipe says",
            )
        _before(says[0], every, found, (*waits, question.task), where)
        found.append(says[0])


def _question(name: str, rule: TaskRule) -> Question:
    cameras = None if rule.cameras is None else tuple(rule.cameras)
    return Question(name, rule.prompts[0], Target(rule.target), cameras, rule.frames, rule.coordinates)
