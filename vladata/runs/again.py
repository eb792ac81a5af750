"""A finished output made again after something was mended: what is as it was stays, and only the rest is done.

What comes out is what a fresh run of the same settings would write, byte for byte. It is begun by the same call as often as it
is killed.
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
    """Take the output's lock, plan anew, set the output aside, and take from it what has not changed.

    prepare:    from the manifest as it is, the job and its plan; it may refuse the kind of output.
    identities: of the units of a plan: equal ones have equal bytes.
    planned:    is told the manifest, the plan and how many of its units need not be made, before anything is touched.
    Raises NotADataset where there is nothing finished, PlanDiffers where a retry with other settings was begun here.
    """
    output = open_output(out)
    lock = output.lock()
    try:
        found = look(output)
        manifest = manifest_of(output, found.finished)
        prepared = prepare(manifest)
        names = identities(prepared)
        if found.finished and found.job is not None and found.job[DIGEST] != stamped(prepared.job)[DIGEST]:
            remove_job(output)  # of a run that was killed while it tidied up
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
    """Return the manifest of a finished output, or of one that was set aside by a run that was killed. Raises NotADataset."""
    aside = None if finished else set_aside_manifest(output)
    return aside or read_manifest(output)


def unchanged(output: Output, identities: Sequence[str]) -> int:
    """How many of the units of a plan are in the finished output already."""
    return len(made_of(output).keys() & set(identities))


def _settled(
    output: Output, found: Found, prepared: AnyPrepared, beside: Mapping[str, bytes]
) -> list[int] | None:
    try:
        return settle(output, found, prepared.job, prepared.plan_bytes, False, beside)
    except PlanDiffers as fault:
        fault.hint = "Give the same options and files to go on with it, or convert anew with --overwrite."
        raise
