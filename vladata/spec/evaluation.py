"""EvaluationSpec: policies tried in an environment, `schemas/evaluations/NAME.yaml` or your own file.

    name: mine
    environment: tabletop
    policies: {ours: runs/ours, theirs: runs/theirs, expert: expert}
    seeds: [0, 1, 2]
    pools: {unseen: [object, symbol]}

Paths are relative to the folder in which `vladata eval` is called.
"""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from vladata.spec.strict import FrozenMap, Line, Many, Name, Strict, repeated, unrepeated
from vladata.spec.together import Problem, check

Count = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0)]
Suites = Annotated[Many[Line], Field(min_length=1), AfterValidator(unrepeated)]


class PolicyRule(Strict):
    """A policy to try."""

    checkpoint: Line | Annotated[Many[Line], Field(min_length=1)]
    """A checkpoint or the folder of a run; or `expert` or `random`, policies of the environment; or ws://HOST:PORT of `vladata
    serve`; or a list of these, one for each seed."""
    dataset: Line | None = None
    """The dataset whose recipe and actions are used, for a model that learnt from several robot datasets."""


class EvaluationSpec(Strict):
    """Trials of policies: every policy in every suite, all on the same trials."""

    name: Name
    """The name by which the evaluation is selected."""
    environment: Line
    """A shipped adapter (tabletop, babyai, metaworld), or your own as "package.module:Class"."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """Arguments of the adapter."""
    policies: FrozenMap[Name, PolicyRule | Line]
    """Name -> a checkpoint, or a map with more keys."""
    suites: Suites | None = None
    """The suites of the environment that are tried; left out, all of them."""
    pools: FrozenMap[Name, Suites] | None = None
    """Name -> suites whose results are also reported together. All suites together are always reported, under the name `all`."""
    trials: Count = 100
    """The number of trials of each suite and seed."""
    seeds: Annotated[Many[Seed], Field(min_length=1)] = (0,)
    """The seeds of the trials."""
    together: Count = 50
    """The number of trials of a policy that run at once; the policy gets their observations as one batch."""
    films: Annotated[int, Field(ge=0)] = 1
    """The number of successes, and of failures, of each policy and suite that are kept as GIF, from the first trial on."""

    @check
    def _seeds_differ(self) -> Iterator[Problem]:
        for i, seed in repeated(map(str, self.seeds)):
            yield ("seeds", i), f'"{seed}" appears twice'

    @check
    def _checkpoints_for_seeds(self) -> Iterator[Problem]:
        count = len(self.seeds)
        for name, rule in self.rules().items():
            if not isinstance(rule.checkpoint, str) and len(rule.checkpoint) != count:
                got = f"got {len(rule.checkpoint)} checkpoints; allowed: one, or one for each of the {count} seeds"
                yield ("policies", name, "checkpoint"), got

    @check
    def _pools_have_names_of_their_own(self) -> Iterator[Problem]:
        if self.pools and "all" in self.pools:
            yield ("pools", "all"), "is the name of all suites together; choose another"

    def rules(self) -> dict[str, PolicyRule]:
        """Return name -> policy."""
        return {
            name: rule if isinstance(rule, PolicyRule) else PolicyRule(checkpoint=rule)
            for name, rule in self.policies.items()
        }

    def checkpoints(self, name: str) -> tuple[str, ...]:
        """Return the checkpoint of a policy for each seed."""
        said = self.rules()[name].checkpoint
        return (said,) * len(self.seeds) if isinstance(said, str) else said
