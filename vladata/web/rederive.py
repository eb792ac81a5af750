"""A comparison of a converted corpus with its source: the source is indexed and filtered again, every sample is made again, and
no sample may differ, be missing or be extra.

The index is a new one, not that of the cache. Source and output are read side by side, in the order of the source. So memory
holds only 24 bytes for each sample, and the lines of rejected.jsonl.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vladata import keys
from vladata.corpora.pictures import Pictures
from vladata.corpora.rows import BLOCK
from vladata.errors import BadImage, UsageError
from vladata.filters.decisions import KEPT, UNFIT, Decisions
from vladata.filters.plan import plan_filters
from vladata.index.cache import Cache
from vladata.records import Sample
from vladata.runs.findings import Discrepancy
from vladata.runs.stored import LeftOut, differences, spec_of
from vladata.shards.dataset import Dataset
from vladata.shards.manifest import Manifest
from vladata.shards.parts import WebPart
from vladata.shards.storage import Output
from vladata.spec.corpus import CorpusSpec
from vladata.spec.recipe import RecipeSpec
from vladata.web.indexed import indexed
from vladata.web.ledger import BOOKED, ledger_of
from vladata.web.rows import OpenedPart
from vladata.web.run import index_here
from vladata.web.samples import WebRenderer
from vladata.web.settings import WebSettings
from vladata.web.sources import WebSources, images_of, open_sources

Place = tuple[int, int, int]
"""Shard, record and pair: the order of a corpus."""
END: Place = (1 << 62, 0, 0)


def rederive(
    output: Output,
    places: Sequence[str],
    images: str = "",
    without: Sequence[str] = (),
    links: Sequence[str] = (),
) -> Iterator[Discrepancy]:
    """Yield a finding for each difference between an output and its source. The other arguments: as in WebSettings."""
    dataset = Dataset(output)
    manifest = dataset.manifest
    part, recipe = manifest.of(WebPart), spec_of(manifest, "recipe", RecipeSpec)
    settings = WebSettings(
        tuple(places),
        output.url,
        spec_of(manifest, "corpus", CorpusSpec),
        recipe,
        images,
        part.source.split,
        part.source.limit,
        part.source.model,
        tuple(without),
        seed=manifest.seed,
        links=tuple(links),
    )
    seen, digests = images_of(settings.without)
    if tuple(digests) != part.source.without:
        raise UsageError(
            "the output was made without the images of other outputs, and other ones are given here",
            where=output.url,
            got=f"{len(digests)} outputs",
            allowed=f"the {len(part.source.without)} of the conversion, in their order",
            hint="Name them with --without-images-of, as for the conversion.",
        )
    with TemporaryDirectory() as folder:
        fresh = replace(open_sources(settings), cache=Cache(folder, BLOCK))
        sources = indexed(fresh, settings.limit, index_here)
        decisions = plan_filters(recipe.web.keep, sources.parts, seen)
        yield from _counts(sources, decisions, manifest)
        render = WebRenderer(
            manifest.name,
            settings.called,
            recipe,
            settings.seed,
            len(manifest.cameras),
            "tfrecord" if manifest.format == "tfrecord" else "webdataset",
        )
        yield from _compared(sources, decisions, render, dataset, LeftOut(output))


def _counts(sources: WebSources, decisions: Decisions, manifest: Manifest) -> Iterator[Discrepancy]:
    """Yield a finding wherever the output's counts of the whole corpus differ from the new counts."""
    read = ledger_of(sources.parts(BOOKED), decisions).as_json()
    part, said = manifest.of(WebPart), manifest.ledger
    found = {
        "files": (len(sources.corpus.files), part.source.files),
        "records read": (read["records"]["read"], said["records"]["read"]),
        "pairs read": (read["pairs"]["read"], said["pairs"]["read"]),
    }
    there = {entry.filter: entry.pairs for entry in part.filters}
    found |= {f"pairs taken by {name}": (n, there.get(name)) for name, n in decisions.counts.items()}
    for what, (here, written) in found.items():
        if here != written:
            yield Discrepancy(sources.corpus.name, f"{what}: {here:,} of the source, {written} in the output")


def _compared(
    sources: WebSources,
    decisions: Decisions,
    render: WebRenderer,
    dataset: Dataset,
    rejected: LeftOut,
) -> Iterator[Discrepancy]:
    stored, declared = _stored(dataset.index), dataset.manifest.declared
    place, at = next(stored, (END, 0))
    for expected, sample in chain(_expected(sources, decisions, render), [(END, None)]):
        while place < expected:
            yield Discrepancy(_spelled(render, place), "the source has no such sample")
            place, at = next(stored, (END, 0))
        if expected == END:
            return
        where = _spelled(render, expected)
        if place != expected:
            if not rejected.any(keys.episode_id(render.split, *expected[:2]), expected[2]):
                says = (
                    "but rejected.jsonl has no line for it" if sample is None else "but the output does not"
                )
                yield Discrepancy(where, f"the source has this pair, {says}")
            continue
        if sample is None:
            yield Discrepancy(where, "the source has no such sample: the pair is unfit")
        else:
            yield from (
                Discrepancy(where, says) for says in differences(dataset.stored(at), sample, declared)
            )
        place, at = next(stored, (END, 0))
        if place == expected:
            yield Discrepancy(where, "the output has this pair more than once")
            while place == expected:
                place, at = next(stored, (END, 0))


def _stored(index: pa.Table) -> Iterator[tuple[Place, int]]:
    """Yield (place, position in the output) of each sample of an output, in the order of the source."""
    ids = index["episode"].cast(pa.string())
    numbers = pc.extract_regex(ids, r"-(?P<shard>\d+)-(?P<record>\d+)$").combine_chunks()
    shard, record = (
        numbers.field(name).cast(pa.int64()).to_numpy(zero_copy_only=False) for name in ("shard", "record")
    )
    step = index["step"].to_numpy()
    for at in np.lexsort((step, record, shard)):
        yield (int(shard[at]), int(record[at]), int(step[at])), int(at)


def _expected(
    sources: WebSources, decisions: Decisions, render: WebRenderer
) -> Iterator[tuple[Place, Sample | None]]:
    """Yield each pair of the source that no filter takes out, with its sample, or None if the pair is unfit."""
    pictures = Pictures(sources.corpus)
    names = sources.part_names()
    numbers = sources.parts(["record", "pair"])
    for file, name, verdict, part in zip(
        sources.corpus.files, names, decisions.verdicts, numbers, strict=True
    ):
        record, pair = part["record"].to_numpy(), part["pair"].to_numpy()
        wanted = np.flatnonzero((verdict == KEPT) | (verdict == UNFIT))
        with sources.cache.output.open(name) as opened:
            rows = OpenedPart(opened)
            for some in np.split(wanted, np.flatnonzero(np.diff(wanted // BLOCK)) + 1):
                made = _made(rows, some[verdict[some] == KEPT], pictures, render)
                for i in some.tolist():
                    place = (file.shard, int(record[i]), int(pair[i]))
                    yield place, next(made) if verdict[i] == KEPT else None


def _made(
    rows: OpenedPart, numbers: np.ndarray, pictures: Pictures, render: WebRenderer
) -> Iterator[Sample | None]:
    """Yield the samples of some rows; None if an image cannot be changed as the recipe asks."""
    if not len(numbers):
        return
    found = rows.rows(numbers)
    images, ends = pictures.read(found.places()), found.image_ends
    for i in range(len(found)):
        try:
            yield render.pictured(render(found[i], images[ends[i] : ends[i + 1]]))
        except BadImage:
            yield None


def _spelled(render: WebRenderer, place: Place) -> str:
    return f"{keys.episode_id(render.split, place[0], place[1])}, pair {place[2]}"
