"""Make a finished output again after a correction: unchanged units are kept, and only the others are made.

The result is byte for byte what a new run with the same settings would write. After a kill, the same call continues.
"""

from collections.abc import Callable, Mapping, Sequence

from vladata.errors import PlanDiffers
from vladata.runs.aside import made_of, set_aside, set_aside_manifest, take_back
from vladata.runs.attempt import AnyPrepared, Kind, P, Run
from vladata.runs.job_file import DIGEST, open_plan, remove_job, stamped
from vladata.runs.resume import Found, look, settle
from vladata.shards.manifest import Manifest, read_manifest
from vladata.shards.storage import Output, open_output


def again(
    out: str,
    prepare: Callable[[Manifest], P],
    identities: Callable[[P], Sequence[str]],
    kind: Kind[P],
    planned: Callable[[Manifest, P, int], None],
) -> Run[P]:
    """Take the output's lock, plan again, set the output aside, and take back its unchanged units.

    prepare:    makes the job and its plan from the current manifest; it may refuse the kind of output.
    identities: gives the identities of the units of a plan: units with equal ones have equal bytes.
    planned:    is called with the manifest, the plan and the number of units to keep, before anything is touched.
    Raises NotADataset if there is no finished output, PlanDiffers if a retry with other settings was begun here.
    """
    output = open_output(out)
    lock = output.lock()
    try:
        found = look(output)
        manifest = manifest_of(output, found.finished)
        prepared = prepare(manifest)
        names = identities(prepared)
        if found.finished and found.job is not None and found.job[DIGEST] != stamped(prepared.job)[DIGEST]:
            remove_job(output)  # left by a run that was killed while it tidied up
            found = look(output)
        if found.finished and found.job is None:
            planned(manifest, prepared, unchanged(output, names))
            set_aside(output)
            found = look(output)
        units = _settled(output, found, prepared, kind.beside(prepared))
        if units is not None:
            units = take_back(output, open_plan(output), names, units)
        return Run(output, lock, prepared, kind, units)
    except BaseException:
        output.unlock(lock)
        raise


def manifest_of(output: Output, finished: bool) -> Manifest:
    """Return the manifest of a finished output, or of one that a killed run set aside. Raises NotADataset."""
    aside = None if finished else set_aside_manifest(output)
    return aside or read_manifest(output)


def unchanged(output: Output, identities: Sequence[str]) -> int:
    """Return the number of units of a plan that the finished output has already."""
    return len(made_of(output).keys() & set(identities))


def _settled(
    output: Output, found: Found, prepared: AnyPrepared, beside: Mapping[str, bytes]
) -> list[int] | None:
    try:
        return settle(output, found, prepared.job, prepared.plan_bytes, False, beside)
    except PlanDiffers as fault:
        fault.hint = "Give the same options and files to continue it, or convert again with --overwrite."
        raise
