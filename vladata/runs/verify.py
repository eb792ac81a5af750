"""Check an output with its own manifest: every byte, every sample, every count.

    files      length and checksum of each shard and each other file
    samples    each shard holds the number of samples in the manifest, at the places in the index; a target spells its bins;
               no two samples have the same key
    windows    of a mixture: each source has its share of each window, to within a sample
    ledger     read = written + filtered + rejected, and written is the number of samples that are there

For an unfinished run, its receipts and their shards are checked instead. All faults are reported, not only the first.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from vladata.actions.contract import codec_from_contract
from vladata.actions.protocol import Codec
from vladata.actions.sample_bins import own_bins
from vladata.errors import ChecksumMismatch, CodecError, NotADataset, VladataError
from vladata.fields import Field
from vladata.index.rows import FILTERED, REJECTED
from vladata.keys import SampleId
from vladata.language.target import Target, targets_of
from vladata.language.tasks import places
from vladata.records import Sample
from vladata.runs.findings import Discrepancy
from vladata.runs.job_file import JOB, PLAN, has_plan_of, open_plan, read_job
from vladata.runs.receipts import believed, read_receipt, receipt_names
from vladata.runs.repeated_keys import KeyCounts
from vladata.runs.windows import unlike_windows
from vladata.shards import examples, webdataset
from vladata.shards.dataset import Dataset
from vladata.shards.manifest import Manifest, read_manifest, text_of
from vladata.shards.naming import FORMATS, INDEX, MANIFEST, REASONS, SAMPLES, ledger_units
from vladata.shards.storage import Output
from vladata.shards.whole import Written

Checks = Mapping[str, Callable[[Manifest, pa.Table], Iterator[Discrepancy]]]
"""Kind of output -> a further check of that kind, given its manifest and its index."""
NO_CHECKS: Checks = {}
IDENTITY = ("dataset", *SampleId._fields)


def verify(output: Output, checks: Checks = NO_CHECKS) -> Iterator[Discrepancy]:
    """Yield every fault of an output. checks: further checks by its kind.

    Raises NotADataset if there is neither a dataset nor an unfinished run.
    """
    if output.read(MANIFEST) is None and output.read(JOB) is not None:
        yield from _unfinished(output)
        return
    try:
        manifest = read_manifest(output)
    except (ChecksumMismatch, NotADataset) as fault:
        if output.read(MANIFEST) is None:
            raise
        yield Discrepancy(MANIFEST, str(fault))
        return
    if output.read(MANIFEST) != text_of(manifest):
        # Different bytes can be the same number: 1e-5 is 1E-5, and a fraction can be written with other last digits.
        yield Discrepancy(MANIFEST, "its content is complete, but its bytes were changed")
    damaged = set()
    for finding in _files(output, manifest):
        damaged.add(finding.where)
        yield finding
    yield from _ledger(manifest)
    # A virtual mixture has no shards, and so no index; whole episodes are not samples (robot/whole/verify.py).
    if INDEX not in damaged and manifest.format in FORMATS:
        yield from _samples(output, Dataset(output, manifest), damaged, checks)


def _unfinished(output: Output) -> Iterator[Discrepancy]:
    names, job = receipt_names(output), read_job(output)
    if job is None:
        yield Discrepancy(
            JOB, "the settings of this unfinished run are damaged, or of another version of vladata"
        )
    elif not has_plan_of(output, job):
        yield Discrepancy(PLAN, "the plan of this unfinished run is damaged; the same command makes it again")
    else:
        says = (
            f"unfinished: {len(names)} of {len(open_plan(output))} units are done; the same command continues"
        )
        yield Discrepancy(output.url, says)
    for unit, path in sorted(names.items()):
        receipt = read_receipt(output, path)
        if receipt is None:
            yield Discrepancy(path, f"the receipt of unit {unit} is damaged; the unit will be done again")
        elif not believed(output, receipt):
            yield Discrepancy(
                path, f"a shard of unit {unit} is missing or damaged; the unit will be done again"
            )


def _files(output: Output, manifest: Manifest) -> Iterator[Discrepancy]:
    expected = {entry.path: entry for entry in manifest.entries}
    for path, entry in expected.items():
        there = output.measure(path)
        if there is None:
            yield Discrepancy(path, "the file is missing")
        elif there.bytes != entry.bytes:
            yield Discrepancy(path, f"{there.bytes:,} bytes are there, but {entry.bytes:,} were written")
        elif there != Written(entry.bytes, entry.checksum):
            yield Discrepancy(path, f"the checksum is {there.checksum}, but {entry.checksum} was written")
    for path in output.names():
        if path not in expected and path != MANIFEST and not _of_energon(path, expected):
            yield Discrepancy(path, "the file is not in the manifest")


def _of_energon(path: str, expected: Container[str]) -> bool:
    """Return True if `energon prepare` adds the file to a dataset: its folder of metadata, and an index beside each tar."""
    return path.startswith(".nv-meta/") or (
        path.endswith(".tar.idx") and path.removesuffix(".idx") in expected
    )


def _ledger(manifest: Manifest) -> Iterator[Discrepancy]:
    where, units = f"{MANIFEST}, ledger", ledger_units(manifest.ledger)
    for unit in units:
        counts = manifest.ledger[unit]
        parts = counts["written"] + counts[FILTERED] + counts[REJECTED]
        if counts["read"] != parts:
            yield Discrepancy(where, f"{counts['read']:,} {unit} were read, but {parts:,} are accounted for")
        for outcome in ("written", FILTERED, REJECTED):
            if not 0 <= counts[outcome] <= counts["read"]:
                yield Discrepancy(
                    where, f"{counts[outcome]:,} {unit} {outcome}, but {counts['read']:,} were read"
                )
    for reason, entry in manifest.ledger[REASONS].items():
        for unit in units:
            if not 0 <= entry[unit] <= manifest.ledger[unit][entry["outcome"]]:
                all_of_it = f"{manifest.ledger[unit][entry['outcome']]:,} {unit} {entry['outcome']}"
                yield Discrepancy(where, f"{entry[unit]:,} {unit} for {reason}, of {all_of_it}")
    written, what = manifest.ledger[units[1]]["written"], units[1]
    if SAMPLES in manifest.ledger and SAMPLES not in units:
        for task, count in manifest.ledger[SAMPLES].items():
            if not 0 <= count <= written:
                yield Discrepancy(where, f"{count:,} samples of task {task}, of {written:,} {what} written")
        written, what = sum(manifest.ledger[SAMPLES].values()), SAMPLES
    if written != manifest.samples:
        yield Discrepancy(where, f"{written:,} {what} written, its splits hold {manifest.samples:,} samples")


def _samples(output: Output, dataset: Dataset, damaged: set[str], checks: Checks) -> Iterator[Discrepancy]:
    try:
        spellings = _spellings(dataset)
        seen, index = 0, dataset.index
    except VladataError as fault:
        yield Discrepancy(MANIFEST if isinstance(fault, CodecError) else INDEX, str(fault))
        return
    yield from _tasks(dataset.manifest, index)
    if (check := checks.get(dataset.manifest.kind)) is not None:
        yield from check(dataset.manifest, index)
    counts, declared = KeyCounts(), dataset.manifest.declared
    for shard in dataset.manifest.shards:
        first, rows = seen, index.slice(seen, shard.samples)
        seen += shard.samples
        if shard.path in damaged:
            continue
        try:
            samples = list(_shard(output, shard.path, dataset.manifest))
        except VladataError as fault:
            yield Discrepancy(shard.path, str(fault))
            continue
        if len(samples) != shard.samples:
            yield Discrepancy(
                shard.path, f"{len(samples):,} samples are there, but {shard.samples:,} were written"
            )
        else:
            counts.add(first, (sample.key for sample in samples))
        yield from _rows(shard.path, samples, rows)
        for sample in samples:
            yield from (
                Discrepancy(f"{shard.path}, {sample.key}", says)
                for says in _wrong(sample, spellings, dataset, declared)
            )
    yield from counts.findings(dataset)


@dataclass(frozen=True, slots=True)
class ContractSpelling:
    """The spelling of the samples under one contract.

    codec:   of their actions.
    targets: task -> its templates, one per recipe.
    text:    the tasks whose samples may have no picture.
    """

    codec: Codec
    targets: Mapping[str, tuple[Target, ...]]
    text: frozenset[str]


def _spellings(dataset: Dataset) -> dict[str, ContractSpelling]:
    return {
        digest: ContractSpelling(
            codec_from_contract(each.contract), targets_of(each.prompts), _text(each.prompts)
        )
        for digest, each in dataset.manifest.part.contracted.items()
    }


def _text(prompts: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    tasks = [task for words in prompts for task in words["tasks"].items()]
    return frozenset(name for name, task in tasks if task.get("cameras") == [])


def _shard(output: Output, path: str, manifest: Manifest) -> Iterator[Sample]:
    with output.open(path) as file:
        if manifest.format == "tfrecord":
            yield from examples.samples(file, manifest.fields)
        else:
            yield from webdataset.samples(file.read())


def _tasks(manifest: Manifest, index: pa.Table) -> Iterator[Discrepancy]:
    """Yield each task of which the index and the ledger have different numbers of samples, if a step has several tasks."""
    if SAMPLES not in manifest.ledger or SAMPLES in ledger_units(manifest.ledger):
        return
    counts = index["task"].cast(pa.string()).value_counts()
    found = dict(zip(counts.field("values").to_pylist(), counts.field("counts").to_pylist(), strict=True))
    said = manifest.ledger[SAMPLES]
    for task in dict.fromkeys((*said, *found)):
        if said.get(task, 0) != found.get(task, 0):
            says = f"{found.get(task, 0):,} samples of task {task}, but the ledger has {said.get(task, 0):,}"
            yield Discrepancy(INDEX, says)


def _rows(path: str, samples: list[Sample], rows: pa.Table) -> Iterator[Discrepancy]:
    there = [tuple(s.fields.get(name) for name in IDENTITY) for s in samples]
    listed = list(zip(*(rows[name].to_pylist() for name in IDENTITY), strict=True))
    if there != listed:
        yield Discrepancy(f"{INDEX}, {path}", "the rows of this shard do not match its samples in order")


def _wrong(
    sample: Sample,
    spellings: Mapping[str, ContractSpelling],
    dataset: Dataset,
    declared: Sequence[Field[Any]],
) -> Iterator[str]:
    fields, manifest = sample.fields, dataset.manifest
    if odd := sorted(set(fields) ^ set(manifest.fields)):
        yield f"it does not have exactly the fields of the manifest, missing or too many: {', '.join(odd)}"
        return
    unlike = [field for field in declared if not field.holds(fields[field.name])]
    yield from (f"{field.name} is not of kind {field.kind}: {fields[field.name]!r:.64}" for field in unlike)
    # A sample of the web has the images of its record, one of a mixture the cameras of its source.
    known, needed = set(manifest.cameras), set(manifest.cameras) - set(manifest.partly)
    spelling = spellings.get(str(fields["contract"]))
    bare = not sample.images and not (spelling and fields["task"] in spelling.text)
    if not needed <= set(sample.images) <= known or bare:
        yield f"cameras {sorted(sample.images)} instead of {sorted(manifest.cameras)}"
    if unlike:
        return
    if sample.contract == "" and manifest.part.LACKS_ACTIONS:
        if len(sample.bins) or len(sample.action):
            yield "it has an action, but no contract"
    elif sample.contract not in spellings:
        yield "it was made with a different action contract"
    else:
        yield from unlike_windows(sample, spellings[sample.contract].codec.width is not None)
        yield from _misspelt(sample, spellings[sample.contract])


def _misspelt(sample: Sample, spelling: ContractSpelling) -> Iterator[str]:
    targets = spelling.targets.get(sample.task, ())
    if not targets:
        yield f"no recipe of its contract has the task {sample.task}"
        return
    said = {places.PLAN: sample.plan}
    if len(sample.bins) or all(places.ACTION in target.places for target in targets):
        try:
            said[places.ACTION] = spelling.codec.text(own_bins(sample.bins, spelling.codec))
        except (VladataError, ValueError) as fault:
            yield f"its bins are not valid: {fault}"
            return
    if not any(_says(target, sample.target, said) for target in targets):
        spelled = f"the bins {said[places.ACTION]}" if places.ACTION in said else "the parts of its task"
        if any(_says(target, sample.target, {**said, places.PLAN: None}) for target in targets):
            spelled = f"the plan {sample.plan!r}"
        yield f"the target does not spell {spelled}"


def _says(template: Target, target: str, said: Mapping[str, str | None]) -> bool:
    """Return True if a target fits the template with the parts of `said`, and has the action in its place and nowhere else.

    A plan that is None may be any text.
    """
    try:
        parts = template.parse(target)
    except VladataError:
        return False
    asked = [place for place in (places.PLAN, places.ACTION) if said.get(place, "") is not None]
    found = {place: parts[place].text for place in asked if place in parts}
    return found == {
        place: said[place] for place in asked if place in said and (place == places.ACTION or place in parts)
    }
