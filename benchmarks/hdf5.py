"""Episodes from HDF5: read, checked and decoded, compared with h5py reading the same datasets.

Kept equal: one process, the file in the system's cache, robomimic's layout without compression, 20 demos of 120 steps with two
cameras of 128 x 128 pixels, as in LIBERO. The floor only reads every dataset of a demo into memory. `scan` is the read of an
index; `read` is that of a conversion, into memory that is used again.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.bench import Bench, Row, row
from benchmarks.measure import Measured, Series, process

DEMOS, STEPS, SIZE = 20, 120, 128


def main(bench: Bench) -> Iterator[Row]:
    with bench.out() as out:
        file = write(out)
        found: dict[str, list[Measured]] = {}
        for _ in range(bench.rounds):
            for told in process("hdf5_reads", file):
                found.setdefault(told.work, []).append(told)
    floor = Series(tuple(found["h5py"]))
    for name, each in found.items():
        yield row(f"hdf5: {name}", Series(tuple(each)), floor if name != "h5py" else None)


def write(folder: Path) -> Path:
    """Write a file of demos as LIBERO has them, and return its path."""
    import h5py

    folder.mkdir()
    rng = np.random.default_rng(0)
    with h5py.File(folder / "demos.hdf5", "w") as file:
        for number in range(DEMOS):
            demo = file.create_group(f"data/demo_{number}")
            demo["actions"] = rng.uniform(-1, 1, (STEPS, 7))
            demo["dones"] = np.zeros(STEPS, np.uint8)
            for name, width in (("ee_states", 6), ("gripper_states", 2), ("joint_states", 7)):
                demo[f"obs/{name}"] = rng.normal(size=(STEPS, width))
            for camera in ("agentview_rgb", "eye_in_hand_rgb"):
                demo[f"obs/{camera}"] = rng.integers(0, 256, (STEPS, SIZE, SIZE, 3), dtype=np.uint8)
    return folder / "demos.hdf5"
