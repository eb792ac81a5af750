"""A dataset in HDF5 as a Source.

There is one split, "train". A record is a whole episode (record.py). When it is read again, the digest of its values is checked.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from vladata import keys
from vladata.errors import (
    FormatError,
    MalformedExample,
    MissingKey,
    SourceError,
    VladataError,
    nearest,
)
from vladata.records import Episode, Place
from vladata.sources.features import Leaf
from vladata.sources.folder import Folder
from vladata.sources.hdf5.around import Around, around
from vladata.sources.hdf5.attributes import Refused
from vladata.sources.hdf5.listing import LOOKED_INTO, Listing, grouped, listing_at, spread
from vladata.sources.hdf5.opening import opened
from vladata.sources.hdf5.record import Data, changed, read_episode
from vladata.sources.hdf5.survey import Survey
from vladata.sources.hdf5.tree import Episodes, episodes_of
from vladata.sources.info import DatasetInfo, SplitInfo
from vladata.sources.source import EpisodeRecord, NamedColumns, ShardFile, Source, shard_files

SPLIT = "train"
PICTURE = 3  # axes of the pixels of a step


@dataclass(frozen=True)
class Hdf5Source(NamedColumns):
    """A dataset in HDF5; vladata/sources/source.py describes the other members.

    listing: the files of the dataset.
    groups:  file of the split -> the names of HDF5 files: one, or several that are one episode each.
    """

    listing: Listing
    info: DatasetInfo
    columns: Mapping[str, Leaf]
    groups: Mapping[str, tuple[str, ...]]
    reader = "native"
    counted_in = "the dataset as it was opened"
    described_in = "the HDF5 files"
    frequency = None
    last_action = True

    @property
    def url(self) -> str:
        return self.listing.url

    @property
    def name(self) -> str:
        return self.info.name

    @property
    def identity(self) -> str:
        return "\n".join(str(self.columns[name]) for name in sorted(self.columns))

    def version(self, name: str) -> str:
        versions = [self.listing.folder.version(file) for file in self.groups[name]]
        return versions[0] if len(versions) == 1 else keys.digest(versions)

    def shards(self, split: str) -> tuple[ShardFile, ...]:
        return shard_files(self.info, split)

    def scan(self, shard: ShardFile) -> Iterator[EpisodeRecord]:
        files, number = self.groups[shard.file], 0
        for file in files:
            for record in self._of_file(file, shard.shard, number, len(files) > 1):
                yield record
                number += 1

    def content(self, data: Data) -> str:
        return data.content

    def read(self, place: Place, crc: int | None = None, room: memoryview | None = None) -> Data:
        with self._opened(place.file) as (file, surrounding):
            episodes = surrounding.episodes
            number = 0 if episodes.is_one else place.record
            if number >= len(episodes):
                raise changed(place.file, f"there are {len(episodes)} episodes")
            data = self._read(file, surrounding, number, place.file, room)
        if data.size != place.length or crc not in (None, data.crc):
            raise changed(_where(place.file, episodes, number), "other data is in its place")
        return data

    def decode(self, split: str, place: Place, data: Data, wanted: frozenset[str] | None = None) -> Episode:
        """Return the raw Episode. Pictures are views of the block; numbers are copies, so that they do not keep the block.

        wanted: names of columns and values; None for all that the episode has and the reader understands.
        """
        where = f"{place.file}, {data.label}"
        unknown = sorted((wanted or frozenset()) - set(self.columns))
        if unknown:
            hint = nearest(unknown[0], list(self.columns))
            raise MissingKey(
                "the data has no such key", where=self.described_in, got=", ".join(unknown), hint=hint
            )
        steps: dict[str, Any] = {}
        values: dict[str, Any] = {}
        for name, leaf in self.columns.items():
            found = data.columns[name] if name in data.columns else data.values.get(name)
            if (wanted is not None and name not in wanted) or (wanted is None and _is_left(leaf, found)):
                continue
            leaf.require_supported()
            (steps if leaf.per_step else values)[name] = _sound(found, name, leaf, where)
        return Episode(self.name, split, place, steps, values, np.arange(data.steps))

    def _of_file(self, name: str, shard: int, first: int, alone: bool) -> Iterator[EpisodeRecord]:
        """Yield the records of one file. first: the number of its first record. alone: True if it should be one episode."""
        try:
            with self._opened(name) as (file, surrounding):
                episodes = surrounding.episodes
                if alone and not episodes.is_one:
                    what = f"the file holds {len(episodes)} episodes, and other files of its folder are one episode each"
                    raise MalformedExample(what, where=name, hint="Name this file itself, not its folder.")
                for number in range(len(episodes)):
                    yield self._record(file, surrounding, number, name, shard, first + number)
        except FormatError as fault:
            yield EpisodeRecord(Place(name, shard, first, first, 0), 0, None, fault)

    def _record(
        self, file: Any, surrounding: Around, number: int, name: str, shard: int, record: int
    ) -> EpisodeRecord:
        try:
            data = self._read(file, surrounding, number, name, None)
        except FormatError as fault:
            return EpisodeRecord(Place(name, shard, record, record, 0), 0, None, fault)
        return EpisodeRecord(Place(name, shard, record, record, data.size), data.crc, data)

    def _read(self, file: Any, surrounding: Around, number: int, name: str, room: Any) -> Data:
        episodes = surrounding.episodes
        group, where = file[episodes.path(number)], _where(name, episodes, number)
        return read_episode(group, surrounding, number, self.columns, where, room)

    @contextmanager
    def _opened(self, name: str) -> Iterator[tuple[Any, Around]]:
        with opened(self.listing.folder, name) as file:
            yield file, around(file, name, episodes_of(file, name))


def open_at(folder: Folder) -> Source | None:
    """Return the dataset in HDF5 at `folder`, a folder of files or one file; None if there is none."""
    listing = listing_at(folder)
    if listing is None:
        return None
    survey, counts = _surveyed(listing)
    groups = tuple(grouped(listing.files, counts))
    if not survey.episodes:
        raise _nothing_readable(listing, counts)
    split = SplitInfo(SPLIT, tuple(group.count for group in groups), tuple(group.name for group in groups))
    info = DatasetInfo(listing.name, "", "", "hdf5", {SPLIT: split})
    return Hdf5Source(listing, info, survey.columns(), {group.name: group.files for group in groups})


def _surveyed(listing: Listing) -> tuple[Survey, dict[str, int | FormatError]]:
    """Return a survey of the episodes, and a map from each opened file to its number of episodes: 0 if it is one itself."""
    survey, files = Survey(), listing.files
    counts: dict[str, int | FormatError] = {}
    chosen = [files[i] for i in spread(len(files), LOOKED_INTO)]
    for name in chosen:
        counts[name] = _look(listing.folder, name, survey, max(1, LOOKED_INTO // len(chosen)))
    if any(found != 0 and not isinstance(found, FormatError) for found in counts.values()):
        for name in files:
            if name not in counts:
                counts[name] = _look(listing.folder, name, survey, 0)
    return survey, counts


def _look(folder: Folder, name: str, survey: Survey, most: int) -> int | FormatError:
    """Return the number of episodes of a file, or the error if it cannot be read; survey at most `most` of them."""
    fault: FormatError | None = None
    try:
        with opened(folder, name) as file:
            episodes = episodes_of(file, name)
            surrounding = around(file, name, episodes)
            for number in spread(len(episodes), most) if most else ():
                try:
                    survey.add(
                        file[episodes.path(number)], surrounding, number, _where(name, episodes, number)
                    )
                except FormatError as found:  # it will be rejected when it is read
                    fault = found
            return fault if fault and episodes.is_one else len(episodes.names)
    except FormatError as found:
        return found


def _nothing_readable(listing: Listing, counts: Mapping[str, int | FormatError]) -> SourceError:
    faults = [found for found in counts.values() if isinstance(found, FormatError)]
    said = str(faults[0]) if faults else "its groups are not episodes"
    what = (
        "no episode can be read from these HDF5 files" if len(listing.files) > 1 else "no episode can be read"
    )
    return SourceError(
        what, where=listing.url, hint=f"{said}\n  docs/hdf5.md shows the layouts that are read."
    )


def _where(file: str, episodes: Episodes, number: int) -> str:
    return file if episodes.is_one else f"{file}, {episodes.path(number)}"


def _is_left(leaf: Leaf, found: Any) -> bool:
    """Return True if a column is left out of an episode of which all columns are wanted."""
    return leaf.kind == "unsupported" or found is None or isinstance(found, Refused)


def _sound(found: Any, name: str, leaf: Leaf, where: str) -> Any:
    """Return the column or value `found`; raise the error if it is one, or is Refused."""
    if found is None:
        hint = "Other episodes have it. Take it out of the schema, or leave this episode out."
        raise MalformedExample("the episode lacks a key that others have", where=where, got=name, hint=hint)
    if isinstance(found, VladataError):
        raise found
    if isinstance(found, Refused):
        raise MalformedExample(f"it is {found.called}: {found.reason}", where=f"{where}, {name}")
    if not isinstance(found, np.ndarray) or found.dtype == object:
        return found
    if leaf.per_step and leaf.dtype == "uint8" and len(leaf.shape) >= PICTURE:
        return found
    return found.copy() if leaf.per_step else found.astype(leaf.dtype)[()]
