"""Sizes as people write and read them: "256MB", "1.5GiB", "4096B". A number without a unit is refused: 256 may be MB or GB.

And counts of things as people write them: "1 shard", "2,000 shards".
"""

import sys

UNITS = {
    **{"b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12},
    **{"kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40},
}
FEW = 100_000  # a smaller number without a unit was hardly meant as bytes


def bytes_in(text: str) -> int:
    """Return the bytes of "256MB", "1.5GiB", "4096B": decimal units, binary ones with an i.

    Raises ValueError, which says what is wrong and what to write.
    """
    cleaned = text.strip().lower().replace(" ", "")
    digits = cleaned.rstrip("abcdefghijklmnopqrstuvwxyz")
    unit = cleaned[len(digits) :]
    try:
        value = float(digits) * UNITS.get(unit or "b", 0)
        if unit and unit not in UNITS:
            raise ValueError
    except ValueError:
        raise ValueError(f'"{text}" is not a size; write 256MB, 1.5GiB or 4096B') from None
    if not 1 <= value <= sys.maxsize:
        raise ValueError(f'"{text}" is out of range; expected 1B or more, such as 256MB or 1.5GiB')
    if not unit:
        raise ValueError(_without_unit(digits, value))
    return int(value)


def _without_unit(digits: str, value: float) -> str:
    small, large = ("MB", "GB") if value < FEW else ("B", "kB")
    return f'"{digits}" has no unit: {digits} {small} or {digits} {large}? Write {digits}{small} or {digits}{large}'


def human(count: float) -> str:
    """Return 1234567 as "1.2 MB"."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def counted(count: int, noun: str) -> str:
    """Return "1 shard" for 1 and "shard", "2,000 shards" for 2000. noun: in the singular, with a plural in s."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
