"""The sizes of the pictures that cameras recorded, from an index.

Only the size of an episode's first picture is used: a change of size within an episode is not noticed.
"""

from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from vladata.image_kinds import Size

COLUMNS = ("images", "numbers")
_SIZE = ("camera", "height", "width")


def image_sizes(parts: Iterable[pa.Table]) -> Mapping[str, tuple[Size, ...]]:
    """Return a map from camera to the sizes of its pictures, rising, in episodes that give a sample. parts: with COLUMNS."""
    found: dict[str, set[Size]] = {}
    for part in parts:
        kept = part.filter(pc.greater(pc.list_value_length(part["numbers"]), 0))
        images = pc.list_flatten(kept["images"]).combine_chunks()
        sizes = (
            pa.table([images.field(name) for name in _SIZE], names=_SIZE).group_by(list(_SIZE)).aggregate([])
        )
        for camera, height, width in zip(*(sizes[name].to_pylist() for name in _SIZE), strict=True):
            if height:  # 0 if no picture of the episode could be measured
                found.setdefault(camera, set()).add((height, width))
    return {camera: tuple(sorted(sizes)) for camera, sizes in found.items()}
