"""Which episodes are one shard of an index, and what the files of an episode are called.

    v2   a file an episode; SHARD episodes that follow each other are one shard, or a dataset would have a million of them
    v3   a data file holds many episodes, which are one shard

A shard's name has no slash, since the parts of an index are named after it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vladata.errors import CorruptRecord, SourceError
from vladata.sources.info import DatasetInfo, SplitInfo
from vladata.sources.lerobot.catalogue import Catalogue
from vladata.sources.lerobot.meta import INFO, Meta, filled
from vladata.sources.lerobot.video import Span

SHARD = 64  # episodes
FORMAT = "lerobot"


@dataclass(frozen=True, eq=False)
class Files:
    """The files of a dataset. spans: name of a shard -> positions of its episodes in the catalogue, rising."""

    meta: Meta
    catalogue: Catalogue
    info: DatasetInfo
    spans: dict[str, np.ndarray]

    def data(self, at: int) -> str:
        """The Parquet file of the episode at this position of the catalogue."""
        return filled(
            self.meta.data, self._numbers(at, self.catalogue.chunk, self.catalogue.file), f"{INFO}, data_path"
        )

    def video(self, at: int, key: str) -> Span:
        """Where the frames of a feature lie. SourceError where the metadata does not say."""
        if not self.meta.several_a_file:
            values = self._numbers(at, self.catalogue.chunk, self.catalogue.file)
            name = filled(self.meta.video, {**values, "video_key": key}, f"{INFO}, video_path")
            return Span(name, 0.0)
        found = self.catalogue.videos.get(key)
        if found is None:
            raise SourceError(
                "the metadata does not say where the video of an episode is",
                where=self.catalogue.where,
                got=key,
            )
        values = {**self._numbers(at, found.chunk, found.file), "video_key": key}
        name = filled(self.meta.video, values, f"{INFO}, video_path")
        if found.overlaps[at]:
            raise CorruptRecord(
                "by the metadata, the frames of the episode are those of another one too",
                where=f"{name}, episode {self.catalogue.number[at]}",
                got=f"{found.start[at]:.3f} to {found.stop[at]:.3f} s",
                hint="The metadata is of another version than the videos: fetch both again.",
            )
        return Span(name, float(found.start[at]), float(found.stop[at]))

    def _numbers(self, at: int, chunk: np.ndarray, file: np.ndarray) -> dict[str, int | str]:
        number = int(self.catalogue.number[at])
        if self.meta.several_a_file:
            return {"chunk_index": int(chunk[at]), "file_index": int(file[at]), "episode_index": number}
        return {"episode_chunk": number // max(1, self.meta.chunk), "episode_index": number}


def files_of(name: str, meta: Meta, catalogue: Catalogue) -> Files:
    """The shards of a dataset, split by split. More episodes listed than meta/info.json counts are a SourceError; fewer become
    episodes that are missing, at the end of the last shard."""
    listed, counted = len(catalogue), meta.episodes
    if listed > counted:
        raise SourceError(
            f"more episodes are listed than {INFO} counts",
            where=catalogue.where,
            got=listed,
            allowed=f"{counted} (total_episodes)",
            hint=f"Correct total_episodes in {INFO}, and its splits, or fetch the metadata again.",
        )
    spans: dict[str, np.ndarray] = {}
    splits: dict[str, SplitInfo] = {}
    for split, (start, stop) in meta.splits.items():
        inside = np.arange(start, min(stop, listed))
        made = list(_cut(inside, catalogue, meta))
        names = [f"{split}-{_named(part, catalogue, meta)}" for part in made]
        lengths = [len(part) for part in made]
        if missing := stop - start - len(inside):
            if not made:
                names, lengths, made = [f"{split}-not-listed"], [0], [inside]
            lengths[-1] += missing
        spans |= dict(zip(names, made, strict=True))
        splits[split] = SplitInfo(split, tuple(lengths), tuple(names))
    info = DatasetInfo(name, meta.version.removeprefix("v"), "", FORMAT, splits)
    return Files(meta, catalogue, info, spans)


def _cut(inside: np.ndarray, catalogue: Catalogue, meta: Meta) -> Sequence[np.ndarray]:
    if not len(inside):
        return []
    if not meta.several_a_file:
        return np.split(inside, range(SHARD, len(inside), SHARD))
    here = np.stack([catalogue.chunk[inside], catalogue.file[inside]], 1)
    borders = np.flatnonzero((here[1:] != here[:-1]).any(axis=1)) + 1
    return np.split(inside, borders)


def _named(part: np.ndarray, catalogue: Catalogue, meta: Meta) -> str:
    first, last = int(catalogue.number[part[0]]), int(catalogue.number[part[-1]])
    return f"episodes-{first:06d}-{last:06d}"
