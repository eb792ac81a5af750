"""The recipe that is wanted for each source of an output: one for all, or {source: recipe} for a mixture."""

import os
from collections.abc import Mapping, Sequence

from vladata.errors import UnknownName, UsageError
from vladata.loaders.rendering.stored import Stored, StoredRobot
from vladata.spec import find
from vladata.spec.recipe import RecipeSpec

Asked = str | os.PathLike[str] | RecipeSpec


def recipes_of(
    recipe: Asked | Mapping[str, Asked] | None, sources: Sequence[Stored]
) -> dict[str, RecipeSpec]:
    """Return source -> the recipe that is wanted for it, without sources that stay as they are.

    recipe: None gives every robot dataset with a task of several prompts its own recipe. Raises UnknownName for an unknown source
    or recipe; UsageError if there is nothing to do, or for another type of `recipe`.
    """
    if recipe is None:
        own = {
            source.name: source.recipe
            for source in sources
            if isinstance(source, StoredRobot)
            and any(len(rule.prompts) > 1 for rule in source.recipe.tasks.values())
        }
        if not own:
            raise UsageError(
                "no task of the samples' recipes has several prompts, so none can be drawn anew",
                got=", ".join(dict.fromkeys(source.recipe.name for source in sources)),
                hint="Give a recipe whose tasks have several prompts: recipe=...",
            )
        return own
    if not isinstance(recipe, Mapping):
        one = _found(recipe)
        return {source.name: one for source in sources}
    names = [source.name for source in sources]
    asked: dict[str, RecipeSpec] = {}
    for name, each in recipe.items():
        below = [known for known in names if known == name or known.startswith(f"{name}/")]
        if not below:
            raise UnknownName("source of the mixture", str(name), names)
        asked |= dict.fromkeys(below, _found(each))
    return asked


def _found(recipe: object) -> RecipeSpec:
    if isinstance(recipe, RecipeSpec):
        return recipe
    if not isinstance(recipe, str | os.PathLike):
        allowed = "a name, a path, a recipe, or {source: one of these}"
        raise UsageError("unknown kind of recipe", got=recipe, allowed=allowed)
    return find.recipe(os.fspath(recipe))
