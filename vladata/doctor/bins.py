"""bins: the use that a recipe's bounds make of its codec's bins, counted over every step.

Bounds that come from another robot (those of RT-1, of a contract, or written by hand) may be far wider than the data: then
most bins are never used, and many different motions become one token. Or they are narrower: then motions are clipped.
`convert`, its dry run and `recipes check --source` say the same of their steps (vladata/index/clipping.py).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import pyarrow as pa

from vladata.actions.bounds import quantiles_of
from vladata.actions.protocol import Codec
from vladata.actions.statistics import Statistics
from vladata.doctor.bounds import cut_finding, refused
from vladata.doctor.facts import Subject
from vladata.doctor.finding import Finding
from vladata.errors import CodecError
from vladata.index.clipping import FEW_BINS, Clipping, bins_told, clipping, few_bins, remarks
from vladata.index.summary import summarise
from vladata.robot.chunks import chunks_of
from vladata.robot.sources import frequency
from vladata.robot.spelling import action_codec, learns
from vladata.selection.at_windows import at_windows
from vladata.spec.dataset import DatasetSpec
from vladata.spec.recipe import RecipeSpec
from vladata.transforms.windows import WindowRule, rule_of

Read = Callable[[Sequence[str]], Iterable[pa.Table]]
COLUMNS = ("numbers", "action")


@dataclass(frozen=True)
class RecipeBins:
    """A recipe whose codec is examined, and the windows of its samples."""

    recipe: RecipeSpec
    windows: WindowRule

    @property
    def bounds(self) -> object:
        """The bounds that the recipe asks for; None if its codec has no such setting."""
        return self.recipe.action.settings().get("bounds")


def recipe_bins(recipe: RecipeSpec, chain: str | None, spec: DatasetSpec, every: int) -> RecipeBins:
    """Return the recipe for an action chain, with its windows. every: how many recorded steps one taken step stands for."""
    rules = recipe.model_copy(update={"action": recipe.action.model_copy(update={"chain": chain})})
    return RecipeBins(rules, rule_of(recipe.windows, frequency(spec, every), spec.name))


def bins(subject: Subject, asked: RecipeBins, read: Read) -> Iterator[Finding]:
    """Yield a finding about the bins of all dimensions, and one for each that is clipped. `read` is called several times."""
    parts = partial(_spelled, read, asked.windows)
    names = {"action": subject.layout.names}
    statistics = summarise(parts, names, quantiles_of(asked.bounds))["action"].statistics
    if not statistics.count:
        return
    try:
        made = _codec(subject, asked, statistics, parts)
    except CodecError as fault:  # a conversion would say the same, and end
        yield refused("bins", fault, statistics.count)
        return
    found = clipping(made, statistics, parts)
    if used := found.bins(made):
        yield _used(asked.recipe, made, dict(zip(found.names, used, strict=True)), found)
    empty = {d for d, _, _ in few_bins(made, found)}
    for d, says in remarks(made, asked.bounds, statistics, found):
        if d not in empty:
            yield cut_finding("bins", d, says, found)


def _spelled(read: Read, windows: WindowRule) -> Iterator[pa.Table]:
    return (at_windows(part, windows) for part in read(COLUMNS))


def _codec(
    subject: Subject, asked: RecipeBins, statistics: Statistics, parts: Callable[[], Iterable[pa.Table]]
) -> Codec:
    recipe, windows = asked.recipe, asked.windows
    chunks = chunks_of(parts(), len(statistics.names), windows) if learns(recipe) else None
    return action_codec(subject.spec, recipe, windows, statistics, chunks)


def _used(recipe: RecipeSpec, made: Codec, used: dict[str, tuple[int, int]], found: Clipping) -> Finding:
    told = bins_told(used, found.as_json()["clipped"], found.steps)
    few = [found.names[d] for d, _, _ in few_bins(made, found)]
    says = f"With recipe {recipe.name} the actions use these bins: {told}."
    advice = "Nothing: no dimension that moves leaves most of its bins empty."
    if few:
        says += (
            f" Less than {FEW_BINS:.0%} of the bins are used by {', '.join(few)}: the bounds are much wider than the data, "
            "different motions become the same token, and a model can learn coarse motions only."
        )
        advice = (
            "Take the bounds from the data: action: {codec: rt2, bounds: quantiles} in the recipe. Fixed bounds are right only "
            "for a model that was trained with them, and then for data in its units: check them."
        )
    evidence = {
        "recipe": recipe.name,
        "codec": made.kind,
        "bins": {name: {"used": some, "of": whole} for name, (some, whole) in used.items()},
        "clipping": found.as_json(),
        "few": few,
    }
    return Finding("bins", "warning" if few else "info", says, advice, evidence, steps=found.steps)
