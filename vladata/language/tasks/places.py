"""The places that the templates of every task may use. A place is a word in braces.

    {instruction}   the instruction                    {movement}   the arm's next motion, in ECoT's words (movement.py)
    {action}        the action, only in targets        {subgoal}    the next event of a gripper (gripper_events.py)
    {state}         the state, by the recipe's `state` codec
    {plan}          the plan: from the dataset's own field, from annotations, or by a rule: `plan_from`
    {subtask} {memory} {paraphrase}      from annotations
    {box} {point} {trace} {gripper}      from annotations, points of the picture, by `coordinates` (coordinates.py)
    {note_FIELD}    any other field of annotations, unchanged

A place is a function from the steps of one episode to N texts, one per sample, or to None if there is no text.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson

from vladata.language.coordinates import BETWEEN, spelled
from vladata.language.gripper_events import next_events
from vladata.language.movement import NAMES, POSITION, THRESHOLD, WINDOW, movements
from vladata.language.tasks.task import Place, Steps, Texts

ACTION, PLAN, STATE, NOTE = "action", "plan", "state", "note_"
GIVEN, MOVEMENT, SUBGOAL = "given", "movement", "subgoal"


def at(column: Sequence[str], steps: Steps) -> list[str | None]:
    """Return the texts of `column` (one for each of T steps) at the steps of the N samples; None for an empty text."""
    return [text if (text := column[i]).strip() else None for i in steps.at.tolist()]


def _instruction(steps: Steps, settings: Mapping[str, Any]) -> Texts:
    return [steps.instructions[i] for i in steps.at.tolist()]


def _action(steps: Steps, settings: Mapping[str, Any]) -> Texts:
    return steps.spell(steps.samples)


def _state(steps: Steps, settings: Mapping[str, Any]) -> Texts:
    assert steps.spell_state is not None, "a recipe without `state` is refused before"
    return steps.spell_state(steps.at)


def _movement(steps: Steps, settings: Mapping[str, Any]) -> Texts:
    states, names = steps.columns["state"], steps.robot.states
    if not set(POSITION) & set(names):  # a state of joints or of two hands: a moving arm would get "stop"
        return [None] * len(steps)
    columns = [states[:, names.index(name)] if name in names else np.zeros(len(states)) for name in NAMES]
    words = movements(
        np.stack(columns, 1), settings.get("window", WINDOW), settings.get("threshold", THRESHOLD)
    )
    return at(words, steps)


def _subgoal(steps: Steps, settings: Mapping[str, Any]) -> Texts:
    robot = steps.robot
    return at(next_events(steps.columns["action"], robot.actions, robot.grippers), steps)


def _plan(steps: Steps, settings: Mapping[str, Any]) -> Texts:
    source = settings.get("plan_from", GIVEN)
    if source != GIVEN:
        return PLACES[source](steps, settings)
    noted = _noted(PLAN)(steps, settings)
    if PLAN not in steps.columns:
        return noted
    return [own or other for own, other in zip(at(steps.columns[PLAN], steps), noted, strict=True)]


def _noted(field: str) -> Place:
    """Return the place of a field of annotations."""

    def place(steps: Steps, settings: Mapping[str, Any]) -> Texts:
        column = steps.annotations.get(field)
        return [None] * len(steps) if column is None else at(column, steps)

    return place


def _pointed(field: str, several: bool = False) -> Place:
    """Return the place of a field of annotations that holds points of the first picture. several: groups of points."""

    def place(steps: Steps, settings: Mapping[str, Any]) -> Texts:
        if steps.placed is None or not steps.camera:
            return [None] * len(steps)
        names = [f"{field}@{steps.camera}", *([field] if steps.unnamed in ("", steps.camera) else [])]
        columns = [steps.annotations[name] for name in names if name in steps.annotations]
        form = settings.get("coordinates", "per_255")
        return [
            _in_picture(next(filter(None, (column[i] for column in columns)), ""), steps, i, form, several)
            for i in steps.at.tolist()
        ]

    return place


def _in_picture(value: str, steps: Steps, i: int, form: str, several: bool) -> str | None:
    """Return the text of the points in an annotation's value.

    None if they are not numbers, or one of them is outside the picture that the sample shows.
    """
    groups = groups_of(value)
    if not groups or (len(groups) > 1 and not several):
        return None
    assert steps.placed is not None
    geometry = steps.placed(steps.camera, i)
    if geometry is None:
        return None
    said = []
    for group in groups:
        points = np.array(group, np.float64)[:, ::-1]
        if not geometry.shows(points).all():
            return None
        moved = geometry.forward(points)
        said.append(spelled([(y, x) for y, x in moved.tolist()], geometry.size, form))
    return BETWEEN.join(said)


def groups_of(value: str) -> list[list[tuple[float, float]]]:
    """Return the groups of points (x, y), in pixels, of an annotation's JSON; [] if it has another form.

    [x, y], [x1, y1, x2, y2] and [[x, y], ...] are one group; several boxes [[x1, y1, x2, y2], ...] are one group each.
    """
    try:
        found = orjson.loads(value)
    except orjson.JSONDecodeError:
        return []
    rows = (
        found
        if isinstance(found, list) and found and all(isinstance(row, list) for row in found)
        else [found]
    )
    if not all(
        isinstance(row, list) and row and len(row) % 2 == 0 and all(map(_is_number, row)) for row in rows
    ):
        return []
    pairs = [list(zip(row[::2], row[1::2], strict=True)) for row in rows]
    if all(len(row) == 1 for row in pairs):
        return [[row[0] for row in pairs]]
    return pairs


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


PLACES: dict[str, Place] = {
    "instruction": _instruction,
    ACTION: _action,
    STATE: _state,
    PLAN: _plan,
    "subtask": _noted("subtask"),
    "memory": _noted("memory"),
    "paraphrase": _noted("paraphrase"),
    "box": _pointed("box", several=True),
    "point": _pointed("point"),
    "trace": _pointed("trace"),
    "gripper": _pointed("gripper"),
    MOVEMENT: _movement,
    SUBGOAL: _subgoal,
}
POINTED = ("box", "point", "trace", "gripper")
NOTED_PLACES = ("subtask", "memory", "paraphrase", *POINTED)


def place_of(name: str) -> Place | None:
    """Return the place `name`; None if there is none."""
    if name.startswith(NOTE) and len(name) > len(NOTE):
        return _noted(name.removeprefix(NOTE))
    return PLACES.get(name)


def of_prompts() -> tuple[str, ...]:
    """Return the places that a prompt may use, without {note_FIELD}."""
    return tuple(name for name in PLACES if name != ACTION)
