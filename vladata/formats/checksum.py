"""The checksum of TFRecord: CRC-32C, rotated right by 15 bits, plus a constant. Without this change, a checksum over data that
contains checksums would be weak. google_crc32c takes only bytes. Format: TensorFlow's core/lib/hash/crc32c.h.
"""

import google_crc32c

_MASK_DELTA = 0xA282EAD8


def masked_crc(data: bytes) -> int:
    """Return the checksum that TFRecord stores for `data`."""
    crc: int = google_crc32c.value(data)
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & 0xFFFFFFFF
