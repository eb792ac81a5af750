"""A LIBERO-like dataset of six episodes in HDF5, of which a test damages one, and the messages about it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py

from tests.conversion import convert
from tests.hdf5_data import ALOHA_SCHEMA, LIBERO_SCHEMA, TASKS
from tests.outcome import ledger, rejected
from vladata.spec.dataset import DatasetSpec
from vladata.spec.read import validate

LIBERO = validate(DatasetSpec, LIBERO_SCHEMA, "libero")
ALOHA = validate(DatasetSpec, ALOHA_SCHEMA, "aloha")
FIRST = f"{TASKS[1]}_demo.hdf5"  # open_the_drawer: the first by name


def one(folder: Path, change: Callable[[h5py.Group], None]) -> tuple[str, str]:
    """What is rejected of six episodes after `change` of data/demo_0 of the first file."""
    with h5py.File(folder / FIRST, "r+") as file:
        change(file["data/demo_0"])
    manifest = convert(folder, folder.parent / "out", spec=LIBERO)
    assert ledger(manifest)["episodes"] == (6, 5, 0, 1)
    (line,) = rejected(folder.parent / "out")
    assert (line["file"], line["episode"]) == (FIRST, "train-00000-000000")
    return line["reason"], line["says"]


def replaced(path: str, values: Any) -> Callable[[h5py.Group], None]:
    """A change that puts other values at a path."""

    def change(group: h5py.Group) -> None:
        del group[path]
        group[path] = values

    return change
