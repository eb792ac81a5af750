"""The trials of an evaluation, and their outcomes: OUT/trials.jsonl, one line for each trial, in the order in which they ended.

A killed process loses the trials that were in progress; an incomplete last line is removed.
"""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from vladata.errors import MalformedJson
from vladata.keys import seed_of
from vladata.spec.evaluation import EvaluationSpec

FILE = "trials.jsonl"


@dataclass(frozen=True, order=True)
class TrialId:
    """The identity of one trial of one policy."""

    policy: str
    suite: str
    seed: int
    number: int


@dataclass(frozen=True)
class Outcome:
    """The outcome of a trial.

    terminated: True if the policy ended it.
    steps:      the number of actions; each is the first of one answer of the policy.
    malformed:  True if an action was not finite.
    seconds:    the time of the policy, which is used only to report its speed."""

    trial: TrialId
    success: bool
    terminated: bool
    steps: int
    instruction: str
    malformed: bool
    seconds: float

    def to_json(self) -> str:
        """Return the outcome as a line of JSON."""
        plain = asdict(self)
        return json.dumps({**plain.pop("trial"), **plain})

    @classmethod
    def from_json(cls, line: str) -> "Outcome":
        """Return the outcome in a line from to_json. Raises ValueError, KeyError or TypeError for any other line."""
        said = json.loads(line)
        trial = TrialId(*(said.pop(each.name) for each in fields(TrialId)))
        made = cls(trial, **said)
        kinds = (
            trial.policy,
            trial.suite,
            trial.seed,
            trial.number,
            made.success,
            made.terminated,
            made.steps,
        )
        if [type(each) for each in kinds] != [str, str, int, int, bool, bool, int]:
            raise ValueError(f"a value has a wrong type: {line[:80]}")
        return made


def asked(spec: EvaluationSpec, suites: Iterable[str]) -> set[TrialId]:
    """Return every trial of an evaluation."""
    return {trial for group in groups(spec, suites, set()) for trial in group}


def groups(spec: EvaluationSpec, suites: Iterable[str], done: set[TrialId]) -> Iterator[list[TrialId]]:
    """Yield the trials that are left, in groups that one policy plays at the same time.

    The policies play the same trials in turn, in an order that is drawn for each group. So a change of the machine's speed during
    the evaluation concerns all policies."""
    for suite in suites:
        for seed in spec.seeds:
            for first in range(0, spec.trials, spec.together):
                numbers = range(first, min(spec.trials, first + spec.together))
                names = sorted(spec.policies, key=lambda name: seed_of(0, "turn", suite, seed, first, name))
                for name in names:
                    left = [t for n in numbers if (t := TrialId(name, suite, seed, n)) not in done]
                    if left:
                        yield left


def read(out: Path) -> list[Outcome]:
    """Return the stored outcomes, and remove an incomplete last line from the file.

    Raises MalformedJson for any other line that is not an outcome, and for a trial that appears twice."""
    file = out / FILE
    if not file.exists():
        return []
    data = file.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        os.truncate(file, len(whole))
    found: dict[TrialId, Outcome] = {}
    for number, line in enumerate(whole.split(b"\n")[:-1], 1):
        where = f"{file}:{number}"
        try:
            outcome = Outcome.from_json(line.decode())
        except (ValueError, TypeError, KeyError, AttributeError) as fault:
            raise MalformedJson(
                "the line is not an outcome of a trial", where=where, got=str(fault)
            ) from None
        if outcome.trial in found:
            raise MalformedJson("the trial appears twice", where=where, got=line[:120].decode())
        found[outcome.trial] = outcome
    return list(found.values())


def append(out: Path, outcomes: Iterable[Outcome]) -> None:
    """Append outcomes to the file, and sync it to the disk."""
    with (out / FILE).open("a", encoding="utf-8") as file:
        file.writelines(f"{each.to_json()}\n" for each in outcomes)
        file.flush()
        os.fsync(file.fileno())
