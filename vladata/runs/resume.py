"""What is already in an output folder, and what to do about it.

    manifest              a finished dataset      refused, or discarded with --overwrite
    manifest and job      a run that was killed between its manifest and its tidying: the same job tidies up and is done
    job                   an unfinished run       the same job goes on; another is refused with the difference
    discard list          a discarding that was interrupted: it is finished first
    anything else         somebody's own files    refused; vladata removes only what it wrote

Discarding begins with one rename or write of the list of what is to go, so that it too can be killed at any moment.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from vladata.errors import OutputError, OutputExists, PlanDiffers, shown
from vladata.runs.job_file import (
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
DERIVED = ("statistics", "contract", "plan", DIGEST, VERSION)  # parts of a job that nobody chooses


def refuse_finished(output: Output, overwrite: bool) -> None:
    """Finishes an interrupted discarding, then raises OutputExists for what this command may not touch."""
    _discard_listed(output)
    finished = output.read(MANIFEST) is not None
    begun = output.read(JOB) is not None
    if finished and read_job(output) is None and not overwrite:
        raise _finished(output)
    if finished or begun:
        return
    foreign = output.names()
    if foreign:
        raise OutputExists(
            "the folder holds files that vladata did not write",
            where=output.url,
            got=foreign[0],
            allowed="an empty or new folder, or an output of this command",
            hint="Choose another folder.",
        )


def _finished(output: Output) -> OutputExists:
    return OutputExists(
        "a finished dataset is here already",
        where=output.url,
        hint="Choose another folder, or replace it with --overwrite.",
    )


def settle(output: Output, wanted: AnyJob, plan: bytes, overwrite: bool) -> list[int] | None:
    """Makes the folder ready for the job that is `wanted`: the units that are left to do, or None when it is finished."""
    job = stamped(wanted)
    before, begun = read_job(output), output.read(JOB) is not None
    finished = output.read(MANIFEST) is not None
    same = before is not None and before[DIGEST] == job[DIGEST]
    if finished and same:
        return None
    if finished and not overwrite:
        raise _finished(output)
    if before is not None and not same and not overwrite:
        raise PlanDiffers(
            f"an unfinished run with other settings is here: {differences(before, job)}",
            where=output.url,
            hint="Give the same settings to go on with it, or --overwrite to start anew.",
        )
    if (finished or begun) and not same:
        discard(output)
    output.tidy()
    if not same or not has_plan_of(output, job):
        write_job(output, job, plan)
    return unfinished(output, len(open_plan(output)))


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """The settings in which two jobs differ, "layout.seed: 0 there, 1 here", at most 10 of them."""
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


def discard(output: Output) -> None:
    """Removes the dataset or unfinished run, and nothing that it did not write."""
    finished = output.read(MANIFEST) is not None
    paths = _manifest_files(output) if finished else _planned_files(output)
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


def _planned_files(output: Output) -> list[str]:
    job = read_job(output)
    if job is None or not has_plan_of(output, job):
        raise OutputExists(
            "the unfinished run here is damaged, or of another version, so that what belongs to it is not known",
            where=output.url,
            hint="Remove the folder yourself, or choose another.",
        )
    plan = open_plan(output)
    shards = [shard.path for number in range(len(plan)) for shard in plan.shards(number)]
    return [*shards, *beside_shards(job["layout"]["format"])]  # a commit may have begun


def _discard_listed(output: Output) -> None:
    listed = output.read(DISCARD)
    if listed is None:
        return
    for path in orjson.loads(listed):
        output.remove(path)
    for path in (f"{WORK}/tmp", RECEIPTS, PLAN, JOB):  # the index of a remote output is in use
        output.remove(path)
    output.remove(DISCARD)
