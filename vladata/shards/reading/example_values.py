"""One value of a feature: the bytes of a text, or packed numbers. For many samples at once see example_fields.py."""

from typing import Any

from vladata.errors import FormatError

Value = bytes | memoryview | None
"""The bytes of a feature's only value, or its packed numbers; None for a missing image."""
FLOATS = ("number", "floats", "float_rows")
ONE = ("integer", "number")
_LONGEST = 63  # the shift of the last byte of a varint, at most


def json_of(value: Any, kind: str) -> Any:
    """Return a value in the form of JSON, rows one after another. Raises FormatError if it is not of its kind."""
    if kind == "text":
        return text_of(value)
    if kind in FLOATS:
        if len(value) % 4:
            raise FormatError("packed numbers end inside a number")
        numbers = memoryview(value).cast("f").tolist()
    else:
        numbers = whole_numbers(value)
    if kind not in ONE:
        return numbers
    if len(numbers) != 1:
        raise FormatError("expected one number", got=f"{len(numbers)} numbers")
    return numbers[0]


def text_of(value: Any) -> str:
    """Return a text. Raises FormatError for bytes that are not UTF-8."""
    try:
        return str(value, "utf-8")
    except UnicodeDecodeError:
        raise FormatError("a text is not UTF-8", got=bytes(value)) from None


def whole_numbers(value: Any) -> list[int]:
    """Return the numbers of packed varints of 64 bits. Raises FormatError for other bytes."""
    found: list[int] = []
    number = shift = 0
    for byte in value:
        number |= (byte & 127) << shift
        if byte > 127 and shift < _LONGEST:
            shift += 7
            continue
        if byte > 127:
            raise FormatError("a number has more than 64 bits")
        number &= (1 << 64) - 1
        found.append(number - (1 << 64) if number >> 63 else number)
        number = shift = 0
    if shift:
        raise FormatError("packed numbers end inside a number")
    return found
