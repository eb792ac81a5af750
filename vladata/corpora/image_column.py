"""Whether a column of a Parquet file can hold images, told from its type before any row is read.

    image: struct<bytes: binary, path: string>    image.bytes can, image cannot
    image: binary                                 image can, image.bytes cannot
    url: string                                   cannot: these are addresses or names, and no images

What is declared wrongly is wrong in every row, so that it is said once, with what to declare or to do.
"""

from collections.abc import Sequence

import pyarrow as pa

from vladata.errors import SourceError

_TEXT = (pa.types.is_string, pa.types.is_large_string)
_BYTES = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary)
_HOLD = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list, pa.types.is_dictionary)


def check_image_column(schema: pa.Schema, parts: Sequence[str], file: str, in_documents: bool) -> None:
    """Refuse a path to what holds no bytes. in_documents: whether it is the list of a document's
    images, which may name files as well."""
    path = ".".join(parts)
    found, at = _inner(schema.field(parts[0]).type), parts[0]
    for part in parts[1:]:
        names = [field.name for field in found] if pa.types.is_struct(found) else []
        if part not in names:
            raise _refused(file, path, at, found, in_documents)
        found, at = _inner(found.field(part).type), f"{at}.{part}"
    if _is_text(found) and in_documents:
        return
    if not (_is_bytes(found) or pa.types.is_null(found)):
        raise _refused(file, path, at, found, in_documents)


def _inner(kind: pa.DataType) -> pa.DataType:
    """The type of the values: of a list its items', of a dictionary what it spells."""
    while True:
        if isinstance(kind, pa.BaseExtensionType):
            kind = kind.storage_type
        elif any(test(kind) for test in _HOLD):
            kind = kind.value_type
        else:
            return kind


def _is_bytes(kind: pa.DataType) -> bool:
    return any(test(kind) for test in _BYTES)


def _is_text(kind: pa.DataType) -> bool:
    return any(test(kind) for test in _TEXT)


def _refused(file: str, path: str, at: str, found: pa.DataType, in_documents: bool) -> SourceError:
    if _is_bytes(found):
        hint = f"The column {at} holds the bytes itself: declare {at}."
    elif _is_text(found):
        declare = f"`images: {at}`" if in_documents else f'`image: {{file: ["{{{at}}}"]}}`'
        hint = (
            "Where these texts are addresses, fetch the images first (img2dataset writes them as tars, layout webdataset); "
            f"where they name files, declare {declare} and give the images folder."
        )
    elif pa.types.is_struct(found):
        names = [field.name for field in found]
        holds = next((name for name in names if _is_bytes(_inner(found.field(name).type))), "")
        hint = f"Declare {at}.{holds}." if holds else f"Of its fields {', '.join(names)} none holds bytes."
    else:
        hint = "Declare the column that holds the encoded images."
    what = "the bytes of images are expected in a column that has none"
    return SourceError(what, where=f"{file}, {path}", got=str(found), hint=hint)
