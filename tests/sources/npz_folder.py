"""A toy format: episodes as groups of arrays in .npz files. All that vladata needs to read it is this file and a line in the
table, as docs/contributing.md says.

    episodes.json   {"name": ..., "version": ..., "splits": {"train": {"a.npz": 2, ...}},
                     "columns": {path: [kind, dtype, shape, whether it has one value a step], ...}}
    a.npz           "0/action" [T, 7], "0/observation/image_0" [T] of bytes, "0/who" of one value; then "1/action" ...

A record is a group, so it has no bytes in a row and no byte at which it begins.
"""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vladata.errors import CorruptRecord, MissingKey, SourceChanged
from vladata.records import Episode, Place
from vladata.sources.features import Leaf
from vladata.sources.folder import Folder, explained
from vladata.sources.info import DatasetInfo, SplitInfo
from vladata.sources.source import EpisodeRecord, NamedColumns, ShardFile, shard_files

METADATA = "episodes.json"
Group = dict[str, np.ndarray]


def open_at(folder: Folder) -> "NpzSource | None":
    if not folder.exists(METADATA):
        return None
    text = folder.read(METADATA).decode()
    content = json.loads(text)
    splits = {
        name: SplitInfo(name, tuple(files.values()), tuple(files))
        for name, files in content["splits"].items()
    }
    columns = {
        path: Leaf(path, kind, dtype, tuple(shape), "", per_step, (None,) if per_step else (), "")
        for path, (kind, dtype, shape, per_step) in content["columns"].items()
    }
    info = DatasetInfo(content["name"], content["version"], "", "npz", splits)
    return NpzSource(folder, info, columns, text)


@dataclass(frozen=True)
class NpzSource(NamedColumns):
    folder: Folder
    info: DatasetInfo
    columns: Mapping[str, Leaf]
    identity: str
    reader = "native"
    counted_in = METADATA
    frequency = None
    last_action = False
    described_in = METADATA

    @property
    def url(self) -> str:
        return self.folder.url

    @property
    def name(self) -> str:
        return self.info.name

    def version(self, name: str) -> str:
        return self.folder.version(name)

    def shards(self, split: str) -> tuple[ShardFile, ...]:
        return shard_files(self.info, split)

    def content(self, data: Group) -> str:
        state = hashlib.sha256()
        for name in sorted(data):
            state.update(name.encode() + data[name].tobytes())
        return state.hexdigest()

    def scan(self, shard: ShardFile) -> Iterator[EpisodeRecord]:
        with (
            self.folder.open(shard.file) as file,
            explained(self.folder.path(shard.file)),
            np.load(file) as arrays,
        ):
            groups = sorted({int(name.partition("/")[0]) for name in arrays.files})
            for number in groups:
                yield self._record(arrays, shard.file, shard.shard, number)

    def read(self, place: Place, crc: int | None = None, room: memoryview | None = None) -> Group:
        with (
            self.folder.open(place.file) as file,
            explained(self.folder.path(place.file)),
            np.load(file) as arrays,
        ):
            record = self._record(arrays, place.file, place.shard, place.record)
        if record.fault:
            raise record.fault
        if record.place != place or crc not in (None, record.crc):
            raise SourceChanged("the group that was indexed is not there", where=place.file)
        return record.data

    def _record(self, arrays: Any, file: str, shard: int, number: int) -> EpisodeRecord:
        prefix = f"{number}/"
        try:
            group = {
                name.removeprefix(prefix): arrays[name] for name in arrays.files if name.startswith(prefix)
            }
        except zipfile.BadZipFile as error:
            fault = CorruptRecord(f"numpy says: {error}", where=f"{file}, group {number}")
            return EpisodeRecord(Place(file, shard, number, number, 0), 0, {}, fault)
        crc = 0
        for name in sorted(group):
            crc = zlib.crc32(group[name].tobytes(), crc)
        length = sum(array.nbytes for array in group.values())
        return EpisodeRecord(Place(file, shard, number, number, length), crc, group)

    def decode(self, split: str, place: Place, data: Group, wanted: frozenset[str] | None = None) -> Episode:
        chosen = self.columns if wanted is None else wanted
        if unknown := sorted(set(chosen) - set(self.columns)):
            raise MissingKey("the data lacks this key", where=METADATA, got=", ".join(unknown))
        steps: dict[str, Any] = {}
        values: dict[str, Any] = {}
        for path in chosen:
            leaf, array = self.columns[path], data[path]
            if leaf.per_step:
                steps[path] = array if leaf.kind == "number" else array.tolist()
            else:
                values[path] = array[()]
        return Episode(self.name, split, place, steps, values, np.arange(len(data["action"])))


def write(folder: Path, episodes: Mapping[str, list[list[Episode]]], columns: Mapping[str, Leaf]) -> Path:
    """Writes raw episodes in this format: split -> files -> episodes."""
    folder.mkdir()
    content: dict[str, Any] = {"name": "bridge_dataset", "version": "1.0.0", "splits": {}}
    content["columns"] = {
        path: [leaf.kind, leaf.dtype, leaf.shape, leaf.per_step] for path, leaf in columns.items()
    }
    for split, files in episodes.items():
        counts = content["splits"].setdefault(split, {})
        for number, file in enumerate(files):
            groups = {
                f"{n}/{path}": _array({**episode.steps, **episode.metadata}[path], leaf)
                for n, episode in enumerate(file)
                for path, leaf in columns.items()
            }
            name = f"{split}-{number}.npz"
            np.savez(folder / name, **groups)
            counts[name] = len(file)
    (folder / METADATA).write_text(json.dumps(content))
    return folder


def _array(value: Any, leaf: Leaf) -> np.ndarray:
    """Texts and pictures as bytes of one width; none of them ends in a zero, which numpy would cut off."""
    if leaf.kind == "number":
        return np.asarray(value)
    if not leaf.per_step:
        return np.bytes_(value)
    return np.array([bytes(item) for item in value], np.bytes_)
