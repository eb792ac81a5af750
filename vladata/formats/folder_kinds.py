"""The kind of a folder, by the names in it. kinds.py finds the kind of a single file from its bytes.

A file that only one kind has (meta/info.json, dataset_info.json beside features.json) decides; else the most common kind of
its files, by their endings.
"""

import re
from collections import Counter
from collections.abc import Iterable

from vladata.formats.kinds import (
    ARROW,
    GZIP,
    HDF5,
    HF_DISK,
    IMAGE,
    JSON,
    JSON_LINES,
    LEROBOT,
    LMDB,
    MCAP,
    MDS,
    NPY,
    NPZ,
    PARQUET,
    PICKLE,
    RIEGELI,
    ROS_BAG,
    SQLITE,
    TAR,
    TEXT,
    TFDS,
    TFRECORD,
    TORCH,
    VIDEO,
    VLADATA,
    ZARR,
    ZIP,
    FileKind,
)

_ENDINGS: dict[str, FileKind] = {
    ".hdf5": HDF5,
    ".h5": HDF5,
    ".mcap": MCAP,
    ".bag": ROS_BAG,
    ".db3": SQLITE,
    ".parquet": PARQUET,
    ".arrow": ARROW,
    ".tar": TAR,
    ".jsonl": JSON_LINES,
    ".json": JSON,
    ".array_record": RIEGELI,
    ".arrayrecord": RIEGELI,
    ".riegeli": RIEGELI,
    ".tfrecord": TFRECORD,
    ".tfrecords": TFRECORD,
    ".npz": NPZ,
    ".npy": NPY,
    ".pkl": PICKLE,
    ".pickle": PICKLE,
    ".pt": TORCH,
    ".zip": ZIP,
    ".gz": GZIP,
    ".tgz": GZIP,
    ".mp4": VIDEO,
    ".jpg": IMAGE,
    ".jpeg": IMAGE,
    ".png": IMAGE,
    ".webp": IMAGE,
    ".tsv": TEXT,
    ".csv": TEXT,
    ".txt": TEXT,
}
_SHARD = re.compile(r"-\d{5,}-of-\d{5,}$")


def kind_of_folder(names: Iterable[str]) -> FileKind | None:
    """Return the kind of the folder with these names; None if it is not known. Names of folders end in "/", and names below
    them may be given, too."""
    found = set(names)
    tops = {name.split("/")[0] for name in found}
    if "meta/info.json" in found or {"meta/", "data/"} <= found or {"meta", "data", "videos"} <= tops:
        return LEROBOT
    for marks, kind in (
        ({"dataset_info.json", "features.json"}, TFDS),
        ({"manifest.json", "index.arrow"}, VLADATA),
        ({"manifest.json", "mixture.arrow"}, VLADATA),
        ({"dataset_dict.json"}, HF_DISK),
        ({"dataset_info.json", "state.json"}, HF_DISK),
        ({".zgroup"}, ZARR),
        ({".zarray"}, ZARR),
        ({"zarr.json"}, ZARR),
        ({"data.mdb"}, LMDB),
    ):
        if marks <= found:
            return kind
    if "index.json" in found and any(re.search(r"\.mds(\.|$)", name) for name in found):
        return MDS
    if any(re.search(r"\.zarr(/|$)", name) for name in found):
        return ZARR
    if "metadata.yaml" in found and any(name.endswith((".db3", ".mcap")) for name in found):
        return ROS_BAG
    return _mostly(found)


def _mostly(names: Iterable[str]) -> FileKind | None:
    """Return the most common kind of the files, by their endings; hidden files are ignored."""
    counts = Counter(kind for name in names if (kind := _by_ending(name.rpartition("/")[2])))
    return max(counts, key=lambda kind: (counts[kind], kind.name)) if counts else None


def _by_ending(name: str) -> FileKind | None:
    if name.startswith("."):
        return None
    base = _SHARD.sub("", name.lower())  # train.tfrecord-00000-of-00004
    return _ENDINGS.get(f".{base.rpartition('.')[2]}") if "." in base else None
