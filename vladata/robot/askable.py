"""Check that the data can answer the tasks of a recipe, as far as this is known before it is read."""

from vladata.annotations.texts import AT
from vladata.annotations.told import Told
from vladata.errors import UnknownName, UsageError
from vladata.language.movement import NAMES
from vladata.language.tasks.places import MOVEMENT, PLAN
from vladata.robot.picturing import cameras
from vladata.robot.settings import Settings
from vladata.spec.dataset import DatasetSpec
from vladata.spec.recipe import RecipeSpec
from vladata.spec.tasks import TaskRule


def check_tasks(settings: Settings) -> None:
    """Raise UnknownName if a task shows a camera that the recipe lacks, and UsageError if the data cannot answer a task."""
    if settings.recipe.state is not None and settings.spec.state is None:
        raise UsageError(
            "the recipe spells the state, but the schema declares no state",
            where=f"recipe {settings.recipe.name}, state, schema {settings.spec.name}",
        )
    known = list(cameras(settings.spec, settings.recipe))
    for name, rule in settings.recipe.tasks.items():
        where = f"recipe {settings.recipe.name}, tasks.{name}"
        for camera in rule.cameras or ():
            if camera not in known:
                raise UnknownName("camera", camera, known, f"{where}.cameras")
        _check_notes(rule, settings, where)
        _check_movement(rule, settings, where)


def check_said(recipe: RecipeSpec, spec: DatasetSpec, told: Told) -> None:
    """Raise UsageError if a task needs a field that the joined annotations never have."""
    fields = {name.partition(AT)[0] for name, steps in told.steps.items() if steps}
    for name, rule in recipe.tasks.items():
        for field in rule.noted:
            if field not in fields and not _is_own(field, spec):
                raise UsageError(
                    f'the task needs the field "{field}", but no annotation of a taken step has it',
                    where=f"recipe {recipe.name}, tasks.{name}",
                    got=", ".join(sorted(fields)) or "none",
                    hint="Give a table that has it, or use the field name of the table in the task.",
                )


def _is_own(field: str, spec: DatasetSpec) -> bool:
    """Return True if the dataset itself has the field."""
    return field == PLAN and bool(spec.language.plan)


def _check_notes(rule: TaskRule, settings: Settings, where: str) -> None:
    lacks = [field for field in rule.noted if not _is_own(field, settings.spec)]
    if lacks and not settings.annotations:
        raise UsageError(
            f'the task needs annotations for "{lacks[0]}"',
            where=where,
            hint="Give a table that has it: --annotations FILE (docs/annotations.md)."
            + (" A plan can also be made by a rule: plan_from: subgoal." if lacks[0] == PLAN else ""),
        )


def _check_movement(rule: TaskRule, settings: Settings, where: str) -> None:
    states = settings.spec.state.names if settings.spec.state else ()
    asked = MOVEMENT in rule.held or (PLAN in rule.held and rule.plan_from == MOVEMENT)
    if asked and not set(NAMES) & set(states):
        raise UsageError(
            "the task tells the motion of the arm by the state, which the schema does not declare"
            if not states
            else "the task tells the motion of the arm by the state, which has none of the dimensions for it",
            where=f"{where}, schema {settings.spec.name}, state.names",
            got=" ".join(states) or None,
            allowed=f"at least one of {' '.join(NAMES)}",
            hint="" if states else "Declare `state: {of: [...], encoding: ..., names: [...]}` in the schema.",
        )
