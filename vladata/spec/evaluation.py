"""EvaluationSpec: policies tried in an environment, `schemas/evaluations/NAME.yaml` or a file of your own.

    name: mine
    environment: tabletop
    policies: {ours: runs/ours, theirs: runs/theirs, expert: expert}
    seeds: [0, 1, 2]
    pools: {unseen: [object, symbol]}

Paths are relative to the folder in which `vladata eval` is called.
"""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from vladata.spec.strict import FrozenMap, Line, Many, Name, Strict, repeated, says_all, unrepeated

Count = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0)]
Suites = Annotated[Many[Line], Field(min_length=1), AfterValidator(unrepeated)]


class PolicyRule(Strict):
    """A policy that is tried."""

    checkpoint: Line | Annotated[Many[Line], Field(min_length=1)]
    """A checkpoint or a run's folder; or `expert` or `random`, the environment's own; or ws://HOST:PORT, where `vladata serve`
    has it; or a list of such, one for each seed."""
    dataset: Line | None = None
    """Of a model that learnt from several robot datasets, whose recipe and actions it uses."""


class EvaluationSpec(Strict):
    """Trials of policies: each policy in each suite, all on the same trials."""

    name: Name
    """The name that it is asked for by."""
    environment: Line
    """An adapter that ships (tabletop, babyai, metaworld), or "package.module:Class" of your own."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """What the adapter is made with."""
    policies: FrozenMap[Name, PolicyRule | Line]
    """Name -> a checkpoint, or more about it."""
    suites: Suites | None = None
    """Suites of the environment; left out, all of them."""
    pools: FrozenMap[Name, Suites] | None = None
    """Name -> suites that are told together as well. All of them together always are, under the name `all`."""
    trials: Count = 100
    """Trials of each suite and seed."""
    seeds: Annotated[Many[Seed], Field(min_length=1)] = (0,)
    """Seeds of the trials."""
    together: Count = 50
    """Trials of a policy that run at once, its questions asked in one batch."""
    films: Annotated[int, Field(ge=0)] = 1
    """Successes and failures of each policy and suite, each so many, that are kept as GIF: those of the lowest numbers."""

    @model_validator(mode="after")
    def _is_of_one_piece(self) -> "EvaluationSpec":
        count = len(self.seeds)
        problems: list[tuple[tuple[str | int, ...], str]] = [
            (("seeds", i), f'"{seed}" stands there twice') for i, seed in repeated(map(str, self.seeds))
        ]
        for name, rule in self.rules().items():
            if not isinstance(rule.checkpoint, str) and len(rule.checkpoint) != count:
                got = f"got {len(rule.checkpoint)} checkpoints; allowed: one, or one for each of the {count} seeds"
                problems.append((("policies", name, "checkpoint"), got))
        if self.pools and "all" in self.pools:
            problems.append((("pools", "all"), "is the name of all suites together; take another"))
        says_all(problems)
        return self

    def rules(self) -> dict[str, PolicyRule]:
        """Name -> its policy."""
        return {
            name: rule if isinstance(rule, PolicyRule) else PolicyRule(checkpoint=rule)
            for name, rule in self.policies.items()
        }

    def checkpoints(self, name: str) -> tuple[str, ...]:
        """Of each seed the checkpoint that a policy plays with."""
        said = self.rules()[name].checkpoint
        return (said,) * len(self.seeds) if isinstance(said, str) else said
