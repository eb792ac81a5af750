"""EvaluationSpec: policies tried in an environment, `schemas/evaluations/NAME.yaml` or a file of your own."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from vladata.spec.strict import FrozenMap, Line, Many, Name, Strict, unrepeated

Count = Annotated[int, Field(ge=1)]


class PolicyRule(Strict):
    """A policy that is tried."""

    checkpoint: Line
    """A checkpoint or a run's folder; or `expert` or `random`, the environment's own."""
    dataset: Line | None = None
    """Of a model that learnt from several robot datasets, whose recipe and actions it uses."""


class EvaluationSpec(Strict):
    """Trials of policies: each policy in each suite, all on the same trials."""

    name: Name
    """The name that it is asked for by."""
    environment: Line
    """An adapter that ships (tabletop, babyai), or "package.module:Class" of your own."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """What the adapter is made with."""
    policies: FrozenMap[Line, PolicyRule | Line]
    """Name -> a checkpoint, or more about it."""
    suites: Annotated[Many[Line], Field(min_length=1), AfterValidator(unrepeated)] | None = None
    """Suites of the environment; left out, all of them."""
    trials: Count = 100
    """Trials of each suite and seed."""
    seeds: Annotated[Many[int], Field(min_length=1)] = (0,)
    """Seeds of the trials."""
    together: Count = 50
    """Trials of a policy that run at once, its questions asked in one batch. Results do not depend on it."""
    films: Annotated[int, Field(ge=0)] = 1
    """Successes and failures of each policy and suite, each so many, that are kept as GIF: the first ones."""

    def rules(self) -> dict[str, PolicyRule]:
        """Name -> its policy."""
        return {
            name: rule if isinstance(rule, PolicyRule) else PolicyRule(checkpoint=rule)
            for name, rule in self.policies.items()
        }
