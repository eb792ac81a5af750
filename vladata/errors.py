"""Every error that vladata raises on purpose, in one tree.

    VladataError                 anything below; the command line prints it and exits with its exit_code
    ├── UsageError               the call itself is wrong (exit code 2)
    ├── MissingExtra             an optional dependency is not installed
    ├── SpecError                a schema, recipe or mixture is wrong: every problem at once, with its line
    │   └── UnknownName          no spec, split or codec of that name; the nearest names are offered
    ├── SourceError              the source cannot be read with these options
    │   ├── MissingFile          a file that must be there is not
    │   ├── UnsupportedFeature   a field that the native reader refuses to guess at
    │   ├── MissingKey           the schema names a key that the data does not have
    │   └── SourceChanged        the bytes are not those that were indexed
    ├── FormatError              the bytes do not follow their format
    │   ├── TruncatedRecord      the file ends inside a record
    │   ├── CorruptRecord        a checksum does not match
    │   ├── UnlistedEpisode      an episode in a file for which the metadata does not list it
    │   ├── MalformedExample     a record is not an episode, or differs from the dataset's own description
    │   ├── MalformedJson        a JSON file of the source or the output cannot be understood
    │   └── MalformedMessage     bytes that are not a message to or from a policy server
    ├── DataError                an episode, step or record is unfit; becomes a line of rejected.jsonl under its `reason`
    │   ├── NoSteps              an episode without steps
    │   ├── NotFinite            NaN or infinity in an action or state
    │   ├── EmptyInstruction     no words where an instruction should be
    │   ├── BadText              bytes that are not UTF-8
    │   ├── BadImage             bytes that are not an image, a cut image, or one over the pixel limit
    │   └── UnfitRecord          a record or step that cannot become a sample, for one of the reasons in Unfit
    ├── CodecError               actions or bins that a codec cannot take
    │   └── ParseError           model output that is not an action
    ├── OutputError              the output folder cannot be written, or its content is not valid
    │   ├── OutputExists         a finished dataset is there already
    │   ├── OutputBusy           another process is writing it
    │   ├── PlanDiffers          an unfinished run with other settings is there
    │   ├── NotADataset          the folder has no manifest
    │   ├── ChecksumMismatch     a file is not the one that the manifest or receipt describes
    │   └── LedgerUnbalanced     read is not written + filtered + rejected
    ├── LoadError                a sample cannot be loaded in training: its shard or its pixels are damaged
    ├── ContractMismatch         the data is not what a model was trained with: every difference
    ├── TrainingError            a training cannot go on: what it computes is not finite
    ├── ServerFault              a policy server was not reached, or gave no answer; `why` says which
    ├── PluginError              an installed package offers an entry that cannot be used, or whose name is taken
    └── WorkerFailed             a unit failed, or killed its worker, more often than allowed

An error is a value (vladata/explained.py): what is wrong, where, what was got, what is allowed, what to do next.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from vladata.explained import LISTED as LISTED
from vladata.explained import SHOWN_BYTES as SHOWN_BYTES
from vladata.explained import VladataError as VladataError
from vladata.explained import nearest as nearest
from vladata.explained import shown as shown


class UsageError(VladataError):
    """The call itself is wrong."""

    exit_code = 2


class MissingExtra(VladataError):
    """An optional dependency is not installed; the hint names the extra that brings it.

    `pip install` in a hint becomes the pip of this very interpreter: vladata is installed in it, from a wheel, a clone or an
    index, and its extras are added there.
    """

    def __init__(self, what: str, *, where: str = "", got: object = None, hint: str = "") -> None:
        hint = hint.replace("pip install", f"{sys.executable} -m pip install", 1)
        super().__init__(what, where=where, got=got, hint=hint)


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a spec file.

    line:  1-based line in the YAML, 0 when the fault has no line of its own.
    path:  dotted path of the value, "actions.chains.openvla[2].op".
    says:  what is wrong, with got, allowed and the nearest name.
    """

    line: int
    path: str
    says: str


class SpecError(VladataError):
    """A spec file is wrong: every problem at once, in the file's order."""

    exit_code = 2

    def __init__(self, file: str, problems: Sequence[Problem]) -> None:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__(count, where=file)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        width = max((len(p.path) for p in self.problems), default=0)
        lines = [
            f"  {f'line {p.line:<4} ' if p.line else ''}{p.path:<{width}}  {p.says}" for p in self.problems
        ]
        return "\n".join([f"{self.where}: {self.what}", *lines, *([f"  {self.hint}"] if self.hint else [])])


LISTING = {"schema": "schemas", "corpus": "corpora", "recipe": "recipes", "mixture": "mixtures"}
"""Kind of spec -> the group of commands that lists the shipped specs."""


class UnknownName(SpecError):
    """Nothing of that name; the nearest names are offered."""

    def __init__(self, kind: str, name: str, names: Sequence[str], where: str = "") -> None:
        hint = nearest(name, names)
        if kind in LISTING and len(names) > LISTED:
            hint += f" `vladata {LISTING[kind]} list` lists them."
        VladataError.__init__(self, f'there is no {kind} "{name}"', where=where, hint=hint)
        self.problems = ()

    def __str__(self) -> str:
        return VladataError.__str__(self)


class SourceError(VladataError):
    """The source cannot be read with these options."""


class MissingFile(SourceError):
    """A file that must be there is not."""


class UnsupportedFeature(SourceError):
    """A field that the native reader refuses to guess at."""


class MissingKey(SourceError):
    """The schema names a key that the data does not have."""


class SourceChanged(SourceError):
    """The bytes are not those that were indexed."""


class FormatError(VladataError):
    """The bytes do not follow their format."""

    reason = "corrupt_record"


class TruncatedRecord(FormatError):
    """The file ends inside a record."""

    reason = "truncated_file"


class CorruptRecord(FormatError):
    """A checksum does not match."""


class UnlistedEpisode(FormatError):
    """A file holds an episode that the dataset's metadata does not list for it."""

    reason = "unlisted_episode"


class MalformedExample(FormatError):
    """A record is not an episode, or differs from the dataset's own description."""

    reason = "malformed_example"


class MalformedJson(FormatError):
    """A JSON file cannot be understood."""


class MalformedMessage(FormatError):
    """The bytes are not a message of a robot or a policy server, or are a message beyond the limits."""


class DataError(VladataError):
    """One episode, step or record is unfit; it becomes a line of rejected.jsonl under `reason`."""

    reason = "unfit"


class NoSteps(DataError):
    """An episode without steps."""

    reason = "no_steps"


class NotFinite(DataError):
    """NaN or infinity in an action or state."""

    reason = "not_finite"


class EmptyInstruction(DataError):
    """No words where an instruction should be."""

    reason = "empty_instruction"


class BadText(DataError):
    """Bytes that are not UTF-8."""

    reason = "bad_text"


class BadImage(DataError):
    """Bytes that are not an image, a cut image, or one over the pixel limit."""

    reason = "bad_image"


# fmt: off
Unfit = Literal[
    "missing_text", "missing_image", "too_large", "duplicate_key", "malformed_record", "unmatched", "unsafe_name", "not_a_file",
    "unsayable",
]
# fmt: on
"""Reasons why a record of a web corpus cannot become a sample, explained in docs/corpora.md; "unsayable" in docs/recipes.md."""


class UnfitRecord(DataError):
    """A record of a web corpus, or a step, that cannot become a sample, for one of the reasons in Unfit."""

    def __init__(self, reason: Unfit, what: str, **slots: Any) -> None:
        super().__init__(what, **slots)
        self.reason = reason


class CodecError(VladataError):
    """Actions or bins that a codec cannot take."""


class ParseError(CodecError):
    """Model output that is not an action."""


class OutputError(VladataError):
    """The output folder cannot be written, or its content is not valid."""


class OutputExists(OutputError):
    """A finished dataset is there already."""


class OutputBusy(OutputError):
    """Another process is writing it."""


class PlanDiffers(OutputError):
    """An unfinished run with other settings is there."""


class NotADataset(OutputError):
    """The folder has no manifest."""


class ChecksumMismatch(OutputError):
    """A file is not the one that the manifest or receipt describes."""


class LedgerUnbalanced(OutputError):
    """Read is not written + filtered + rejected."""


class LoadError(VladataError):
    """A sample cannot be loaded; `where` gives its dataset, shard and key."""


class ContractMismatch(VladataError):
    """The data is not what a model was trained with; the message lists the differences."""


class TrainingError(VladataError):
    """A training cannot go on: what it computes is not finite."""


class ServerFault(VladataError):
    """A policy server was not reached, or gave no answer.

    why: "refused": no program listens there, or it accepts no connection; "handshake": the program is not a policy server;
    "no answer": none came in time; "lost": the connection ended before the answer; "error": the server reports a fault."""

    def __init__(self, what: str, *, why: str, where: str = "", got: object = None, hint: str = "") -> None:
        super().__init__(what, where=where, got=got, hint=hint)
        self.why = why


class PluginError(VladataError):
    """An installed package offers a codec, task or operation that cannot be used, or whose name is taken."""


class WorkerFailed(VladataError):
    """A unit failed, or killed its worker, more often than allowed."""
