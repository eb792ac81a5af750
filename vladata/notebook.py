"""Samples, episodes, datasets and manifests as a terminal or a notebook shows them: counts and sizes, never the whole content.

A text that is too long is cut, and ends with "…" and its length. In HTML every text is escaped, so that a prompt with tags is
shown and not run; pictures are small JPEGs inside the page, so that nothing is fetched. Damaged data raises no error: the reason
is shown in place of a picture that cannot be decoded.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from numbers import Number
from typing import Any

import numpy as np

from vladata.errors import VladataError
from vladata.footage import Footage
from vladata.sizes import human

LONGEST = 60  # characters of a text on one line
LONGEST_CELL = 400  # characters of a text in a cell of an HTML table
FEW = 8  # numbers that are spelled out; names that are listed
SIDE = 96  # pixels, the longer side of a picture in HTML

Row = tuple[str, str]
"""A name as plain text, and the HTML that describes it."""


def cut(text: str, longest: int = LONGEST) -> str:
    """Return the text, or its first characters with the sign that it was cut and its length."""
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text):,} characters)"


def quoted(text: str, longest: int = LONGEST) -> str:
    """Return the text in quotes on one line, cut if it is long."""
    rest = f"… ({len(text):,} characters)" if len(text) > longest else ""
    return f"{text[:longest]!r}{rest}"


def summary(value: Any) -> str:
    """Return one line of plain text about any value: its type, its size and, if it is small, its content."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return human(len(value))
    if isinstance(value, np.ndarray):
        return f"{value.dtype} {list(value.shape)}{_numbers(value)}"
    if isinstance(value, Mapping):
        return f"{len(value):,} entries" + (f": {listed(map(str, value))}" if value else "")
    if isinstance(value, Sequence):
        return _sequence(value)
    return cut(str(value))


def listed(names: Iterable[str]) -> str:
    """Return the first names, and how many more there are."""
    given = [cut(name, 2 * LONGEST) for name in names]
    return ", ".join(given[:FEW]) + (f" and {len(given) - FEW:,} more" if len(given) > FEW else "")


def _sequence(values: Sequence[Any]) -> str:
    count = f"{len(values):,}"
    if isinstance(values, Footage):
        return f"{count} frames of a video"
    if values and all(isinstance(value, bytes | bytearray | memoryview) for value in values):
        return f"{count} byte strings, {human(sum(map(len, values)))}"
    if values and all(isinstance(value, str) for value in values):
        return f"{count} texts, the first {quoted(values[0])}"
    if values and all(isinstance(value, Number) for value in values):
        return f"{count} numbers{_numbers(np.array(values))}"
    return f"{count} entries"


def _numbers(values: np.ndarray) -> str:
    if not 0 < values.size <= FEW or values.ndim > 1:
        return ""
    return ": " + " ".join(
        f"{value:.4g}" if values.dtype.kind == "f" else str(value) for value in values.flat
    )


def cell(value: Any) -> str:
    """Return the HTML of a value: a text with its line breaks, anything else as its summary."""
    text = cut(value, LONGEST_CELL) if isinstance(value, str) else summary(value)
    return f'<span style="white-space: pre-wrap">{escape(text)}</span>'


def thumbnail(picture: Any) -> str:
    """Return the HTML of a small picture.

    picture: an encoded image (bytes-like), or pixels, uint8 [height, width, channels].
    """
    try:
        made = _small(picture)
    except VladataError as fault:
        return f"<em>no picture: {escape(cut(str(fault), LONGEST_CELL))}</em>"
    return f'<img src="data:image/jpeg;base64,{base64.b64encode(made).decode()}">'


def frame(pictures: Sequence[Any] | np.ndarray, at: int) -> str:
    """Return the HTML of the picture at one step of a column; a video is decoded at that step only."""
    try:
        return thumbnail(pictures[at])
    except VladataError as fault:
        return f"<em>no picture: {escape(cut(str(fault), LONGEST_CELL))}</em>"


def are_pictures(column: Any) -> bool:
    """Return True for a column of an episode that holds encoded images, pixels or frames of a video."""
    if isinstance(column, Footage):
        return True
    if isinstance(column, np.ndarray):
        return column.ndim == 4 and column.dtype == np.uint8
    first = column[0] if len(column) else None
    if isinstance(first, np.ndarray):
        return first.ndim == 3 and first.dtype == np.uint8
    return isinstance(first, bytes | bytearray | memoryview) and _has_kind(first)


def table(title: str, rows: Iterable[Row]) -> str:
    """Return an HTML table under a title."""
    body = "".join(
        f'<tr><th style="text-align: left">{escape(cut(name))}</th><td style="text-align: left">{content}</td></tr>'
        for name, content in rows
    )
    return f"<div><strong>{escape(cut(title, LONGEST_CELL))}</strong><table>{body}</table></div>"


def _small(picture: Any) -> bytes:
    # Imported here: they load the libraries of images, which a line of text does not need.
    from vladata.images import decoded
    from vladata.pixels import jpeg, measure, rgb
    from vladata.resampling import resampled

    if isinstance(picture, np.ndarray):
        measure(picture)
        pixels = rgb(picture)
    else:
        pixels = decoded(picture, (SIDE, SIDE))
    height, width = pixels.shape[:2]
    factor = min(1.0, SIDE / max(height, width))
    size = max(1, round(height * factor)), max(1, round(width * factor))
    return jpeg(resampled(pixels, *size), quality=80)


def _has_kind(data: bytes | bytearray | memoryview) -> bool:
    from vladata.errors import BadImage
    from vladata.image_kinds import kind_of

    try:
        kind_of(data)
    except BadImage:
        return False
    return True
