"""The columns of the steps and of the episodes of an output, by schema, recipe and source."""

from collections.abc import Sequence
from dataclasses import dataclass

from vladata.index.about import about
from vladata.robot.job import Job
from vladata.robot.picturing import cameras
from vladata.robot.sources import strides
from vladata.shards.episodes.stretch import INSTRUCTION, NOTES, PLAN, Columns
from vladata.sources.features import Leaf
from vladata.sources.source import Source
from vladata.spec.dataset import DatasetSpec
from vladata.spec.recipe import RecipeSpec

REWARD, DISCOUNT = "reward", "discount"
ABOUT = "episode_metadata/"
OWN = {
    "source_episode": "string",
    "source_file": "string",
    "first_step": "int64",
    "piece": "int64",
    "pieces": "int64",
    "final_observation": "string",
}
"""The metadata of every episode that is written -> its dtype."""
SUCCESS = f"{ABOUT}success"
RECORDED, REPEATED = "recorded", "repeated"


@dataclass(frozen=True)
class Rule:
    """The rule by which episodes are written: the fields of a Job that matter for it. A manifest has these fields too."""

    spec: DatasetSpec
    recipe: RecipeSpec
    chain: str
    every: int

    @classmethod
    def of(cls, job: Job) -> "Rule":
        """Return the rule of a job."""
        return cls(job.spec, job.recipe, job.chain, job.every)

    @property
    def gap(self) -> int:
        """The number of recorded steps that one step of an episode stands for."""
        return self.every * strides(self.spec.chain(self.chain))

    @property
    def cameras(self) -> dict[str, str]:
        """Name of a picture -> the schema's camera."""
        return cameras(self.spec, self.recipe)


def columns_of(rule: Rule, source: Source, notes: Sequence[str]) -> Columns:
    """Return the columns of stretches written by a rule. notes: the names of the fields of annotation tables."""
    planned = [PLAN] if rule.spec.language.plan is not None else []
    carried = {
        name: _dtype(source.columns[name]) for name in source.values if _is_plain(source.columns[name])
    }
    told: dict[str, str] = {SUCCESS: "int64"} if about(source, rule.spec).tells_success else {}
    return Columns(
        tuple(rule.cameras),
        len(rule.spec.chain(rule.chain).names),
        len(rule.spec.state.names) if rule.spec.state else 0,
        (INSTRUCTION, *planned, *(NOTES + name for name in notes)),
        (DISCOUNT, *([REWARD] if is_number(source, REWARD) else [])),
        {**told, **carried, **{ABOUT + name: dtype for name, dtype in OWN.items()}},
    )


def _is_plain(leaf: Leaf) -> bool:
    """Return True if a value of an episode as a whole is one text or one number."""
    return (
        leaf.kind in ("text", "number")
        and not leaf.shape
        and not leaf.lengths
        and leaf.encoding in ("", "none")
    )


def is_number(source: Source, name: str) -> bool:
    """Return True if each step has one number called `name`."""
    leaf = source.columns.get(name)
    return (
        leaf is not None
        and leaf.per_step
        and leaf.kind == "number"
        and not leaf.shape
        and len(leaf.lengths) == 1
    )


def _dtype(leaf: Leaf) -> str:
    return "string" if leaf.kind == "text" else leaf.dtype
