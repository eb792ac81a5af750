"""A sample as adjacent tar members, and back: KEY.primary.jpg, KEY.wrist.jpg, ..., KEY.json.

Image members come in the recipe's camera order, the JSON last; so every reader of WebDataset groups them into one sample.
"""

from collections.abc import Iterator
from typing import Any

import orjson

from vladata.errors import FormatError
from vladata.formats import tar
from vladata.images import suffix
from vladata.records import Sample

Buffer = bytes | memoryview


def buffers(sample: Sample) -> list[Buffer]:
    """Return the bytes of one sample, in pieces so that no image is copied."""
    pieces: list[Buffer] = []
    before = b""
    for camera, image in sample.images.items():
        name = f"{sample.key}.{camera}.{suffix(image)}".encode()
        pieces += (before + tar.header(name, len(image)), image)
        before = tar.padding(len(image))
    text = orjson.dumps(sample.fields, option=orjson.OPT_SERIALIZE_NUMPY)
    last = tar.header(f"{sample.key}.json".encode(), len(text)) + text + tar.padding(len(text))
    pieces.append(before + last)
    return pieces


def samples(data: bytes | memoryview, views: bool = False) -> Iterator[Sample]:
    """Yield the samples of a tar, or of a slice of a tar that holds whole samples.

    views: True to return images as views of `data`, for callers that write them again.
    Raises FormatError for members that are not whole samples: mixed keys, an image that is there twice, or no JSON.
    """
    view = memoryview(data)
    images: dict[str, Any] = {}
    before = ""  # the member before, in a sample whose JSON has not come yet
    for member in tar.members(data):
        key, _, rest = member.name.partition(".")
        if before and key != before.partition(".")[0]:
            raise FormatError("another sample begins inside a sample", where=before, got=member.name)
        content, before = view[member.offset : member.offset + member.size], member.name
        camera = rest.partition(".")[0]
        if rest == "json":
            yield Sample(key, images, _fields(member.name, content))
            images, before = {}, ""
        elif camera in images:
            raise FormatError("an image is there twice", where=member.name)
        else:
            images[camera] = content if views else bytes(content)
    if before:
        raise FormatError("the sample has no JSON", where=before)


def _fields(name: str, content: memoryview) -> dict[str, object]:
    try:
        fields = orjson.loads(content)
    except orjson.JSONDecodeError as fault:
        raise FormatError(f"not JSON: {fault}", where=name) from None
    if not isinstance(fields, dict):
        raise FormatError("not a JSON object", where=name, got=fields)
    return fields
