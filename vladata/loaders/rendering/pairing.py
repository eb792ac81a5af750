"""The task of a stored sample in another recipe.

    several tasks of every step, in both recipes   by name: the names must be the same
    shares, the same in both recipes               by name
    one sample per step, the recipe has one task   that task for all
    one sample per step, the recipe has shares     dealt as at conversion, by the number of the step in its split (dealt_again.py)

Other recipes would need another number of samples per step, and are refused.
"""

from dataclasses import dataclass

from vladata.language.tasks.deal import Deal, deal_of
from vladata.loaders.rendering.dealt_again import Numbers, numbers_of
from vladata.loaders.rendering.fit_windows import stands_alike
from vladata.loaders.rendering.stored import StoredRobot
from vladata.spec.recipe import RecipeSpec
from vladata.spec.tasks import TaskRule
from vladata.transforms.windows import WindowRule

ALWAYS = frozenset(("instruction", "action", "state"))


@dataclass(frozen=True)
class Pairing:
    """Pairs of tasks. pairs: (stored task, asked task) that occur.   deal, numbers: if tasks are dealt again, else None."""

    pairs: tuple[tuple[str, str], ...]
    deal: Deal | None = None
    numbers: Numbers | None = None


def pairing_of(source: StoredRobot, recipe: RecipeSpec, rule: WindowRule) -> tuple[Pairing | None, list[str]]:
    """Return the pairing, or None and the reasons why there is none."""
    stored = source.recipe
    ours, theirs = list(recipe.tasks), list(stored.tasks)
    shares, before = ({n: t.share for n, t in each.tasks.items()} for each in (recipe, stored))
    by_name = Pairing(tuple((name, name) for name in ours))
    if _one_a_step(recipe) != _one_a_step(stored):
        many = [f"{1 if _one_a_step(each) else len(each.tasks)}" for each in (recipe, stored)]
        return None, [f"it makes {many[0]} samples of each step, but {many[1]} are stored (tasks)"]
    if not _one_a_step(recipe):
        if set(ours) != set(theirs):
            return None, [
                f"its tasks are {', '.join(ours)}, but the stored ones are {', '.join(theirs)} (tasks)"
            ]
        return by_name, []
    if recipe.dealt and shares == before and ours == theirs:
        if any(_may_lack(recipe.tasks[name]) != _may_lack(stored.tasks[name]) for name in ours):
            return None, [
                "tasks take turns among those that have words for a step, and its tasks need other words (tasks)"
            ]
        return by_name, []
    every = Pairing(tuple((name, asked) for asked in ours for name in theirs))
    if not recipe.dealt:
        return every, []
    if not stands_alike(source.rule, rule):
        return None, [
            "shares are dealt by counting samples, but its windows are at other steps (tasks, windows)"
        ]
    numbers, says = numbers_of(source, recipe)
    return Pairing(every.pairs, deal_of(shares), numbers), says


def _one_a_step(recipe: RecipeSpec) -> bool:
    return recipe.dealt or len(recipe.tasks) == 1


def _may_lack(rule: TaskRule) -> frozenset[str]:
    """Return the places of a task for which a step may have no words."""
    settings = rule.settings()
    known = {"success"} if rule.kind == "success" and settings["done"] == settings["undone"] else set()
    return rule.held - ALWAYS - known
