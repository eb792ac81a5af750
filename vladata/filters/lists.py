"""Text files that name records or images, one per line: read whole, by path or URL.

A list may have a hundred million keys, so lines are not Python objects but positions in the bytes of the file.
"""

import hashlib
import re
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vladata.errors import BadText, FormatError
from vladata.filters.seen import distinct
from vladata.sources.folder import named_file
from vladata.spec.keep import Keep

DIGEST = 16  # hexadecimal digits


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists of a rule; empty for lists that the rule does not name.

    allow, deny:   keys of records.
    denied_images: uint64, rising, the digests of images to take out.
    files:         path or URL -> SHA-256 of the file.
    """

    allow: pa.Array = field(default_factory=lambda: pa.array([], pa.string()))
    deny: pa.Array = field(default_factory=lambda: pa.array([], pa.string()))
    denied_images: np.ndarray = field(default_factory=lambda: np.zeros(0, np.uint64))
    files: dict[str, str] = field(default_factory=dict)


def read_lists(keep: Keep) -> Lists:
    """Read all lists that `keep` names. Raises MissingFile, SourceError, BadText, and FormatError with the wrong line."""
    files: dict[str, str] = {}

    def read(url: str | None) -> bytes:
        if url is None:
            return b""
        folder, name = named_file(url)
        data = folder.read(name)
        files[url] = hashlib.sha256(data).hexdigest()
        return data

    named = keep.keys
    allow, deny = (
        lines(read(url), url or "") for url in ((named.allow, named.deny) if named else (None, None))
    )
    images = keep.images.deny if keep.images else None
    return Lists(allow, deny, digests(read(images), images or ""), files)


def lines(data: bytes, url: str) -> pa.Array:
    """Return the lines that are not empty as text, without white space around them."""
    try:
        data.decode()
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        raise BadText("the list is not UTF-8", where=f"{url}, line {line}") from None
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n")) + 1
    bounds = np.concatenate([[0], ends, [len(data)]]).astype(np.int64)  # one more empty line does no harm
    text = pa.LargeStringArray.from_buffers(
        len(bounds) - 1, pa.py_buffer(bounds.tobytes()), pa.py_buffer(data)
    )
    trimmed = pc.utf8_trim_whitespace(text)
    return trimmed.filter(pc.not_equal(trimmed, ""))


def digests(data: bytes, url: str) -> np.ndarray:
    """Return the digests in the lines, uint64, sorted."""
    listed = data.split()
    good = re.compile(rb"[0-9a-fA-F]{16}").fullmatch
    if not all(map(good, listed)):
        for number, line in enumerate(data.splitlines(), 1):
            if line.strip() and not good(line.strip()):
                raise FormatError(
                    "this line is not the digest of an image",
                    where=f"{url}, line {number}",
                    got=line.strip(),
                    allowed=f"{DIGEST} hexadecimal digits",
                )
    return distinct(np.frombuffer(bytes.fromhex(b"".join(listed).decode()), ">u8").astype(np.uint64))
