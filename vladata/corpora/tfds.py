"""Records of a TFDS dataset of images and texts: each is a tf.Example whose features have one value or a list of values.

A feature is named by its path with dots: the texts of {"captions": Sequence({"text": Text()})} are captions.text, a list. An
image is stored unchanged within its record, so its place is a range of bytes, as in a tar. TensorFlow is not imported.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from vladata.corpora.corpus import Corpus, CorpusFile, tfds_features
from vladata.corpora.examine import Examiner, Image
from vladata.corpora.fields import Parts
from vladata.corpora.parquet_columns import named, no_names
from vladata.corpora.record import Lost, Record, all_present
from vladata.errors import (
    BadText,
    DataError,
    FormatError,
    MissingFile,
    MissingKey,
    TruncatedRecord,
    UnfitRecord,
    UnsupportedFeature,
    nearest,
)
from vladata.formats import example, tfrecord
from vladata.formats.example import Feature
from vladata.formats.tfrecord import HEAD
from vladata.sources import columns
from vladata.sources.features import FEATURES, Leaf
from vladata.sources.folder import Folder, explained
from vladata.spec.corpus_pairs import Caption, Interleaved


class TfdsRecord:
    """One record. A feature is parsed when it is first read."""

    __slots__ = ("_data", "_features", "_offset", "_reader", "fault", "key", "lacks", "number")

    def __init__(
        self, reader: "_Reader", number: int, data: bytes, offset: int, features: Mapping[str, Feature]
    ) -> None:
        self.number, self.key, self.lacks = number, "", ""
        self.fault: DataError | FormatError | None = None
        self._reader, self._data, self._offset, self._features = reader, data, offset, features

    def value(self, parts: Parts) -> Any:
        """Return the value of a feature: texts as text, images as a list of bytes."""
        leaf = self._reader.leaves[parts[0]]
        if leaf.kind == "image":
            return self._features.get(leaf.path)
        value = _plain(columns.value(leaf, self._features), parts[0])
        names = self._reader.labels.get(parts[0])
        return value if names is None else named(value, names, parts[0])

    def own(self) -> tuple[Image, ...]:
        """Return the images of all declared features."""
        found, self.lacks = all_present((path, self._held(path)) for path in self._reader.images)
        if not found:
            allowed = ", ".join(self._reader.images)
            raise UnfitRecord("missing_image", "the record holds no image", allowed=allowed)
        return tuple(map(self.pick, found))

    def _held(self, path: str) -> list[Any]:
        """Return the encoded images of a feature; an empty list if all are empty."""
        found = self._features.get(self._reader.leaves[path].path)
        return found if isinstance(found, list) and any(len(image) for image in found) else []

    def pick(self, item: Any) -> Image:
        """Return an image that is part of the record's bytes."""
        if not isinstance(item, bytes | memoryview) or not len(item):
            raise UnfitRecord("missing_image", "the record holds no such image")
        return self._reader.examine(item, "", self._offset + _position(item, self._data))


class _Reader:
    """The objects that all records of a file share. leaves: path with dots -> leaf feature."""

    def __init__(self, corpus: Corpus, file: CorpusFile, examine: Examiner) -> None:
        spec = corpus.spec
        self.examine = examine
        self.images = spec.image.data if spec.image else ()
        leaves = {path.replace("/", "."): leaf for path, leaf in tfds_features(file).leaves.items()}
        self.leaves: dict[str, Leaf] = {}
        for path in spec.reads:
            if path not in leaves:
                hint = nearest(path, list(leaves))
                raise MissingKey("the data has no such feature", where=FEATURES, got=path, hint=hint)
            leaves[path].require_supported()
            self.leaves[path] = leaves[path]
        for path in (*self.images, *(pair.images for pair in spec.pairs if isinstance(pair, Interleaved))):
            _refuse_numbers(path, self.leaves[path])
        self.labels = {
            path: _names(file, leaf)
            for path, leaf in self.leaves.items()
            if leaf.tfds_class == "ClassLabel" and path not in (spec.key, spec.similarity)
        }
        for pair in spec.pairs:
            is_number = isinstance(pair, Caption) and "int" in self.leaves[pair.text].dtype
            if isinstance(pair, Caption) and is_number and pair.text not in self.labels:
                raise no_names(pair.text, FEATURES)
        self.keys = frozenset(key for leaf in self.leaves.values() for key in columns.keys(leaf))


def _refuse_numbers(path: str, leaf: Leaf) -> None:
    """Raise UnsupportedFeature for a feature that is not an encoded picture of 8 bits per channel.

    TFDS stores the bits of a float image as the pixels of a PNG, which opens like any other PNG.
    """
    if leaf.kind == "number" or (leaf.kind == "image" and leaf.dtype not in ("", "uint8")):
        raise UnsupportedFeature(
            f"expected an encoded picture of 8 bits a channel, but this feature holds {leaf.dtype}",
            where=FEATURES,
            got=path,
            hint="If it is a picture, write it as an Image of uint8 (times 255 if its numbers lie within 0 to 1); else name "
            "another feature in the schema.",
        )


def _names(file: CorpusFile, leaf: Leaf) -> list[str]:
    """Return the names of a class label. TFDS writes them in the data folder: objects-label.labels.txt, one name per line."""
    folder = Folder(file.url.rpartition("/")[0])
    name = f"{leaf.path.replace('/', '-')}.labels.txt"
    other = f"{leaf.path.replace('/', '.')}.labels.txt"  # for a feature whose own name contains a "/"
    for found in (name, other):
        if folder.exists(found):
            return folder.read(found).decode("utf-8", "replace").splitlines()
    raise MissingFile(
        f"the feature {leaf.path} holds class labels, and the file with their names is missing",
        where=folder.path(name),
        hint="TFDS writes that file into the version folder: fetch it too, or declare a feature of text.",
    )


def tfds_records(corpus: Corpus, file: CorpusFile, examine: Examiner) -> Iterator[Record]:
    """Yield the records of one file. If it has fewer than dataset_info.json says, the last record has this fault."""
    reader, number = _Reader(corpus, file, examine), 0
    with file.open() as opened, explained(file.url):
        for found in tfrecord.scan_records(opened):
            number += 1
            if found.fault:
                yield Lost(found.number, "", found.fault)
                continue
            try:
                features = example.parse_example(found.data, reader.keys)
            except FormatError as fault:
                yield Lost(found.number, "", fault)
                continue
            yield TfdsRecord(reader, found.number, bytes(found.data), found.offset + HEAD, features)
    if number < file.expected:
        what = f"expected {file.expected:,} records by dataset_info.json, found {number:,}"
        yield Lost(number, "", TruncatedRecord(what))


def _position(part: bytes | memoryview, data: bytes) -> int:
    """Return the offset of `part` in the record `data`. `part` is a view of it, except in a record of an unusual form."""
    start, stop = _address(data), _address(data) + len(data)
    at = _address(part)
    return at - start if start <= at < stop else data.index(bytes(part))


def _address(buffer: bytes | memoryview) -> int:
    return int(np.frombuffer(buffer, np.uint8).__array_interface__["data"][0])


def _plain(value: Any, name: str) -> Any:
    """Return a value as plain Python: decoded text, numbers and lists."""
    if isinstance(value, bytes | memoryview):
        try:
            return bytes(value).decode()
        except UnicodeDecodeError:
            raise BadText("the text is not UTF-8", where=name, got=bytes(value)) from None
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    return [_plain(item, name) for item in value] if isinstance(value, list) else value
