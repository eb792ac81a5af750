"""The opened source of a run, its index, and the selection of steps."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from vladata.actions.codecs.rt1_base import MODE
from vladata.errors import UnknownName, UsageError
from vladata.index.about import about
from vladata.index.cache import Cache, cache_of
from vladata.index.part import Indexing
from vladata.robot.askable import check_tasks
from vladata.robot.picturing import cameras
from vladata.robot.settings import ALL, Choice, Settings
from vladata.runs.apart import refuse_overlap
from vladata.selection.at_windows import at_windows
from vladata.selection.errata import read_errata
from vladata.selection.keep_ranges import read_keep_ranges
from vladata.selection.selection import Selection
from vladata.selection.watch import Watch
from vladata.shards.naming import WORK
from vladata.shards.storage import open_output
from vladata.sources.cameras import refusals
from vladata.sources.folder import Folder
from vladata.sources.misfits import require_fit
from vladata.sources.readers import open_source
from vladata.sources.source import ShardFile, Source
from vladata.sources.version_folder import version_folder
from vladata.spec.dataset import ActionChain, DatasetSpec
from vladata.spec.find import schema as find_schema
from vladata.spec.select import Select
from vladata.spec.selection import Stride
from vladata.transforms.windows import PLAIN, WindowRule, rule_of

ANY_CAMERA = (
    "--cameras first (in a recipe, images: {cameras: first}) takes the schema's first camera, with any name, "
    "and calls its image primary."
)


@dataclass(frozen=True)
class Sources:
    """The opened source of a run, the place of its index, and the selection of steps.

    shards:    the files that the run reads.
    measured:  the files from which its statistics are taken.
    selection: the selection of steps, for both.
    windows:   the windows from which samples are made.
    """

    indexing: Indexing
    shards: tuple[ShardFile, ...]
    measured: tuple[ShardFile, ...]
    cache: Cache
    selection: Selection
    windows: WindowRule = PLAIN

    @property
    def gap(self) -> int:
        """The number of recorded steps that one taken step stands for."""
        chain = self.selection.chain
        return self.selection.every * (1 if chain is None else strides(chain))

    @property
    def source(self) -> Source:
        return self.indexing.source

    def files(self) -> list[ShardFile]:
        """Return the files that must be indexed, each once, even if a split expression names one twice."""
        return list({s.file: s for s in (*self.shards, *self.measured)}.values())

    def unindexed(self) -> list[ShardFile]:
        """Return the files without a part of the index."""
        return self.cache.missing(self.source, self.files())

    def first(self, limit: int) -> "Sources":
        """Return these sources with only the first `limit` episodes; all for 0."""
        shards = limited(self.shards, limit)
        return replace(self, shards=shards, measured=shards)

    def index(self) -> Iterator[pa.Table]:
        """Yield the whole index, one part per file, cut to the episodes that the run reads."""
        return self.cache.read(self.source, self.shards)

    def columns(self, columns: Sequence[str]) -> Iterator[pa.Table]:
        """Yield `columns` of the whole index, one part per file."""
        return self.cache.read(self.source, self.shards, columns)

    def taken(
        self, columns: Sequence[str], split: str | None = None, watch: Watch | None = None
    ) -> Iterator[pa.Table]:
        """Yield `columns` of the steps that become samples, one part per file. watch: gets each part before windows are made."""
        shards = [s for s in self.shards if split in (None, s.split)]
        return self._taken(shards, columns, watch)

    def measured_parts(self, columns: Sequence[str]) -> Iterator[pa.Table]:
        """Yield `columns` of the steps from which statistics are taken, one part per file."""
        return self._taken(self.measured, columns, None)

    def _taken(
        self, shards: Sequence[ShardFile], columns: Sequence[str], watch: Watch | None
    ) -> Iterator[pa.Table]:
        wanted = list(dict.fromkeys((*columns, *self.selection.columns)))
        parts = self.cache.read(self.source, shards, wanted)
        return (at_windows(self.selection(part, watch), self.windows) for part in parts)


def check_apart(settings: Settings) -> None:
    """Raise UsageError if the output is the dataset's folder, lies in it, or contains it; settings without an output are fine."""
    if not settings.out:
        return
    given = Folder.at(settings.source)
    found = version_folder(given) if given.is_local else None
    refuse_overlap(settings.out, [(found or given).url])


def open_sources(settings: Settings, far: bool = True) -> Sources:
    """Open the source and compare the schema and recipe with it. Raises MissingKey, UnknownName, SourceError.

    far: True if workers may be on other machines, which see a remote output but not this machine's cache of indexes.
    """
    source = open_source(settings.source, settings.reader)
    taken = _cameras(settings)
    check_tasks(settings)
    chain = settings.recipe.action.chain
    settings.spec.columns(source.step_columns, chain, source.values)
    for camera, refused in refusals(settings.spec, source):
        if camera in taken:
            raise refused
    require_fit(settings.spec, source, chain)
    selection = _selection(settings.choice, source, settings.spec, chain, taken)
    indexing = Indexing(source, settings.spec, chain, selection.every, settings.check_pictures)
    shards = limited(source.shards(settings.split), settings.limit)
    measured = source.shards(settings.measured) if settings.measured else shards
    root = f"{settings.out}/{WORK}/index" if far and open_output(settings.out).remote else None
    windows = rule_of(settings.recipe.windows, frequency(settings.spec, selection.every), settings.spec.name)
    return Sources(indexing, shards, measured, cache_of(indexing, root), selection, windows)


def strides(chain: ActionChain) -> int:
    """Return the number of recorded steps that the transforms `stride` of a chain join into one."""
    return math.prod(op.factor for op in chain.operations if isinstance(op, Stride))


def frequency(spec: DatasetSpec, every: int) -> float | None:
    """Return the taken steps per second if every `every`-th step is taken; None if the schema does not give the frequency."""
    hz = spec.control_frequency_hz
    return hz and hz / every


def open_index(
    source: str,
    schema: str | DatasetSpec | None,
    chain: str | None,
    split: str,
    reader: str,
    choice: Choice = ALL,
    cameras: tuple[str, ...] | None = None,
) -> Sources:
    """Return the source and index of `vladata index`, `stats` and `doctor`.

    schema:  a name, a path, or the schema itself.
    split:   the split expression; "all" for every split.
    cameras: the cameras whose pictures are needed; None for all cameras that can give one.
    """
    opened = open_source(source, reader)
    spec = find_schema(schema) if isinstance(schema, str) else schema
    if spec:
        spec.columns(opened.step_columns, chain, opened.values)
        require_fit(spec, opened, chain)
    selection = _selection(choice, opened, spec, chain, cameras) if spec else Selection()
    indexing = Indexing(opened, spec, chain, selection.every)
    wanted = "+".join(opened.info.splits) if split == "all" else split
    shards = opened.shards(wanted)
    return Sources(indexing, shards, shards, cache_of(indexing), selection)


def _selection(
    choice: Choice,
    source: Source,
    spec: DatasetSpec,
    chain: str | None,
    taken: tuple[str, ...] | None = None,
) -> Selection:
    """Return the selection of steps. taken: the cameras whose pictures are needed; None for all cameras that can give one."""
    select = choice.select
    if select.success is not None and not about(source, spec).tells_success:
        raise UsageError(
            f"the schema does not say if an episode of {source.name} succeeded",
            where=f"select.success, schema {spec.name}",
            hint="Give the field in the schema: success: {path: reward, test: gt, value: 0, step: any}.",
        )
    return Selection(
        select,
        spec.chain(chain),
        _every(select, spec, chain),
        read_keep_ranges(choice.keep_ranges) if choice.keep_ranges else None,
        read_errata(choice.errata) if choice.errata else None,
        taken,
    )


def _every(select: Select, spec: DatasetSpec, chain: str | None) -> int:
    """Return n if every n-th step is taken. Raises UsageError if the actions between cannot be joined into one."""
    every = select.factor(spec.control_frequency_hz, spec.name)
    if every > 1 and MODE in spec.chain(chain).names:
        raise UsageError(
            "steps in which the arm moves and steps in which the base moves cannot be joined into one",
            where=f"select, schema {spec.name}",
            got=f"every {every}, and an action with {MODE}",
            hint="Use every step, or a chain without the base.",
        )
    return every


def limited(shards: Sequence[ShardFile], limit: int) -> tuple[ShardFile, ...]:
    """Return the files and records that hold the first `limit` episodes; all for limit 0."""
    if not limit:
        return tuple(shards)
    taken = []
    for shard in shards:
        count = min(limit, shard.stop - shard.start)
        if count > 0:
            taken.append(replace(shard, stop=shard.start + count))
        limit -= count
    return tuple(taken)


def _cameras(settings: Settings) -> tuple[str, ...]:
    """Return the schema's cameras that the recipe takes. Raises UnknownName if the schema lacks one."""
    found = tuple(cameras(settings.spec, settings.recipe).values())
    for camera in found:
        if camera not in settings.spec.cameras:
            where = f"recipe {settings.recipe.name}, images.cameras, schema {settings.spec.name}"
            error = UnknownName("camera", camera, list(settings.spec.cameras), where)
            error.hint += f" {ANY_CAMERA}"
            raise error
    return found
