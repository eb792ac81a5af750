"""One sample of a tar, read from exactly the bytes that webdataset.buffers wrote.

The headers that vladata writes are constant except for name, size and checksum (formats/tar.py), so a header is parsed in one
call and compared with the constants and its checksum: every byte of it is checked, in a microsecond. webdataset.samples reads
other forms (a name over 100 bytes), or raises an error for damaged bytes. A whole sample has members of one key, each camera
once, the JSON last, and no further byte.
"""

import struct
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from vladata.errors import FormatError
from vladata.formats import tar
from vladata.records import Sample
from vladata.shards import webdataset
from vladata.shards.manifest import Manifest
from vladata.shards.reading.json_fields import JsonFields

Content = Mapping[str, Any]
_HEADER = struct.Struct("100s24s12s12s8s356s").unpack_from
_SUM = tar.CONSTANT_SUM + tar.FILE[0]
_TAIL = tar.FILE + tar.TAIL
_KEPT = 256  # endings of members whose camera is remembered


class TarForm:
    """The samples of a dataset of tars."""

    def __init__(self, manifest: Manifest) -> None:
        self._fields = manifest.fields
        self._cameras: dict[bytes, str] = {}  # ending of a member's name -> its camera

    def parse(self, data: bytes | memoryview) -> tuple[str, dict[str, Any], Content]:
        """Return the key, the images as views of `data`, and the content of KEY.json. Raises FormatError unless the bytes are one
        sample."""
        try:
            return self._parsed(memoryview(data))
        except (struct.error, ValueError):  # a JSON error is a ValueError too
            return _walked(data)

    def identity(self, content: Content) -> tuple[Any, ...]:
        """Return the sample's dataset, task, episode and step."""
        get = content.get
        return get("dataset"), get("task"), get("episode"), get("step")

    def fields(self, contents: Sequence[Content]) -> JsonFields:
        """Return the fields of several samples."""
        return JsonFields(contents, self._fields)

    def sample(self, key: str, images: Mapping[str, Any], content: Content) -> Sample:
        """Return a sample from its parsed parts."""
        return Sample(key, images, content)

    def _parsed(self, view: memoryview) -> tuple[str, dict[str, Any], Content]:
        images: dict[str, Any] = {}
        at, stop, first = 0, len(view), b""
        while True:
            name, owner, octal, mtime, checksum, tail = _HEADER(view, at)
            name = name.rstrip(b"\0")
            if (
                tail != _TAIL
                or owner != tar.OWNER
                or mtime != tar.MTIME
                or checksum != b"%06o\0 " % (_SUM + sum(name) + sum(octal))
            ):
                raise ValueError
            start = at + tar.BLOCK
            end = start + int(octal[:11], 8)
            at = end + -end % tar.BLOCK  # the sample and each of its members begin at a block
            key, _, rest = name.partition(b".")
            if at > stop or key != (first or key):
                raise ValueError
            first = key
            if rest == b"json":
                content = orjson.loads(view[start:end])
                if at != stop or type(content) is not dict:
                    raise ValueError
                return key.decode(), images, content
            camera = self._cameras.get(rest) or self._camera(rest)
            if camera in images:
                raise ValueError
            images[camera] = view[start:end]

    def _camera(self, rest: bytes) -> str:
        camera = rest.partition(b".")[0].decode()
        if len(self._cameras) < _KEPT:
            self._cameras[rest] = camera
        return camera


def _walked(data: bytes | memoryview) -> tuple[str, dict[str, Any], Content]:
    """Return the key, images and content of a sample in any form, by the general reader of tars."""
    found = list(webdataset.samples(data, views=True))
    if len(found) != 1:
        raise FormatError("expected one sample", got=f"{len(found)} samples")
    end = max(member.offset + member.size for member in tar.members(data))
    if end + -end % tar.BLOCK != len(data):
        raise FormatError("the sample has another length", got=f"{end:,} bytes", allowed=f"{len(data):,}")
    return found[0].key, dict(found[0].images), found[0].fields
