"""The columns of a Parquet file that the paths of a declaration mean.

A path is names joined by dots: `image.bytes` is the field `bytes` of the column `image`, or a column whose own name has the dot.
Such a column is changed into a field, so that a path has one form. Class labels of Hugging Face are numbers whose names are in
the metadata of the file; the name is used as text.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from vladata.corpora.fields import Parts
from vladata.errors import MissingKey, SourceError, UnfitRecord, nearest
from vladata.spec.corpus import CorpusSpec
from vladata.spec.corpus_pairs import Caption, Interleaved


def columns_of(names: Sequence[str], paths: Sequence[str]) -> list[str]:
    """Return the top-level columns of the file that contain the paths. names: all columns of the file."""
    found = {name: None for path in paths if (name := _column(names, path))}
    for name in found:
        if "." in name and name.split(".")[0] in found:
            what = f'the columns "{name}" and "{name.split(".")[0]}" have the same path'
            raise SourceError(what, hint="Rename one of them.")
    return list(found)


def _column(names: Sequence[str], path: str) -> str:
    """Return the column that contains a path; "" if there is none."""
    own = [name for name in names if "." in name and (path == name or path.startswith(f"{name}."))]
    top = path.split(".")[0]
    return max(own, key=len) if own else top if top in names else ""


def nested(row: dict[str, Any]) -> dict[str, Any]:
    """Return the row with dotted columns as fields: {"a.b": 1} becomes {"a": {"b": 1}}."""
    for name in [name for name in row if "." in name]:
        *above, last = name.split(".")
        value, at = row.pop(name), row
        for part in above:
            at = at.setdefault(part, {})
        at[last] = value
    return row


def check_columns(schema: pa.Schema, spec: CorpusSpec, file: str) -> list[str]:
    """Return the columns that the declaration reads. Raises MissingKey if one is missing or has another type."""
    names = schema.names
    images = spec.image.data if spec.image else ()
    holding = [path for path in images if _column(names, path)]
    missing = [path for path in spec.reads if not _column(names, path) and not (path in images and holding)]
    if missing:
        hint = f"The declaration {spec.name} names it. {nearest(missing[0].split('.')[0], names)}"
        if missing[0] in images and not _bytes_in(schema) and any(_LINK.search(name) for name in names):
            hint += f" {_URLS}"
        raise MissingKey(
            "the file has no such column",
            where=file,
            got=", ".join(dict.fromkeys(path.split(".")[0] for path in missing)),
            hint=hint,
        )
    _refuse_other_kinds(schema, images, file)
    labels = labels_of(schema)
    for pair in spec.pairs:
        if isinstance(pair, Interleaved) and not _may_be_images(_type(schema, pair.images)):
            raise MissingKey(
                "the list of a document's images holds neither bytes nor names of files",
                where=file,
                got=f"{pair.images} ({_spelled(_type(schema, pair.images))})",
                allowed=f"columns of bytes: {', '.join(_bytes_in(schema)) or 'none is there'}; names of files",
                hint=_URLS,
            )
        is_number = isinstance(pair, Caption) and pa.types.is_integer(_item(_type(schema, pair.text)))
        if isinstance(pair, Caption) and is_number and tuple(pair.text.split(".")) not in labels:
            raise no_names(pair.text, file)
    return columns_of(names, spec.reads)


def _refuse_other_kinds(schema: pa.Schema, images: Sequence[str], file: str) -> None:
    """Raise MissingKey for a column of images that cannot hold any. Records would otherwise have too few images."""
    there = [path for path in images if _column(schema.names, path)]
    holding = holding_images(schema, there)
    unfit = [
        path
        for path in there
        if not any(path == other or _is_below(path, other) or _is_below(other, path) for other in holding)
    ]
    if not unfit:
        return
    what = "none of the columns declared for the image holds encoded images"
    if holding:
        what = "a column declared for an image holds no encoded images"
    stored = _bytes_in(schema)
    fields = {
        path: [each for each in stored if _is_below(each, path) or _is_below(path, each)] for path in unfit
    }
    instead = [each for path in there for each in ([path] if path in holding else fields.get(path, [])[:1])]
    if not any(fields.values()):
        instead = [] if holding else stored[:1]
    raise MissingKey(
        what,
        where=file,
        got=", ".join(f"{path} ({_spelled(_type(schema, path))})" for path in unfit),
        allowed=f"columns of bytes: {', '.join(stored) or 'none is there'}",
        hint=f"Declare `image: {{data: [{', '.join(dict.fromkeys(instead))}]}}`." if instead else _URLS,
    )


_LINK = re.compile(r"(?i)ur[il]s?$|link")
_URLS = (
    "A table of links holds no images: img2dataset fetches them and packs them as tars or Parquet. Images that are files of "
    "their own are declared by `image: {file: ...}`."
)


def no_names(path: str, where: str) -> SourceError:
    """Return the error of a caption that is a class label without a name."""
    return SourceError(
        "expected captions, found whole numbers; class labels would have names beside the data, and there are none",
        where=where,
        got=path,
        hint="Write the labels' names into a column of text, and declare that one.",
    )


def _is_below(path: str, other: str) -> bool:
    return path.startswith(f"{other}.")


def _type(schema: pa.Schema, path: str) -> pa.DataType | None:
    """Return the type at a path, without the lists around it; None if nothing is there."""
    column = _column(schema.names, path)
    if not column:
        return None
    found = schema.field(column).type
    for part in path[len(column) :].split(".")[1:]:
        found = _item(found)
        if pa.types.is_null(found):
            return found
        if not pa.types.is_struct(found) or found.get_field_index(part) < 0:
            return None
        found = found.field(part).type
    return found


_NESTING = (
    pa.types.is_list,
    pa.types.is_large_list,
    pa.types.is_fixed_size_list,
    pa.types.is_dictionary,
)
_BYTES = (
    pa.types.is_binary,
    pa.types.is_large_binary,
    pa.types.is_fixed_size_binary,
    pa.types.is_null,  # a column of only nulls has no other type; its rows are rejected one by one
)


def _item(found: pa.DataType | None) -> pa.DataType:
    """Return the type of single values: of a list's items, of a dictionary's values."""
    while found is not None and any(test(found) for test in _NESTING):
        found = found.value_type
    return pa.null() if found is None else found


def _holds_bytes(found: pa.DataType | None) -> bool:
    return found is not None and any(test(_item(found)) for test in _BYTES)


def _may_be_images(found: pa.DataType | None) -> bool:
    """Return True if values of this type may be the images of a document: bytes, or names of files."""
    item = _item(found)
    return _holds_bytes(found) or pa.types.is_string(item) or pa.types.is_large_string(item)


def holding_images(schema: pa.Schema, paths: Sequence[str]) -> frozenset[str]:
    """Return the paths at which the file holds images, of those declared.

    If a column and a field in it are declared (image, image.bytes), it is only one of them.
    """
    return frozenset(path for path in paths if _holds_bytes(_type(schema, path)))


def _bytes_in(schema: pa.Schema) -> list[str]:
    """Return the paths of all columns, and fields of columns, that hold bytes."""
    found = []
    for field in schema:
        kind = _item(field.type)
        if pa.types.is_struct(kind):
            found += [f"{field.name}.{inner.name}" for inner in kind if _holds_bytes(inner.type)]
        elif _holds_bytes(field.type):
            found.append(field.name)
    return found


def _spelled(found: pa.DataType | None) -> str:
    return "no such field" if found is None else str(found)[:64]


def labels_of(schema: pa.Schema) -> dict[Parts, list[str]]:
    """Return path -> names of the class labels, from the metadata that Hugging Face's datasets wrote."""
    try:
        features = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))["info"]["features"]
    except (ValueError, KeyError, TypeError):
        return {}
    found: dict[Parts, list[str]] = {}
    _walk(features, (), found)
    return found


def _walk(node: Any, path: Parts, found: dict[Parts, list[str]]) -> None:
    if isinstance(node, list):  # older versions wrote a list of features as a list of one item
        for item in node:
            _walk(item, path, found)
    elif isinstance(node, Mapping):
        if node.get("_type") == "ClassLabel" and isinstance(node.get("names"), list):
            found[path] = [str(name) for name in node["names"]]
        elif node.get("_type") in ("Sequence", "List", "LargeList"):
            _walk(node.get("feature"), path, found)
        elif "_type" not in node or isinstance(node["_type"], Mapping):
            for name, inner in node.items():
                _walk(inner, (*path, *name.split(".")), found)


def named(value: Any, names: Sequence[str], where: str) -> Any:
    """Return the name of a class label, or of each label of a list; None for -1, which means no label."""
    if isinstance(value, list):
        return [named(item, names, where) for item in value]
    if not isinstance(value, int) or value == -1:
        return None
    if not 0 <= value < len(names):
        raise UnfitRecord(
            "malformed_record",
            "a class label without a name",
            where=where,
            got=value,
            allowed=f"0 to {len(names) - 1}",
        )
    return names[value]
