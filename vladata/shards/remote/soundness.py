"""A check that bytes from a network can be one whole sample of a shard.

A cached shard is compared with its checksum. For the bytes of a range no checksum is known: they are checked by their format, so
that a wrong range or a cut answer is requested again and not taken for a sample.

    tfrecord     length and CRC-32C of the record: every byte counts
    webdataset   the checksum of each tar header, one key, image after image with the end of its kind, last a JSON object
"""

import sys

import orjson

from vladata.errors import BadImage, FormatError
from vladata.formats import tar
from vladata.formats.tfrecord import HEAD, TAIL, parse_frame
from vladata.images import probe
from vladata.shards.naming import Format
from vladata.shards.whole import Buffer


def unsound(data: Buffer, fmt: Format) -> str:
    """Return what is wrong with `data` as one whole sample; "" if nothing is."""
    try:
        if fmt == "tfrecord":
            record = parse_frame(bytes(data), 0, len(data) - HEAD - TAIL)
            return str(record.fault or "")
        return _unsound_members(memoryview(data))
    except (FormatError, BadImage) as fault:
        return str(fault)


def _unsound_members(view: memoryview) -> str:
    keys, last, end = set(), "", 0
    for member in tar.members(view):
        key, _, last = member.name.partition(".")
        content = view[member.offset : member.offset + member.size]
        end = member.offset + member.size + -member.size % tar.BLOCK
        keys.add(key)
        if last != "json":
            probe(content, limit_pixels=sys.maxsize)
            continue
        try:
            orjson.loads(content)
        except orjson.JSONDecodeError as fault:
            return f"{member.name} is not JSON: {fault}"
    if len(keys) != 1 or last != "json" or end != len(view):
        return f"there is no whole sample: {len(keys)} keys, {end:,} of {len(view):,} bytes in members"
    return ""
