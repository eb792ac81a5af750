"""The settings of a mixture -> its job and its plan. Nothing is written here: a dry run prints the result."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from vladata.errors import UsageError
from vladata.mixtures.batches import nearest_exact
from vladata.mixtures.contracts import differences
from vladata.mixtures.endings import endings
from vladata.mixtures.epoch import Epoch, epoch_of
from vladata.mixtures.job import JobSource, MixJob
from vladata.mixtures.places import places_of
from vladata.mixtures.planner import Planner, unchecked
from vladata.mixtures.ranges import COLUMNS
from vladata.mixtures.settings import MixSettings
from vladata.mixtures.shares import shares
from vladata.mixtures.sources import MixedSource, open_source
from vladata.mixtures.tree import leaves, size_of, tree_of, without
from vladata.plan.table import encode_batches
from vladata.plan.units import HEADROOM, Layout
from vladata.quota import Quota
from vladata.runs.apart import refuse_overlap
from vladata.shards.naming import DECODED_BY_TFDS
from vladata.shards.parts import MixturePart
from vladata.spec.mixture import LARGEST_WINDOW, MixtureSpec
from vladata.spec.read import validate_data

PER_SAMPLE = 4000  # bytes: a sample's JSON as Python objects, while its unit is written
PER_NUMBER = 40  # bytes: a number of JSON as a Python object, and its place in a list
SAMPLES_PER_SHARD = 1000  # rounded to whole windows


@dataclass(frozen=True)
class PreparedMix:
    """A planned mixture, ready to be written. used: samples of each source in the epoch.   remarks: sentences for a person."""

    job: MixJob
    sources: Sequence[MixedSource]
    epoch: Epoch
    used: Mapping[str, int]
    plan_bytes: bytes
    units: int
    remarks: tuple[str, ...]

    @property
    def bytes(self) -> int:
        """The approximate size of the shards in bytes."""
        return int(sum(source.mean_bytes * self.used[source.name] for source in self.sources))


def prepare(settings: MixSettings, virtual: bool = False) -> PreparedMix:
    """Plan a mixture.

    Raises UsageError for a source without a dataset, for filters that do not suit a dataset, and for an epoch with more repeats
    than the mixture allows.
    """
    settings = _for_batches(settings)
    if virtual and settings.format != MixSettings.format:
        what = "a virtual mixture points at the shards of its sources, and has no format of its own"
        raise UsageError(what, where="--format", got=settings.format, hint="Write shards: --materialize.")
    spec, tree = settings.spec, tree_of(settings.spec, settings.weights, settings.asked)
    places, absent = places_of(list(leaves(tree)), settings.places, settings.root, settings.only_given)
    refuse_overlap(settings.out, places.values())
    tree = without(tree, set(absent))
    opened = [open_source(leaf, places[leaf.name], settings.split, settings.seed) for leaf in leaves(tree)]
    sources, empty = _with_samples(opened)
    tree = without(tree, {source.name for source in empty})
    if settings.format == "tfrecord" and not virtual:
        for source in sources:
            _decodable(source)
    counts = {source.name: source.samples for source in sources}
    parts = shares(tree, counts)
    epoch = epoch_of(spec, parts, counts, int(size_of(tree)))
    layout, per_unit = _layout(settings, sources, parts)
    found = endings({source.name: source.datasets for source in sources})
    job = MixJob(
        layout=layout,
        split=settings.split,
        window=spec.window,
        samples=epoch.samples,
        mixture=spec.model_dump(mode="json"),
        sources=tuple(_job_source(source, parts[source.name], found[source.name]) for source in sources),
        virtual=virtual,
        plan="",
    )
    quota = Quota([parts[source.name] for source in sources], spec.window)
    planner = Planner(job, sources, per_unit, quota)
    plan_bytes = encode_batches(COLUMNS, (unit.batch() for unit in planner))
    job = replace(job, plan=hashlib.sha256(plan_bytes).hexdigest())
    used = dict(zip(counts, planner.used, strict=True))
    for source in sources:
        _within_repeats(source, used[source.name])
    remarks = (*_left_out(absent, empty), *_remarks(sources, job, used, settings))
    return PreparedMix(job, sources, epoch, used, plan_bytes, planner.units, remarks)


def _for_batches(settings: MixSettings) -> MixSettings:
    """Return the settings with the batch size as the window, if they give a batch size."""
    if not settings.batch_size:
        return settings
    spec = settings.spec
    changed = {**spec.model_dump(exclude_none=True), "window": settings.batch_size}
    return replace(settings, spec=validate_data(MixtureSpec, changed, "batch_size"))


def _decodable(source: MixedSource) -> None:
    """Raise UsageError for images that TFDS would decode as videos."""
    kinds = {kind for found in source.manifest.image_kinds.values() for kind in found}
    if others := kinds.difference(DECODED_BY_TFDS):
        raise UsageError(
            "TFDS would not decode images of this source",
            where=f"source {source.name}, {source.url}",
            got=", ".join(sorted(others)),
            allowed=", ".join(DECODED_BY_TFDS),
            hint="Convert it with --format tfrecord, which makes PNGs of them; or mix into --format webdataset.",
        )


def _layout(
    settings: MixSettings, sources: Sequence[MixedSource], parts: Mapping[str, Fraction]
) -> tuple[Layout, int]:
    """Return the layout, and the number of shards that a unit may hold in memory at once."""
    window, wanted = settings.spec.window, settings.samples_per_shard
    if wanted % window:
        raise UsageError(
            "the samples of a shard must be a whole number of windows",
            where="--samples-per-shard",
            got=wanted,
            allowed=f"{max(1, wanted // window) * window}, or another multiple of the window, {window}",
        )
    mean = sum(float(parts[source.name]) * source.mean_bytes for source in sources)
    more = PER_NUMBER * sum(float(parts[source.name]) * _chunk_numbers(source) for source in sources)
    fits = int(settings.memory / (HEADROOM * mean + PER_SAMPLE + more)) // window
    windows = max(1, min(wanted // window or max(1, SAMPLES_PER_SHARD // window), fits))
    layout = replace(settings.layout(settings.spec.name), samples_per_shard=windows * window)
    return layout, max(1, fits // windows)


def _chunk_numbers(source: MixedSource) -> int:
    """Return the number of values that a sample has beyond one action and its bins."""
    contracts = source.manifest.contracts.values()
    return max((2 * (each.get("chunk_length", 1) - 1) * len(each["names"]) for each in contracts), default=0)


def _job_source(source: MixedSource, share: Fraction, ending: str) -> JobSource:
    made_of = source.manifest.part
    return JobSource(
        name=source.name,
        url=source.url,
        manifest=source.manifest.digest,
        share=str(share),
        samples=source.samples,
        left=dict(source.left),
        suffix=ending,
        level=made_of.level if isinstance(made_of, MixturePart) else 0,
        taken=source.leaf.source.model_dump(mode="json", include={"keep", "cap"}, exclude_none=True),
    )


def _within_repeats(source: MixedSource, used: int) -> None:
    allowed = source.leaf.source.repeats
    if allowed is not None and used > allowed * source.samples:
        raise UsageError(
            "an epoch would repeat the samples of this source more often than the mixture allows",
            where=f"source {source.name}, repeats",
            got=used,
            allowed=f"{int(allowed * source.samples):,}, which is {allowed:g} times its {source.samples:,} samples",
            hint="Give it a smaller weight, or the mixture a shorter epoch (epoch: no_repeats, or a number of samples).",
        )


def _with_samples(sources: Sequence[MixedSource]) -> tuple[list[MixedSource], list[MixedSource]]:
    """Return the sources that have samples, and those whose filters leave no sample, which keep.allow_empty allows."""
    some = [source for source in sources if source.samples]
    empty = [source for source in sources if not source.samples]
    if not some:
        raise UsageError("the filters leave no sample of any source", hint="; ".join(map(_emptied, empty)))
    return some, empty


def _emptied(source: MixedSource) -> str:
    return f"{source.name}: " + ", ".join(f"{count:,} {filter_}" for filter_, count in source.left.items())


def _left_out(absent: Sequence[str], empty: Sequence[MixedSource]) -> Iterator[str]:
    stay = "The weights of the other sources stay as they are."
    if absent:
        yield f"Left out, since no dataset was given: {', '.join(absent)}. {stay}"
    if empty:
        yield f"Left out, since the filters leave no sample: {'; '.join(map(_emptied, empty))}. {stay}"


def _remarks(
    sources: Sequence[MixedSource], job: MixJob, used: Mapping[str, int], settings: MixSettings
) -> Iterator[str]:
    none = [source.name for source in sources if not used[source.name]]
    yield from _inexact_batches(job, settings.batch_size)
    yield from differences({each.name: list(each.manifest.contracts.values()) for each in sources})
    if none:
        yield f"The epoch has no sample of {', '.join(none)}: it is too short, or the weight too small."
    for source in sources:
        if source.manifest.order == "source":
            yield (
                f"{source.name} was converted with --order source, so neighbouring samples are alike: convert it with "
                "--order shuffled."
            )
        tars = 0 if job.virtual else unchecked(source)
        if tars:
            yield (
                f"{source.name}: the checksums of {tars:,} of its tars are not checked, since less than half of their samples "
                f"are taken. To check them: vladata verify {source.url}"
            )
    asked = settings.samples_per_shard
    fits = job.layout.samples_per_shard
    if asked > fits:
        yield f"--memory leaves room for shards of {fits:,} samples, not {asked:,}."


def _inexact_batches(job: MixJob, batch_size: int) -> Iterator[str]:
    """Yield a remark if batches of the given size cannot have the exact ratio."""
    if not batch_size or all((share * batch_size).denominator == 1 for share in job.shares):
        return
    nearest = nearest_exact(job.shares, batch_size)
    says = (
        f"In batches of {batch_size} each source has its share to within one sample: its share of {batch_size} is not a whole "
        "number for every source."
    )
    if nearest <= LARGEST_WINDOW:
        yield f"{says} The nearest batch size with exactly these shares is {nearest:,}."
    else:
        yield f"{says} No batch size up to {LARGEST_WINDOW:,} has exactly these shares."


def table(prepared: PreparedMix) -> list[dict[str, Any]]:
    """Return one row per source.

    Its entries: requested and realised share, samples it has, samples it gives, repeats, bytes, samples not taken.
    """
    job, rows = prepared.job, []
    for source, entry in zip(prepared.sources, job.sources, strict=True):
        used = prepared.used[source.name]
        rows.append(
            {
                "source": source.name,
                "requested": float(Fraction(entry.share)),
                "realised": used / job.samples,
                "available": source.samples,
                "samples": used,
                "repeats": used / source.samples,
                "bytes": int(source.mean_bytes * used),
                "left": dict(source.left),
            }
        )
    return rows
