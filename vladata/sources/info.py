"""dataset_info.json: the dataset's name and version, its splits, and the names of their files.

File names are made from the split's template, so that the folder need not be listed:

    {DATASET}-{SPLIT}.{FILEFORMAT}-{SHARD_X_OF_Y}   ->   bridge_dataset-train.tfrecord-00003-of-01024

Names that lead out of the folder are refused, and a template is filled by plain replacement, since anybody may have written the
file.
Source: TFDS's core/naming.py and the DatasetInfo message.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from vladata.errors import MalformedJson, SourceError, shown
from vladata.sources import json_text
from vladata.sources.json_text import Object

DATASET_INFO = "dataset_info.json"
FILE_FORMATS = ("tfrecord", "array_record")
_TEMPLATE = "{DATASET}-{SPLIT}.{FILEFORMAT}-{SHARD_X_OF_Y}"


@dataclass(frozen=True, slots=True)
class SplitInfo:
    """One split, as in dataset_info.json.

    shard_lengths: the number of records of each file.
    files:         the names of the files relative to the version folder, one for each of shard_lengths.
    """

    name: str
    shard_lengths: tuple[int, ...]
    files: tuple[str, ...]

    @property
    def records(self) -> int:
        return sum(self.shard_lengths)


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """The content of dataset_info.json.

    config:      the name of the TFDS configuration; "" if the dataset has none.
    file_format: "tfrecord" or "array_record".
    splits:      name -> split, in the file's order.
    """

    name: str
    version: str
    config: str
    file_format: str
    splits: Mapping[str, SplitInfo]


def parse_dataset_info(text: bytes, where: str) -> DatasetInfo:
    """Return the content of a dataset_info.json. where: its name in errors."""
    top = json_text.parse_object(text, where)
    name = json_text.text(top, "name", where)
    if not name:
        raise MalformedJson("the dataset has no name", where=where)
    file_format = json_text.text(top, "fileFormat", where, "tfrecord")
    if file_format not in FILE_FORMATS:
        raise SourceError(
            "vladata does not read records of this file format",
            where=f"{where}, fileFormat",
            got=file_format,
            allowed=" or ".join(FILE_FORMATS),
            hint="TFDS can convert it: `tfds convert_format --out_file_format tfrecord ...`.",
        )
    splits: dict[str, SplitInfo] = {}
    for entry in json_text.children(top, "splits", where):
        split = _split(entry, name, file_format, f"{where}, splits")
        if split.name in splits:
            raise MalformedJson("a split is listed twice", where=f"{where}, splits", got=split.name)
        splits[split.name] = split
    version, config = json_text.text(top, "version", where), json_text.text(top, "configName", where)
    return DatasetInfo(name, version, config, file_format, splits)


def _split(entry: Object, dataset: str, file_format: str, where: str) -> SplitInfo:
    name = json_text.text(entry, "name", where)
    if not name:
        raise MalformedJson("a split has no name", where=where)
    where = f"{where}, {shown(name)}"
    lengths = json_text.integers(entry, "shardLengths", where)
    if any(length < 0 for length in lengths):
        raise MalformedJson("a shard length is negative", where=where, got=min(lengths))
    if not lengths and json_text.integer(entry.get("numShards", 0), f"{where}, numShards"):
        hint = "It was written by a TFDS older than 2020: prepare the dataset again."
        raise MalformedJson("the split has no shard lengths", where=where, hint=hint)
    template = json_text.text(entry, "filepathTemplate", where) or _TEMPLATE
    names = {"DATASET": dataset, "SPLIT": name, "FILEFORMAT": file_format}
    files = tuple(_file(template, names, shard, len(lengths), where) for shard in range(len(lengths)))
    if len(set(files)) < len(files):
        raise MalformedJson("a template gives several shards one file name", where=where, got=template)
    return SplitInfo(name, lengths, files)


def _file(template: str, names: Mapping[str, str], shard: int, shards: int, where: str) -> str:
    digits = max(5, len(str(shards)))
    numbers = {"SHARD_INDEX": f"{shard:0{digits}d}", "NUM_SHARDS": f"{shards:0{digits}d}"}
    values = {**names, **numbers, "SHARD_X_OF_Y": f"{numbers['SHARD_INDEX']}-of-{numbers['NUM_SHARDS']}"}

    def value(found: re.Match[str]) -> str:
        if found[1] not in values:
            known = ", ".join(f"{{{name}}}" for name in values)
            raise MalformedJson("unknown part of a file name", where=where, got=found[0], allowed=known)
        return values[found[1]]

    file = re.sub(r"\{([^{}]*)\}", value, template)
    parts = file.split("/")
    if ".." in parts or "" in parts or "\0" in file:
        raise MalformedJson("a file name leads out of the folder", where=where, got=file)
    return file
