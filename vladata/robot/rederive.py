"""Compare an output with its source: make every sample again, and report samples that differ, are missing or are too many.

Episodes are read in the order of the source; the index of the output, sorted by episode, gives their samples. Prompt, target and
state must be equal. The target, decoded as a policy decodes it, must not differ from the standardised action by more than the
codec's largest error. Images must be the source's bytes, or the images that the recipe makes from them.
"""

from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np
import pyarrow.compute as pc

from vladata.annotations.stored import NONE, Commentary
from vladata.errors import VladataError
from vladata.index.about import about
from vladata.index.rows import WHOLE
from vladata.keys import SampleId
from vladata.language.tasks.places import ACTION
from vladata.records import Episode, Place, Sample
from vladata.robot.picturing import cameras
from vladata.robot.samples import Rendered, Renderer
from vladata.robot.sources import limited
from vladata.robot.unit import taken
from vladata.runs.findings import Discrepancy
from vladata.runs.stored import LeftOut, differences, spec_of
from vladata.selection.errata import read_errata
from vladata.selection.keep_ranges import inside, read_keep_ranges
from vladata.shards.dataset import Dataset
from vladata.shards.manifest import Manifest
from vladata.shards.naming import ANNOTATIONS, ERRATA, KEEP_RANGES, REJECTED
from vladata.shards.parts import RobotPart
from vladata.shards.storage import Output
from vladata.sources.cameras import gives_pixels
from vladata.sources.readers import NATIVE, open_source
from vladata.sources.source import EpisodeRecord, ShardFile, Source
from vladata.spec.dataset import DatasetSpec
from vladata.spec.recipe import RecipeSpec
from vladata.transforms.standardise import compile_chain


def rederive(output: Output, source_url: str, reader: str = NATIVE) -> Iterator[Discrepancy]:
    """Yield every difference between an output and its source."""
    dataset = Dataset(output)
    manifest = dataset.manifest
    spec, recipe = spec_of(manifest, "schema", DatasetSpec), spec_of(manifest, "recipe", RecipeSpec)
    source = open_source(source_url, reader)
    part = manifest.of(RobotPart)
    made_from = part.source
    if (source.name, source.info.version) != (made_from.name, made_from.version):
        here, there = f"{source.name} {source.info.version}", f"{made_from.name} {made_from.version}"
        yield Discrepancy(source.url, f"this is {here}, but the output was made from {there}")
    if source.name != made_from.name:
        return
    shown = cameras(spec, recipe).values()
    render = Renderer(spec, recipe, part.contract, gives_pixels(spec, source, shown))
    standardise = compile_chain(spec, part.chain, source.step_columns, source.values, part.every, shown)
    samples, rejected, chosen = _Samples(dataset), LeftOut(output), chosen_by(output, manifest)
    first: Counter[str] = Counter()  # split -> the number of samples of its episodes so far
    annotations = Commentary.parquet(output.read(ANNOTATIONS) or b"") if part.annotations else NONE
    shards, told = limited(source.shards(made_from.split), made_from.limit), about(source, spec)
    for split, record in records_of(source, shards):
        place = record.place
        try:
            raw = source.decode(split, place, record.data, standardise.wanted | told.wanted)
            episode, failed = chosen(standardise(raw)), told.success(raw) is False
            kept = [not rejected.step(episode.id, step) for step in episode.numbers.tolist()]
            episode = episode.select(np.array(kept, bool), REJECTED)
            rendered = render(episode, first[split], annotations.of(episode.id, episode.numbers), failed)
            first[split] += len(rendered)
            yield from _compared(episode, rendered, render, samples, rejected)
        except VladataError as fault:
            if not rejected.step(record_id(split, place), WHOLE):
                yield Discrepancy(record_id(split, place), f"the source's episode cannot be read: {fault}")
    yield from (
        Discrepancy(episode, f"{n} samples of an episode that is not in the source")
        for episode, n in samples.rest()
    )


def record_id(split: str, place: Place) -> str:
    """Return the id of the episode whose record is at `place`."""
    return Episode("", split, place, {}).id


def records_of(source: Source, shards: tuple[ShardFile, ...]) -> Iterator[tuple[str, EpisodeRecord]]:
    """Yield (split, record) for each sound record in `shards`."""
    for shard in shards:
        for record in source.scan(shard):
            if shard.start <= record.place.record < shard.stop and record.fault is None:
                yield shard.split, record


def chosen_by(output: Output, manifest: Manifest) -> Callable[[Episode], Episode]:
    """Return a function that selects the steps of an episode as the output's keep_ranges.json and errata.json say."""
    listed = {entry.path for entry in manifest.files}
    keep = read_keep_ranges(f"{output.url}/{KEEP_RANGES}") if KEEP_RANGES in listed else None
    errata = read_errata(f"{output.url}/{ERRATA}").episodes if ERRATA in listed else {}

    def take(episode: Episode) -> Episode:
        if found := errata.get(episode.id):
            episode = taken(episode, (), found.instruction)
        if keep is None:
            return episode
        ranges = keep.episodes.get(episode.id, ())
        return episode.select(inside(episode.numbers, episode.numbers + 1, ranges), KEEP_RANGES)

    return take


class _Samples:
    """The samples of a dataset by episode, step and task."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self.order = pc.sort_indices(
            dataset.index, [(name, "ascending") for name in ("episode", "step")]
        ).to_numpy()
        counts = dataset.index["episode"].value_counts()
        ids, sizes = counts.field("values").to_pylist(), counts.field("counts").to_pylist()
        self.starts: dict[str, tuple[int, int]] = {}
        at = 0
        for episode, size in sorted(zip(ids, sizes, strict=True)):
            self.starts[episode] = at, at + size
            at += size

    def of(self, episode: str) -> list[Sample]:
        """Return the samples of an episode in the order of their steps. Call it only once for each episode."""
        start, stop = self.starts.pop(episode, (0, 0))
        return [self.dataset.stored(int(i)) for i in self.order[start:stop]]

    def rest(self) -> Iterator[tuple[str, int]]:
        """Yield each episode for which `of` was not called, and the number of its samples."""
        return ((episode, stop - start) for episode, (start, stop) in self.starts.items())


def _compared(
    episode: Episode, rendered: Rendered, render: Renderer, samples: _Samples, rejected: LeftOut
) -> Iterator[Discrepancy]:
    stored: dict[SampleId, Sample] = {}
    for sample in samples.of(episode.id):
        there = _id_of(sample, episode, render)
        if there in stored:
            yield Discrepancy(render.spelled_id(there), "the output has this step more than once")
        stored[there] = sample
    for expected in (rendered[i] for i in range(len(rendered))):
        if rejected.sample(expected.id):
            continue
        where = render.spelled_id(expected.id)
        found = stored.pop(expected.id, None)
        if found is None:
            yield Discrepancy(where, "the source has this step, but the output does not")
            continue
        yield from (
            Discrepancy(where, says) for says in _differences(found, render.pictured(expected), render)
        )
    yield from (Discrepancy(render.spelled_id(there), "the source gives no such sample") for there in stored)


def _id_of(sample: Sample, episode: Episode, render: Renderer) -> SampleId:
    """Return the id of a stored sample by its own fields, as it must be in the key too: `_differences` compares the two."""
    fields = sample.fields
    return SampleId(
        episode.id, fields.get("step", WHOLE), fields.get("task", next(iter(render.recipe.tasks)))
    )


def _differences(sample: Sample, expected: Sample, render: Renderer) -> Iterator[str]:
    yield from differences(sample, expected, render.fields)
    if "target" in sample.fields and ACTION in render.targets[expected.task].places:
        yield from _undecodable(sample, expected, render)


def _undecodable(sample: Sample, expected: Sample, render: Renderer) -> Iterator[str]:
    codec = render.codec
    try:
        spelled = render.targets[expected.task].parse(sample.target)[ACTION].text
        decoded = codec.decode(codec.parse(spelled))[..., -len(codec.names) :]
    except VladataError as fault:
        yield f"the target is not an action: {fault}"
        return
    meant = codec.meant(expected.action)
    if decoded.shape != meant.shape:
        there, here = list(decoded.shape), list(meant.shape)
        yield f"the target spells actions of shape {there}, but the source gives {here}"
        return
    off = np.abs(decoded - meant)
    beyond = off - codec.tolerance() * (1 + 1e-5)
    if np.any(beyond > 0):
        *row, worst = np.unravel_index(int(np.argmax(beyond)), beyond.shape)
        allowed, found = codec.tolerance()[worst], off[(*row, worst)]
        name = f"action {row[0] + 1} of the chunk, {codec.names[worst]}," if row else codec.names[worst]
        yield f"{name} differs by {found:.6g} from the action; codec {codec.kind} allows {allowed:.6g}"
