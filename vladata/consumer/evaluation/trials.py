"""Which trials an evaluation has, and what came of each: OUT/trials.jsonl, a line a trial, in the order in which they ended.

Who is killed has lost the trials that were under way: a last line that is cut is none.
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
class Trial:
    """One trial of one policy."""

    policy: str
    suite: str
    seed: int
    number: int


@dataclass(frozen=True)
class Outcome:
    """What came of a trial. terminated: whether the policy ended it.   steps: actions that were done, an answer each.

    malformed: whether an action was not finite.   seconds: that the policy took; no part of any result but the speed."""

    trial: Trial
    success: bool
    terminated: bool
    steps: int
    instruction: str
    malformed: bool
    seconds: float

    def to_json(self) -> str:
        """A line."""
        plain = asdict(self)
        return json.dumps({**plain.pop("trial"), **plain})

    @classmethod
    def from_json(cls, line: str) -> "Outcome":
        """What to_json gave. Raises ValueError, KeyError or TypeError for another line."""
        said = json.loads(line)
        trial = Trial(*(said.pop(each.name) for each in fields(Trial)))
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
            raise ValueError(f"values of other kinds than a trial has: {line[:80]}")
        return made


def asked(spec: EvaluationSpec, suites: Iterable[str]) -> set[Trial]:
    """Every trial of an evaluation."""
    return {trial for group in groups(spec, suites, set()) for trial in group}


def groups(spec: EvaluationSpec, suites: Iterable[str], done: set[Trial]) -> Iterator[list[Trial]]:
    """The trials that are left, those together that one policy plays at once. Policies take turns on the same trials, in an order
    that is drawn for each group, so that whatever changes meanwhile meets all of them."""
    for suite in suites:
        for seed in spec.seeds:
            for first in range(0, spec.trials, spec.together):
                numbers = range(first, min(spec.trials, first + spec.together))
                names = sorted(spec.policies, key=lambda name: seed_of(0, "turn", suite, seed, first, name))
                for name in names:
                    left = [t for n in numbers if (t := Trial(name, suite, seed, n)) not in done]
                    if left:
                        yield left


def read(out: Path) -> list[Outcome]:
    """The outcomes that are kept; a cut last line is taken away from the file. Raises MalformedJson for another that is none, or
    for a trial that stands there twice."""
    file = out / FILE
    if not file.exists():
        return []
    data = file.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        os.truncate(file, len(whole))
    found: dict[Trial, Outcome] = {}
    for number, line in enumerate(whole.split(b"\n")[:-1], 1):
        where = f"{file}:{number}"
        try:
            outcome = Outcome.from_json(line.decode())
        except (ValueError, TypeError, KeyError, AttributeError) as fault:
            raise MalformedJson("this is no outcome of a trial", where=where, got=str(fault)) from None
        if outcome.trial in found:
            raise MalformedJson("this trial stands there twice", where=where, got=line[:120].decode())
        found[outcome.trial] = outcome
    return list(found.values())


def append(out: Path, outcomes: Iterable[Outcome]) -> None:
    """Keep some more, durably."""
    with (out / FILE).open("a", encoding="utf-8") as file:
        file.writelines(f"{each.to_json()}\n" for each in outcomes)
        file.flush()
        os.fsync(file.fileno())
