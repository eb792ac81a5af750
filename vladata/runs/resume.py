"""What is already in an output folder, and what to do about it.

    manifest              a finished dataset      refused, or discarded with --overwrite
    manifest and job      a run that was killed between its manifest and its tidying: the same job tidies up and is done
    job                   an unfinished run       the same job goes on; another is refused with the difference
    half set aside        a retry that was killed before its job was written: what is left is set aside first
    discard list          a discarding that was interrupted: it is finished first
    anything else         somebody's own files    refused; vladata removes only what it wrote

The folder is looked at once, into a value (Found); what to do is a pure function of that value and the job that is wanted.
Discarding begins with one rename or write of the list of what is to go, so that it too can be killed at any moment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import orjson

from vladata.errors import OutputError, OutputExists, PlanDiffers, shown
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
from vladata.shards.naming import MANIFEST, WORK, beside_shards
from vladata.shards.storage import Output

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
)  # parts of a job that nobody chooses


@dataclass(frozen=True, slots=True)
class Found:
    """What lies in an output folder.

    url:      the folder, for errors.
    finished: a manifest is there.
    begun:    a job is there, whether or not it can be read.
    job:      that job, stamped; None if there is none that can be read.
    planned:  its plan is there, to the byte.
    foreign:  the first file that is none of ours, "" where there is none; asked only where nothing of ours is.
    """

    url: str
    finished: bool = False
    begun: bool = False
    job: Mapping[str, Any] | None = None
    planned: bool = False
    foreign: str = ""


class NextStep(Enum):
    """What to do with a folder before the units are begun."""

    TIDY_UP = "the dataset is finished; only what the run kept beside it is still there"
    GO_ON = "job and plan are there; units that are not done yet are left"
    PLAN_AGAIN = "the job is there and its plan is not whole: both are written again, what is done stays"
    BEGIN = "nothing is there"
    REPLACE = "what is there is discarded first"


def look(output: Output) -> Found:
    """Look at the folder, after finishing a discarding or a setting aside that was interrupted."""
    _discard_listed(output)
    finish_setting_aside(output)
    finished, begun = output.read(MANIFEST) is not None, output.read(JOB) is not None
    job = read_job(output) if begun else None
    planned = job is not None and has_plan_of(output, job)
    foreign = "" if finished or begun else next(iter(output.names()), "")
    return Found(output.url, finished, begun, job, planned, foreign)


def refuse(found: Found, overwrite: bool) -> None:
    """Raise OutputExists for what no command of these settings may touch, before anything is planned."""
    if found.finished and found.job is None and not overwrite:
        raise _finished(found)
    if found.foreign:
        raise OutputExists(
            "the folder holds files that vladata did not write",
            where=found.url,
            got=found.foreign,
            allowed="an empty or new folder, or an output of this command",
            hint="Choose another folder.",
        )


def decide(found: Found, job: Mapping[str, Any], overwrite: bool) -> NextStep:
    """Return what to do for the stamped job that is wanted. Raises OutputExists or PlanDiffers for what is in its way."""
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
            hint="Give the same settings to go on with it, or --overwrite to start anew.",
        )
    return NextStep.REPLACE if found.finished or found.begun else NextStep.BEGIN


def settle(
    output: Output, found: Found, wanted: AnyJob, plan: bytes, overwrite: bool, beside: Mapping[str, bytes]
) -> list[int] | None:
    """Make the folder ready for the job that is `wanted`: the units that are left to do, or None when it is finished."""
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
        return "the settings are the same, the source is not"
    told = [f"{n}: {_told(there.get(n))} there, {_told(here.get(n))} here" for n in changed[:SHOWN]]
    more = [f"and {len(changed) - SHOWN} more"] if len(changed) > SHOWN else []
    return "; ".join(told + more)


def _settings(job: Mapping[str, Any]) -> dict[str, Any]:
    """What somebody chose; the rest of a job follows from it and the source."""
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
            "the manifest here is damaged or of another version, so that what belongs to it is not known",
            where=output.url,
            hint="Remove the folder yourself, or choose another.",
        ) from fault


def _planned_files(output: Output, found: Found) -> list[str]:
    if found.job is None or not found.planned:
        raise OutputExists(
            "the unfinished run here is damaged, or of another version, so that what belongs to it is not known",
            where=output.url,
            hint="Remove the folder yourself, or choose another.",
        )
    plan = open_plan(output)
    shards = [shard.path for number in range(len(plan)) for shard in plan.shards(number)]
    return [*shards, *beside_shards(found.job["layout"]["format"])]  # a commit may have begun


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
