"""The places that the templates of every task may hold: {instruction}, {action}.

A place is a function of the steps of one episode to N texts, one a sample.
{action} stands in targets alone: a prompt would give it away.
"""

from collections.abc import Mapping
from typing import Any

from vladata.language.tasks.task import Place, Steps, Texts

ACTION, PLAN = "action", "plan"


def _instruction(steps: Steps, settings: Mapping[str, Any]) -> Texts:
    return [steps.instructions[i] for i in steps.at.tolist()]


def _action(steps: Steps, settings: Mapping[str, Any]) -> Texts:
    return steps.spell(steps.samples)


PLACES: dict[str, Place] = {
    "instruction": _instruction,
    ACTION: _action,
}


def of_prompts() -> tuple[str, ...]:
    """The places that a prompt may hold."""
    return tuple(name for name in PLACES if name != ACTION)
