"""The places that the templates of every task may hold: {instruction}, {action}, {plan}.

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


def annotated(name: str) -> Place:
    """The place of what annotation tables say of a step in the field `name`; None where they say nothing."""

    def said(steps: Steps, settings: Mapping[str, Any]) -> Texts:
        texts = steps.annotations.get(name)
        return [None] * len(steps) if texts is None else [texts[i] or None for i in steps.at.tolist()]

    return said


PLACES: dict[str, Place] = {
    "instruction": _instruction,
    ACTION: _action,
    PLAN: annotated(PLAN),
}


def of_prompts() -> tuple[str, ...]:
    """The places that a prompt may hold."""
    return tuple(name for name in PLACES if name != ACTION)
