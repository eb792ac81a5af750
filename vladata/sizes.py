"""Sizes as people write them: "256MB", "1.5GiB", 4096."""

import sys

UNITS = {
    **{"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12},
    **{"kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40},
}


def bytes_in(text: str) -> int:
    """Bytes of "256MB", "1.5GiB", "4096": decimal units by default, binary ones with an i. ValueError says what is wrong."""
    cleaned = text.strip().lower().replace(" ", "")
    digits = cleaned.rstrip("abcdefghijklmnopqrstuvwxyz")
    try:
        value = float(digits) * UNITS[cleaned[len(digits) :]]
    except (ValueError, KeyError):
        raise ValueError(f'"{text}" is not a size; write 256MB or 1.5GiB') from None
    if not 1 <= value <= sys.maxsize:
        raise ValueError(f'"{text}" is out of range')
    return int(value)
