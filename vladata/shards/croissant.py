"""croissant.json: the dataset in Croissant 1.0, the metadata of MLCommons, by which search engines and loaders find datasets.

It names the shards of each split. For tars it also declares records: the fields of each sample, by their paths in its JSON, and
the pictures of each camera; records with the same key belong together. It gives no date and no address, which a conversion does
not know, and no SHA-256 of a shard: the manifest has a checksum of each.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from vladata.fields import Spelled
from vladata.shards.card import shard_patterns
from vladata.shards.manifest import Manifest

_TERMS = """citeAs column equivalentProperty extract field fileObject fileProperty fileSet format includes isLiveDataset
jsonPath key md5 parentField path recordSet references regex repeated replace samplingRate separator source subField transform"""
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    **{term: f"cr:{term}" for term in _TERMS.split()},
}
"""The whole vocabulary of Croissant 1.0: readers warn of any other."""
_ENCODINGS = {
    "webdataset": "application/x-tar",
    "tfrecord": "application/x-tfrecord",
    "rlds": "application/x-tfrecord",
    "lerobot": "application/x-parquet",
}
_TYPES = {
    "text": ("sc:Text", False),
    "integer": ("sc:Integer", False),
    "number": ("sc:Float", False),
    "floats": ("sc:Float", True),
    "integers": ("sc:Integer", True),
    "float_rows": ("sc:Float", True),
    "integer_rows": ("sc:Integer", True),
}
"""Kind of a field -> its type in Croissant, and True if a sample has several values of it."""
_IMAGES = {"jpg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp"}


def croissant(manifest: Manifest, shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return croissant.json of an output, from its manifest (`files` and `digest` are not needed).

    shown: description, citation, licence and homepage, as `tfds_files.about` makes it.
    """
    licence = shown.get("redistributionInfo", {}).get("license")
    urls = shown.get("location", {}).get("urls", ())
    known = {"license": licence, "citeAs": shown.get("citation"), "sameAs": list(urls)}
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": manifest.name,
        "description": shown["description"],
        "version": "1.0.0",
        **{name: value for name, value in known.items() if value},
        "distribution": list(_files(manifest)),
        "recordSet": list(_records(manifest)) if manifest.format == "webdataset" else [],
    }


def _files(manifest: Manifest) -> Iterator[dict[str, Any]]:
    """Yield a FileSet for the shards of each split and, for tars, one for each kind of their members."""
    assert manifest.format
    for split in manifest.splits:
        yield _file_set(f"{split}-shards", _ENCODINGS[manifest.format], shard_patterns(manifest, split))
        if manifest.format == "webdataset":
            for suffix, encoding in _members(manifest):
                yield _file_set(f"{split}-{suffix}", encoding, f"*.{suffix}", f"{split}-shards")


def _members(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Yield suffix and encoding of the members of a sample."""
    yield "json", "application/json"
    for camera in manifest.cameras:
        for kind in manifest.image_kinds[camera]:
            yield f"{camera}.{kind}", _IMAGES[kind]


def _file_set(
    name: str, encoding: str, includes: str | list[str], inside: str | None = None
) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": name,
        "name": name,
        "encodingFormat": encoding,
        "includes": includes,
        **({"containedIn": {"@id": inside}} if inside else {}),
    }


def _records(manifest: Manifest) -> Iterator[dict[str, Any]]:
    """Yield the record sets of each split: its samples, and the pictures of each camera."""
    for split in manifest.splits:
        for member, _ in _members(manifest):
            name = f"{split}-samples" if member == "json" else f"{split}-{member}-images"
            records = _Records(name, f"{split}-{member}")
            fields = [records.key(member)]
            if member == "json":
                fields += [
                    records.field(path, kind, {"jsonPath": f"$.{path}"}, repeated)
                    for path, (kind, repeated) in _paths(manifest.fields)
                ]
            else:
                fields.append(records.field("content", "sc:ImageObject", {"fileProperty": "content"}))
            yield {"@type": "cr:RecordSet", "@id": name, "name": name, "field": fields}


def _paths(fields: Spelled, above: str = "") -> Iterator[tuple[str, tuple[str, bool]]]:
    """Yield the dotted path of each field in a sample's JSON, and its type."""
    for name, kind in fields.items():
        if isinstance(kind, Mapping):
            yield from _paths(kind, f"{above}{name}.")
        else:
            yield f"{above}{name}", _TYPES[kind]


class _Records(NamedTuple):
    """A record set whose records are the members `files`, a FileSet."""

    name: str
    files: str

    def field(
        self, name: str, kind: str, extract: Mapping[str, str], repeated: bool = False, **source: Any
    ) -> dict[str, Any]:
        return {
            "@type": "cr:Field",
            "@id": f"{self.name}/{name}",
            "name": f"{self.name}/{name}",
            "dataType": kind,
            **({"repeated": True} if repeated else {}),
            "source": {"fileSet": {"@id": self.files}, "extract": dict(extract), **source},
        }

    def key(self, suffix: str) -> dict[str, Any]:
        """Return the field of a sample's key, which is the name of a member without its suffix."""
        without = {"regex": f"^(.+)\\.{re.escape(suffix)}$"}
        return self.field("__key__", "sc:Text", {"fileProperty": "filename"}, transform=without)
