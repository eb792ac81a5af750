"""The shards of an index, and the names of an episode's files.

    v2   each file is an episode; SHARD episodes in a row are one shard, since a dataset may have a million files
    v3   a data file holds many episodes, and is one shard

A shard's name has no slash, since it becomes part of the names of an index's files.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vladata.errors import CorruptRecord, SourceError
from vladata.sources.info import DatasetInfo, SplitInfo
from vladata.sources.lerobot.catalogue import FETCH, Catalogue, Videos
from vladata.sources.lerobot.meta import INFO, Meta, filled
from vladata.sources.lerobot.video import VideoSpan

SHARD = 64  # the number of episodes in a shard (v2)
FORMAT = "lerobot"


@dataclass(frozen=True, eq=False)
class Files:
    """The files of a dataset.

    spans: name of a shard -> the positions of its episodes in the catalogue, rising.
    """

    meta: Meta
    catalogue: Catalogue
    info: DatasetInfo
    spans: dict[str, np.ndarray]

    def data(self, at: int) -> str:
        """Return the Parquet file of the episode at this position of the catalogue."""
        return self._name(self.meta.data, at, self.catalogue)

    def video(self, at: int, key: str) -> VideoSpan:
        """Return the place of the frames of a feature. Raises SourceError if the metadata does not give it."""
        if not self.meta.several_a_file:
            return VideoSpan(self._name(self.meta.video, at, self.catalogue, key), 0.0)
        found = self.catalogue.videos.get(key)
        if found is None:
            what = f"the metadata does not say where the videos of {key} are"
            names = ", ".join(self.catalogue.videos) or "no feature"
            raise SourceError(what, where=self.catalogue.where, got=f"videos of {names}", hint=FETCH)
        name = self._name(self.meta.video, at, found, key)
        if found.overlaps[at]:
            raise CorruptRecord(
                "by the metadata, another episode has frames of this one too",
                where=f"{name}, episode {self.catalogue.number[at]}",
                got=f"{found.start[at]:.3f} to {found.stop[at]:.3f} s",
                hint="The metadata is of another version than the videos: fetch both again.",
            )
        return VideoSpan(name, float(found.start[at]), float(found.stop[at]))

    def together(self, at: int) -> np.ndarray:
        """Return the positions of all episodes in the data file of the episode at `at`, int64, rising."""
        if not self.meta.several_a_file:
            return np.array([at])
        chunk, file = self.catalogue.chunk, self.catalogue.file
        return np.flatnonzero((chunk == chunk[at]) & (file == file[at]))

    def names(self, shard: str) -> list[str]:
        """Return all files of a shard, each once, sorted."""
        span = self.spans.get(shard, np.zeros(0, np.int64))
        found = {self.data(at) for at in self._first_of_each_file(span, self.catalogue)}
        for key in [name for name, leaf in self.meta.leaves.items() if leaf.kind == "video"]:
            listed = self.catalogue.videos.get(key) if self.meta.several_a_file else self.catalogue
            if listed is not None:
                found |= {
                    self._name(self.meta.video, at, listed, key)
                    for at in self._first_of_each_file(span, listed)
                }
        return sorted(found)

    def _first_of_each_file(self, span: np.ndarray, listed: Catalogue | Videos) -> list[int]:
        """Return the position of one episode of each file, since a file may hold a thousand episodes."""
        if not self.meta.several_a_file:
            positions: list[int] = span.tolist()
            return positions
        pairs = np.stack([listed.chunk[span], listed.file[span]], 1)
        first: list[int] = span[np.unique(pairs, axis=0, return_index=True)[1]].tolist()
        return first

    def _name(self, template: str, at: int, listed: Catalogue | Videos, key: str = "") -> str:
        """Return the name of the file of the episode at position `at`. listed: gives the numbers of its chunk and file."""
        number = int(self.catalogue.number[at])
        values: dict[str, int | str] = {"episode_index": number, "video_key": key}
        if self.meta.several_a_file:
            values |= {"chunk_index": int(listed.chunk[at]), "file_index": int(listed.file[at])}
        else:
            values["episode_chunk"] = number // max(1, self.meta.chunk)
        return filled(template, values, f"{INFO}, {'video_path' if key else 'data_path'}")


def files_of(name: str, meta: Meta, catalogue: Catalogue) -> Files:
    """Return the shards of a dataset, split by split.

    Raises SourceError if the metadata lists more episodes than meta/info.json counts. If it lists fewer, the others count as
    missing episodes at the end of the last shard.
    """
    listed, counted = len(catalogue), meta.episodes
    if listed > counted:
        raise SourceError(
            f"the metadata lists more episodes than {INFO} counts",
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
