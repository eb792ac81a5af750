"""vladata.open. What virtual mixtures need is imported for them alone: that takes longer than opening a dataset."""

import os
from typing import TYPE_CHECKING

from vladata.errors import UsageError
from vladata.shards.dataset import Dataset
from vladata.shards.manifest import read_manifest
from vladata.shards.remote.cache_rule import Given, cache_rule
from vladata.shards.storage import open_output

if TYPE_CHECKING:
    from vladata.mixtures.mixture import Mixture


def open(
    path: str | os.PathLike[str], cache: Given | None = None
) -> "Dataset | Mixture":  # the public name is vladata.open
    """The dataset or virtual mixture in the folder (or at the fsspec URL) `path`.

    cache: how many bytes of shards of what is remote are kept on this machine: "20GB", a number of bytes, or
           {"folder": PATH, "size": "20GB"}; None for no shards (docs/remote.md). What is local is read where it lies.

    Raises NotADataset where there is no manifest, ChecksumMismatch where it is damaged.
    """
    if not isinstance(path, str | os.PathLike):
        raise UsageError("a dataset is opened by its path", got=path, allowed="text or a path")
    output = open_output(os.fspath(path), None if cache is None else cache_rule(cache))
    manifest = read_manifest(output)
    if manifest.format is not None:
        return Dataset(output, manifest)
    from vladata.mixtures.mixture import Mixture

    return Mixture(output, manifest)
