"""Which trials an evaluation has, and what came of each: OUT/trials.jsonl, a line a trial, in the order in which they ended.

Who is killed has lost the trials that were under way: a last line that is cut is none.
"""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
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
    """What came of a trial. terminated: whether the policy ended it.   steps: actions that were done."""

    trial: Trial
    success: bool
    terminated: bool
    steps: int
    instruction: str

    def to_json(self) -> str:
        """A line."""
        plain = asdict(self)
        return json.dumps({**plain.pop("trial"), **plain})

    @classmethod
    def from_json(cls, line: str) -> "Outcome":
        """What to_json gave."""
        said = json.loads(line)
        trial = Trial(*(said.pop(name) for name in ("policy", "suite", "seed", "number")))
        return cls(trial, **said)


def groups(spec: EvaluationSpec, suites: Iterable[str], done: set[Trial]) -> Iterator[list[Trial]]:
    """The trials that are left, those together that one policy plays at once. Policies take turns, in an order that is drawn, so
    that whatever changes meanwhile meets all of them."""
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
    """The outcomes that are kept; a cut last line is taken away from the file. Raises MalformedJson for another that is none."""
    file = out / FILE
    if not file.exists():
        return []
    data = file.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        os.truncate(file, len(whole))
    found = []
    for number, line in enumerate(whole.decode().splitlines(), 1):
        try:
            found.append(Outcome.from_json(line))
        except (json.JSONDecodeError, TypeError, KeyError) as fault:
            raise MalformedJson(
                "this is no outcome of a trial", where=f"{file}:{number}", got=str(fault)
            ) from None
    return found


def append(out: Path, outcomes: Iterable[Outcome]) -> None:
    """Keep some more."""
    with (out / FILE).open("a", encoding="utf-8") as file:
        file.writelines(f"{each.to_json()}\n" for each in outcomes)
        file.flush()
        os.fsync(file.fileno())
