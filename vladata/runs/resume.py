"""The contents of an output folder, and the next step of a run there.

    manifest              a finished dataset      refused, or discarded with --overwrite
    manifest and job      a run that was killed between its manifest and its tidying: the same job tidies up and is done
    job                   an unfinished run       the same job continues; another is refused with the difference
    half set aside        a retry that was killed before its job was written: the rest is set aside first
    discard list          an interrupted removal: it is finished first
    anything else         files of the user       refused; vladata removes only files that it wrote

The folder is read once, into a value (Found); the next step is a pure function of that value and the wanted job. A removal begins
with one rename, or one write of the list of files to remove, so that it too can be killed at any moment.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import orjson

from vladata.errors import OutputError, OutputExists, PlanDiffers, shown
from vladata.formats.folder_kinds import kind_of_folder
from vladata.formats.kinds import HDF5, LEROBOT, PARQUET, TAR, TFDS, TFRECORD
from vladata.runs.aside import finish_setting_aside
from vladata.runs.job_file import (
    ANNOTATED,
    BEFORE,
    DIGEST,
    JOB,
    PLAN,
    VERSION,
    AnyJob,
    has_plan_of,
    open_plan,
    read_job,
    stamped,
    write_job,
)
from vladata.runs.receipts import RECEIPTS, unfinished
from vladata.shards.manifest import read_manifest
from vladata.shards.naming import MANIFEST, WORK, beside_shards, folders_beside
from vladata.shards.storage import Output

SOURCES = (TFDS, TFRECORD, LEROBOT, HDF5, TAR, PARQUET)
DISCARD = f"{WORK}/discard.json"
SHOWN = 10  # differences in an error
DERIVED = (
    "statistics",
    "contract",
    "clipping",
    "plan",
    "annotated",
    "texts",
    DIGEST,
    VERSION,
)  # parts of a job that are not settings


@dataclass(frozen=True, slots=True)
class Found:
    """The contents of an output folder.

    url:      the folder, for errors.
    finished: a manifest is there.
    begun:    a job is there, readable or not.
    job:      that job, stamped; None if there is none, or it cannot be read.
    planned:  exactly its plan is there.
    foreign:  the first file that vladata did not write, or ""; looked for only if the folder has nothing of vladata.
    held:     the kind of such a folder, "a TFDS dataset"; "" where it is not known.
    """

    url: str
    finished: bool = False
    begun: bool = False
    job: Mapping[str, Any] | None = None
    planned: bool = False
    foreign: str = ""
    held: str = ""


class NextStep(Enum):
    """The next step with a folder, before the units are begun."""

    TIDY_UP = "the dataset is finished; only the run's own files beside it are still there"
    GO_ON = "job and plan are there; the units that are not done are left"
    PLAN_AGAIN = "the job is there but its plan is not whole: both are written again, finished units are kept"
    BEGIN = "the folder is empty"
    REPLACE = "the contents are removed first"


def look(output: Output) -> Found:
    """Return the contents of the folder, after finishing an interrupted removal or setting aside."""
    _discard_listed(output)
    finish_setting_aside(output)
    return _found(output)


def refused_ahead(output: Output, overwrite: bool) -> Iterator[str]:
    """Yield a remark for a dry run if the folder is one that a real run refuses. Writes nothing."""
    try:
        refuse(_found(output), overwrite)
    except OutputExists as fault:
        yield f"Without --dry-run this is refused. {fault}"


def _found(output: Output) -> Found:
    finished, begun = output.read(MANIFEST) is not None, output.read(JOB) is not None
    job = read_job(output) if begun else None
    planned = job is not None and has_plan_of(output, job)
    names = [] if finished or begun else output.names()
    kind = kind_of_folder(names)
    held = kind.is_a if kind in SOURCES and kind else ""
    return Found(output.url, finished, begun, job, planned, (names or [""])[0], held)


def refuse(found: Found, overwrite: bool) -> None:
    """Raise OutputExists for a folder that no command with these settings may touch, before anything is planned."""
    if found.finished and found.job is None and not overwrite:
        raise _finished(found)
    if found.foreign:
        exchanged = f" This one holds {found.held}: are the source and OUT exchanged?" if found.held else ""
        raise OutputExists(
            "the folder holds files that vladata did not write",
            where=found.url,
            got=found.foreign,
            allowed="an empty or new folder, or an output of this command",
            hint=f"Choose another folder.{exchanged}",
        )


def decide(found: Found, job: Mapping[str, Any], overwrite: bool) -> NextStep:
    """Return the next step for the wanted, stamped job. Raises OutputExists or PlanDiffers if the folder cannot be used."""
    same = found.job is not None and found.job[DIGEST] == job[DIGEST]
    if found.finished and same:
        return NextStep.TIDY_UP
    if found.finished and not overwrite:
        raise _finished(found)
    if same:
        return NextStep.GO_ON if found.planned else NextStep.PLAN_AGAIN
    if found.job is not None and not overwrite:
        raise PlanDiffers(
            f"an unfinished run with other settings is here: {differences(found.job, job)}",
            where=found.url,
            hint="Give the same settings to continue it, or --overwrite to start again.",
        )
    return NextStep.REPLACE if found.finished or found.begun else NextStep.BEGIN


def settle(
    output: Output, found: Found, wanted: AnyJob, plan: bytes, overwrite: bool, beside: Mapping[str, bytes]
) -> list[int] | None:
    """Make the folder ready for the `wanted` job, and return the units that are left to do, or None if it is finished."""
    job = stamped(wanted)
    step = decide(found, job, overwrite)
    if step is NextStep.TIDY_UP:
        return None
    if step is NextStep.REPLACE:
        discard(output, found)
    output.tidy()
    if step is not NextStep.GO_ON:
        write_job(output, job, plan, beside)
    return unfinished(output, len(open_plan(output)))


def _finished(found: Found) -> OutputExists:
    return OutputExists(
        "a finished dataset is here already",
        where=found.url,
        hint="Choose another folder, or replace it with --overwrite.",
    )


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Return the settings in which two jobs differ, "layout.seed: 0 there, 1 here", at most 10 of them."""
    there, here = _settings(before), _settings(now)
    changed = [name for name in dict.fromkeys([*there, *here]) if there.get(name) != here.get(name)]
    if not changed:
        return "the settings are equal, but the source has changed"
    told = [f"{n}: {_told(there.get(n))} there, {_told(here.get(n))} here" for n in changed[:SHOWN]]
    more = [f"and {len(changed) - SHOWN} more"] if len(changed) > SHOWN else []
    return "; ".join(told + more)


def _settings(job: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a job; its other parts follow from them and from the source."""
    return {name: value for name, value in _flat("", job) if name.partition(".")[0] not in DERIVED}


def _told(value: object) -> str:
    return "nothing" if value is None else shown(value)


def _flat(prefix: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat(f"{prefix}.{name}" if prefix else name, inner)
    else:
        yield prefix, value


def discard(output: Output, found: Found) -> None:
    """Remove the dataset or unfinished run that was found, and nothing that it did not write."""
    paths = _manifest_files(output) if found.finished else _planned_files(output, found)
    output.write(DISCARD, [orjson.dumps([MANIFEST, *paths])], durable=True)
    _discard_listed(output)


def _manifest_files(output: Output) -> list[str]:
    try:
        return [entry.path for entry in read_manifest(output).entries]
    except OutputError as fault:
        raise OutputExists(
            "the manifest here is damaged or of another version, so its files are not known",
            where=output.url,
            hint="Remove the folder yourself, or choose another.",
        ) from fault


def _planned_files(output: Output, found: Found) -> list[str]:
    if found.job is None or not found.planned:
        raise OutputExists(
            "the unfinished run here is damaged, or of another version, so its files are not known",
            where=output.url,
            hint="Remove the folder yourself, or choose another.",
        )
    plan = open_plan(output)
    shards = [shard.path for number in range(len(plan)) for shard in plan.shards(number)]
    fmt = found.job["layout"]["format"]
    further = [path for folder in folders_beside(fmt) for path in output.names(folder)]
    return [*shards, *beside_shards(fmt), *further]  # a commit may have begun


def _discard_listed(output: Output) -> None:
    listed = output.read(DISCARD)
    if listed is None:
        return
    for path in orjson.loads(listed):
        output.remove(path)
    beside = (f"{WORK}/tmp", RECEIPTS, BEFORE, ANNOTATED, PLAN, JOB)  # the index of a remote output is in use
    for path in beside:
        output.remove(path)
    output.remove(DISCARD)
