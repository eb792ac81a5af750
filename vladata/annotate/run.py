"""The whole of `vladata annotate`: ask a model about the taken episodes, and write its answers as an annotation table.

    FILE                  the table, in the order of the source
    FILE.failed.jsonl     a line for each episode without a valid answer, with the reason
    FILE.answers.jsonl    every answer in full (journal.py): the same command continues from it

Memory holds 200 bytes per episode; the answers are read again from their file when the table is written.
"""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from vladata import keys
from vladata.annotate.answer import rows_of
from vladata.annotate.inquiry import ANSWERED, KEPT, Inquiry, Patience, Posed, Spent
from vladata.annotate.journal import Journal
from vladata.annotate.model import Model, Query
from vladata.annotate.question import COLUMNS, Asker
from vladata.annotations.row import Row
from vladata.annotations.table import check_name, table_bytes
from vladata.errors import DataError, FormatError, OutputError, SourceChanged, UsageError
from vladata.progress import Progress
from vladata.robot.sources import Sources
from vladata.spec.question import QuestionSpec

ANSWERS, FAILED = ".answers.jsonl", ".failed.jsonl"
NAMES = {"episode": "episode", "content": "content", "episode_key": "key"}
"""Name of an episode in rows -> its column of the index."""
GOOD = (ANSWERED, KEPT)


@dataclass(frozen=True, slots=True)
class AskedEpisode:
    """An episode. name: its name in rows.   steps: number of RLDS steps.   key: its answers are kept under this key; empty if
    there is no question about it."""

    episode: str
    name: str
    steps: int
    key: bytes = b""


@dataclass
class Surveyed:
    """The results for all episodes.

    results: result or reason -> number of episodes.   spent: the requests of this run.   rows: number of rows in the table.
    """

    episodes: int = 0
    rows: int = 0
    results: Counter[str] = field(default_factory=Counter)
    spent: Spent = field(default_factory=Spent)
    failed: list[dict[str, Any]] = field(default_factory=list)


def annotate(
    sources: Sources,
    asker: Asker,
    model: Model,
    out: str,
    limits: Patience = Patience(),  # noqa: B008, it cannot be changed
    by: str = "episode",
    quiet: bool = True,
) -> Surveyed:
    """Ask `model` about every taken episode, and write the table `out`. by: the name of an episode in rows, one of NAMES.

    If it is killed at any moment, the same call continues. Raises OutputBusy while another process writes the same table, and
    SourceError if the model never answers.
    """
    if "://" in out:
        raise UsageError("answers must be kept on a disk of this machine", got=out, allowed="a path")
    check_name(out)
    found, listed = Surveyed(), _Episodes(sources, asker, model, by)
    with Journal(out + ANSWERS) as journal:
        inquiry = Inquiry(model, journal, limits)
        found.spent = inquiry.spent
        total = sum(_having_steps(part) for part in sources.taken(("numbers",)))
        with Progress("Annotate", "episodes", total, lambda: found.results.total(), quiet):
            failed: dict[int, tuple[str, str]] = {}
            for outcome in inquiry(listed.questions(found.results, failed)):
                found.results[outcome.result] += 1
                if outcome.result not in GOOD:
                    failed[outcome.number] = outcome.result, outcome.says
        found.episodes = len(listed.episodes)
        found.failed = [
            {"episode": listed.episodes[n].episode, "reason": reason, "says": says}
            for n, (reason, says) in sorted(failed.items())
        ]
        rows = listed.rows(journal, failed, asker.question)
        _write(out, _counted(table_bytes(rows, out), listed, found))
    _write(out + FAILED, (orjson.dumps(line) + b"\n" for line in found.failed))
    return found


class _Episodes:
    """The episodes in the order of the source, collected while they are asked about."""

    def __init__(self, sources: Sources, asker: Asker, model: Model, by: str) -> None:
        self.sources, self.asker, self.by = sources, asker, by
        self.identity = keys.digest([dict(model.identity), asker.question.model_dump(mode="json")])
        self.dataset = sources.source.info.name
        self.episodes: list[AskedEpisode] = []
        self.written = 0

    def questions(self, results: Counter[str], failed: dict[int, tuple[str, str]]) -> Iterator[Posed]:
        """Yield the questions; note the reason in `results` and `failed` for an episode that cannot be asked about."""
        for row in _taken(self.sources):
            number, name, steps = len(self.episodes), row[NAMES[self.by]], row["steps"]
            try:
                if not name:
                    hint = "Check that the schema has episode_key, and the data its fields."
                    raise DataError(f"the episode has no {self.by}", where=row["episode"], hint=hint)
                asked = self.asker(row)
            except (DataError, FormatError, SourceChanged) as fault:
                self.episodes.append(AskedEpisode(row["episode"], name, steps))
                reason = getattr(fault, "reason", "changed")
                results[reason] += 1
                failed[number] = reason, str(fault)
                continue
            key = self.key(asked)
            self.episodes.append(AskedEpisode(row["episode"], name, steps, key))
            yield Posed(number, key, _check(self.asker.question, steps), asked)

    def key(self, asked: Query) -> bytes:
        """Return the key of a question's answers, from model, settings, words and pictures, but not the episode's name."""
        state = sha256(self.identity.encode())
        for piece in (asked.prompt.encode(), *asked.images):
            state.update(len(piece).to_bytes(8, "little"))
            state.update(piece)
        return state.digest()[:16]

    def rows(
        self, journal: Journal, failed: Mapping[int, tuple[str, str]], question: QuestionSpec
    ) -> Iterator[Row]:
        """Yield the rows of the table, from the answers that are kept."""
        told: set[str] = set()
        for number, episode in enumerate(self.episodes):
            # Copies of an episode have the same content, so the rows of one hold for all.
            if number in failed or (self.by == "content" and episode.name in told):
                continue
            told.add(episode.name)
            answer = journal.last(episode.key)
            assert answer is not None, "it was answered"
            for row in rows_of(answer.text, question, episode.steps):
                self.written += 1
                named = {"dataset": self.dataset, "episode": "", "content": "", "episode_key": ""}
                yield {**named, self.by: episode.name, **row, "camera": ""}


def _check(question: QuestionSpec, steps: int) -> Any:
    return lambda text: rows_of(text, question, steps)


def _taken(sources: Sources) -> Iterator[dict[str, Any]]:
    """Yield the rows of the index for episodes with a taken step."""
    for part in sources.taken(COLUMNS):
        for row in part.select([*COLUMNS, "corrected"]).to_pylist():
            if row["numbers"]:
                yield row


def _having_steps(part: pa.Table) -> int:
    return int(pc.sum(pc.greater(pc.list_value_length(part["numbers"]), 0)).as_py() or 0)


def _counted(pieces: Iterator[bytes], listed: _Episodes, found: Surveyed) -> Iterator[bytes]:
    yield from pieces
    found.rows = listed.written


def _write(path: str, pieces: Iterator[bytes]) -> None:
    """Write a file under a temporary name until it is whole."""
    temporary = f"{path}.{os.getpid()}.part"
    try:
        with open(temporary, "wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as fault:
        why = os.strerror(fault.errno) if fault.errno else str(fault)
        raise OutputError(f"cannot write the table: {why}", where=path) from fault
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)
