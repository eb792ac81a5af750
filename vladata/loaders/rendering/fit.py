"""A check that a recipe can be rendered from samples that another recipe made of a robot dataset, before a sample is read.

The rendered samples equal the samples that the conversion with the recipe would have written at the same steps, including the
digest of their action contract. If the recipe needs more than a sample and the manifest, one error lists everything that is
missing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from vladata.actions.bounds import quantiles_of
from vladata.actions.protocol import Codec
from vladata.actions.statistics import Statistics
from vladata.errors import CodecError, UsageError
from vladata.loaders.rendering.fit_images import images_of
from vladata.loaders.rendering.fit_tasks import TaskFit, fit_task
from vladata.loaders.rendering.fit_windows import lost_windows, measured_alike
from vladata.loaders.rendering.kept_text import lost
from vladata.loaders.rendering.pairing import Pairing, pairing_of
from vladata.loaders.rendering.stored import StoredRobot
from vladata.robot.sources import frequency
from vladata.robot.spelling import action_codec, contract_of, learns, state_codec
from vladata.spec.images import ImageRule
from vladata.spec.recipe import RecipeSpec
from vladata.transforms.windows import WindowRule, rule_of

AGAIN = "Convert the dataset again with this recipe."


@dataclass(frozen=True)
class RecipeFit:
    """The way to turn the samples of one source into the samples of a recipe.

    rule, codec, state: of the recipe's windows, actions and states.
    contract, statistics: of the rendered samples.
    pictures: the rule by which images are resized while they are loaded; None if they stay as they are stored.
    pairing:  the task of each sample.
    tasks:    (stored task, asked task) -> the way from one to the other.
    """

    source: StoredRobot
    recipe: RecipeSpec
    rule: WindowRule
    codec: Codec
    state: Codec | None
    contract: Mapping[str, Any]
    statistics: Mapping[str, Any]
    pictures: ImageRule | None
    pairing: Pairing
    tasks: Mapping[tuple[str, str], TaskFit]


def fit(
    source: StoredRobot, recipe: RecipeSpec, own_images: bool = False, *, prompts_alone: bool = False
) -> RecipeFit:
    """Return the way to turn samples of a source into the samples of a recipe.

    own_images:    True if the caller gives the rule for images, and not the recipe.
    prompts_alone: True to turn only samples of tasks with several prompts.

    Raises UsageError, which lists everything that the recipe needs and the stored samples do not have.
    """
    problems = list(_apart(source, recipe))
    rule = rule_of(recipe.windows, frequency(source.spec, source.every), source.spec.name)
    problems += lost_windows(source.rule, rule)
    images, pictures, says = images_of(source, recipe, own_images)
    problems += says
    pairing, says = pairing_of(source, recipe, rule)
    problems += says
    tasks: dict[tuple[str, str], TaskFit] = {}
    for stored, asked in pairing.pairs if pairing else ():
        if prompts_alone and len(recipe.tasks[asked].prompts) == 1:
            continue
        found, says = fit_task(source, stored, recipe, asked)
        problems += [line for line in says if line not in problems]
        if found:
            tasks[stored, asked] = found
    spelling, state, says = _codecs(source, recipe, rule) if not problems else (None, None, [])
    problems += says
    if problems or spelling is None or pairing is None:
        raise _refusal(source, recipe, problems)
    contract = contract_of(source.spec, recipe, rule, spelling, state, source.every, images)
    return RecipeFit(
        source, recipe, rule, spelling, state, contract, source.statistics, pictures, pairing, tasks
    )


def _refusal(source: StoredRobot, recipe: RecipeSpec, problems: list[str]) -> UsageError:
    what = f"the samples were made by recipe {source.recipe.name}, and lack something that recipe {recipe.name} needs"
    listed = problems[0] if len(problems) == 1 else "".join(f"\n    {line}" for line in problems)
    return UsageError(f"{what}: {listed}", where=source.name, hint=AGAIN)


def _apart(source: StoredRobot, recipe: RecipeSpec) -> Iterator[str]:
    """Yield the differences between two recipes in their steps, actions and instructions."""
    stored, default = source.recipe, source.spec.actions.default
    if recipe.select != stored.select:
        yield "it takes other episodes or steps (select)"
    chain = recipe.action.chain or default
    if chain not in source.spec.actions.chains:
        yield f"the schema has no action chain {chain} (action.chain)"
    elif chain != (stored.action.chain or default):
        yield f"its action chain is {chain}, but the stored actions have {stored.action.chain or default} (action.chain)"
    if says := lost(stored.instruction, recipe.instruction):
        yield says
    if recipe.state is not None and source.spec.state is None:
        yield "it spells the state, but the samples have none (state)"


def _codecs(
    source: StoredRobot, recipe: RecipeSpec, rule: WindowRule
) -> tuple[Codec | None, Codec | None, list[str]]:
    """Return the codecs of actions and states, made by the statistics of the manifest, or the reasons why there are none."""
    try:
        asked = quantiles_of(recipe.action.settings().get("bounds"))
        action, states = (_with(source.measured(column), asked) for column in ("action", "state"))
        same = source.recipe.action == recipe.action and source.codec.chunk == rule.chunk
        if same and source.codec.shorter == (rule.tail == "truncate"):
            spelling = source.codec
        elif learns(recipe) and recipe.action.settings().get("from") is None:
            says = f"codec {recipe.action.codec} learns from all chunks of the dataset, which are not in the manifest"
            return None, None, [says]
        else:
            spelling = action_codec(source.spec, recipe, rule, action)
        state = state_codec(recipe, states)
    except (UsageError, CodecError) as fault:
        return None, None, [f"{fault.what}" + (f"; got {fault.got}" if fault.got else "")]
    problems = [
        f"the stored statistics of the {column} come from other steps than the recipe's windows (windows)"
        for column, codec in (("action", spelling), ("state", state))
        if codec is not None and codec.statistics is not None and not measured_alike(source, rule, column)
    ]
    return spelling, state, problems


def _with(statistics: Statistics, quantiles: tuple[float, ...]) -> Statistics:
    """Return the statistics with these quantiles in addition to the usual ones."""
    return replace(statistics, quantiles=tuple(map(statistics.quantile, quantiles)))
