"""A finding: what was seen, what to do, and how much of the dataset it concerns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""Worst first. error: a model trained on it learns something wrong. warning: look at it. info: good to know."""

SHOWN = 5  # examples of a finding


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is probably wrong.

    kind:     stable identifier, "gripper-polarity".
    severity: error, warning or info.
    says:     what was seen, a sentence with numbers.
    advice:   what to do: an operation of a chain, a key of the schema, an option.
    evidence: the numbers behind it, by name.
    episodes: how many of the episodes that were looked at it concerns.
    steps:    how many of their steps.
    examples: ids of a few such episodes.
    """

    kind: str
    severity: Severity
    says: str
    advice: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    episodes: int = 0
    steps: int = 0
    examples: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the finding as `--json` prints it."""
        return {
            "kind": self.kind,
            "severity": self.severity,
            "says": self.says,
            "evidence": dict(self.evidence),
            "advice": self.advice,
            "episodes": self.episodes,
            "steps": self.steps,
            "examples": list(self.examples),
        }


@dataclass(slots=True)
class Tally:
    """A count of episodes and steps, with the first few ids."""

    episodes: int = 0
    steps: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, episode: str, steps: int) -> None:
        """Count one episode and `steps` of its steps."""
        self.episodes += 1
        self.steps += steps
        if len(self.examples) < SHOWN:
            self.examples.append(episode)

    def counts(self) -> dict[str, Any]:
        """Return the counts as the arguments of a Finding."""
        return {"episodes": self.episodes, "steps": self.steps, "examples": tuple(self.examples)}


def share(part: float, whole: float) -> float:
    """Return part / whole, 0 if whole is 0."""
    return float(part) / float(whole) if whole else 0.0


def percent(value: float) -> str:
    """Return 0.0312 as "3.1%"."""
    return f"{100 * value:.1f}%" if value < 0.1 else f"{100 * value:.0f}%"
