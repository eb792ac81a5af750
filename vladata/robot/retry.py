"""Retry a finished conversion after its schema, a selection file or the source was corrected.

The settings are those of its manifest, with the corrections. Units with an unchanged identity (identity.py) are kept; the others
are made again. The result is byte for byte what `convert` would write now. New statistics change the bounds and the contract,
whose digest is in every sample. Then no unit can be kept, unless the old statistics are kept.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vladata.actions.contract import differences
from vladata.errors import UsageError
from vladata.robot.identity import identities
from vladata.robot.prepare import Prepared, prepare
from vladata.robot.run import ROBOT, index_here
from vladata.robot.settings import Kept, Settings
from vladata.robot.sources import Sources, open_sources
from vladata.runs.again import again, manifest_of, unchanged
from vladata.runs.aside import before
from vladata.runs.asked import absolute, recall
from vladata.runs.attempt import Run
from vladata.runs.stored import spec_of
from vladata.shards.manifest import Manifest
from vladata.shards.naming import MANIFEST
from vladata.shards.parts import RobotPart
from vladata.shards.storage import Output, open_output
from vladata.spec.dataset import DatasetSpec
from vladata.spec.recipe import RecipeSpec
from vladata.version import __version__

OF_MANIFEST = " of manifest "


@dataclass(frozen=True)
class Mended:
    """The corrected settings; None for an unchanged one.

    source, reader: the folder or URL of the dataset, and the name of its reader.
    spec:           the schema of the dataset.
    keep_ranges, errata, annotations: the files that choose, correct and annotate episodes.
    keep_statistics: True to keep the bounds of the output.
    """

    source: str | None = None
    reader: str | None = None
    spec: DatasetSpec | None = None
    keep_ranges: str | None = None
    errata: str | None = None
    annotations: tuple[str, ...] | None = None
    keep_statistics: bool = False


@dataclass(frozen=True)
class Outlook:
    """The plan of a retry.

    units:     the number of units of the new plan.
    unchanged: the number of units that are kept.
    why:       the changes that concern all samples, one sentence each.
    """

    prepared: Prepared
    units: int
    unchanged: int
    why: tuple[str, ...]


def retry(
    out: str,
    mended: Mended,
    index: Callable[[Sources], None] = index_here,
    told: Callable[[Outlook], None] = lambda outlook: None,
) -> Run[Prepared]:
    """Begin the retry of a finished output, and return it. told: called with the plan before the output is changed.

    Raises the errors of `again`; UsageError if the output is not of robot episodes, or the place of its source is not known.
    """
    output = open_output(out)

    def planned(manifest: Manifest, prepared: Prepared, same: int) -> None:
        told(_outlook(manifest, prepared, same))

    return again(
        out, lambda manifest: _prepared(output, manifest, mended, index), _identities, ROBOT, planned
    )


def outlook(out: str, mended: Mended, index: Callable[[Sources], None] = index_here) -> Outlook:
    """Return the plan of a retry, and change nothing."""
    output = open_output(out)
    finished = output.read(MANIFEST) is not None
    manifest = manifest_of(output, finished)
    prepared = _prepared(output, manifest, mended, index)
    there = output if finished else before(output)  # the latter after a retry that was killed
    return _outlook(manifest, prepared, unchanged(there, _identities(prepared)))


def settings_of(output: Output, manifest: Manifest, mended: Mended) -> Settings:
    """Return the settings of the conversion of an output, with the corrections."""
    if manifest.kind != RobotPart.KIND or manifest.format is None:
        raise UsageError(
            "only outputs of samples of robot episodes can be retried",
            where=output.url,
            got=f"kind {manifest.kind}",
            hint="Convert it again: an existing index is used again.",
        )
    part, noted = manifest.of(RobotPart), recall(output)
    made_from = part.source

    source = absolute(mended.source) if mended.source else noted.get("source", "")
    if not source:
        what = "the source of this output is not known here"
        hint = f"Give the folder of {made_from.name} {made_from.version}: --source FOLDER."
        raise UsageError(what, where=output.url, hint=hint)
    measured = made_from.measured.partition(OF_MANIFEST)[0]
    return Settings(
        source,
        output.url,
        mended.spec or spec_of(manifest, "schema", DatasetSpec),
        spec_of(manifest, "recipe", RecipeSpec),
        split=made_from.split,
        limit=made_from.limit,
        measured=noted.get("measured", "" if measured == made_from.split else measured),
        check_pictures=noted.get("check_pictures", False),
        reader=mended.reader or noted.get("reader", Settings.reader),
        **_files(output, part, mended, noted),
        kept=_kept(manifest, part) if mended.keep_statistics else None,
        format=manifest.format,
        order=manifest.order,  # type: ignore[arg-type]  # checked by the settings
        seed=manifest.seed,
        memory=manifest.memory,
        samples_per_shard=manifest.samples_per_shard,
    )


def _files(output: Output, part: RobotPart, mended: Mended, noted: Mapping[str, Any]) -> dict[str, Any]:
    """Return setting -> the files that select, correct and annotate episodes: the given ones, else those of the output."""
    found: dict[str, Any] = {}
    for name in ("keep_ranges", "errata"):
        given = getattr(mended, name)
        found[name] = noted.get(name, "") if given is None else absolute(given)
    tables = noted.get("annotations", ()) if mended.annotations is None else map(absolute, mended.annotations)
    found["annotations"] = tuple(tables)
    for name, places in found.items():
        if getattr(part, name) and not places:
            raise UsageError(
                f"this output was made with a file of {name.replace('_', ' ')}, whose place is not known here",
                where=output.url,
                hint=f"Give it: --{name.replace('_', '-')} FILE.",
            )
    return found


def _kept(manifest: Manifest, part: RobotPart) -> Kept:
    """Return the statistics of an output, to be kept. If it took them from another output, they keep that output's name."""
    measured = part.source.measured
    if OF_MANIFEST not in measured:
        measured = f"{measured}{OF_MANIFEST}{manifest.digest[:16]}"
    return Kept(part.statistics, part.contract, measured)


def _prepared(
    output: Output, manifest: Manifest, mended: Mended, index: Callable[[Sources], None]
) -> Prepared:
    settings = settings_of(output, manifest, mended)
    sources = open_sources(settings)
    if sources.source.info.name != manifest.name:
        got, allowed = sources.source.info.name, manifest.name
        raise UsageError(
            "this output was made from a different dataset", where=settings.source, got=got, allowed=allowed
        )
    index(sources)
    sources.cache.tidy()
    return prepare(settings, sources)


def _identities(prepared: Prepared) -> list[str]:
    return list(identities(prepared))


def _outlook(manifest: Manifest, prepared: Prepared, same: int) -> Outlook:
    return Outlook(prepared, len(prepared.plan), same, tuple(_why(manifest, prepared)) if not same else ())


def _why(manifest: Manifest, prepared: Prepared) -> Iterator[str]:
    """Yield the changes that concern all samples."""
    if manifest.created_by.version != __version__:
        yield f"it was written by vladata {manifest.created_by.version}, but this is {__version__}"
    before, now = manifest.of(RobotPart).contract, prepared.job.contract
    if before["digest"] != now["digest"]:
        moved = differences(before, now)
        more = f" and {len(moved) - 1} more values" if len(moved) > 1 else ""
        yield f"the action contract, whose digest is in every sample, has changed ({moved[0]}{more})"
