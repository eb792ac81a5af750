"""vladata.open. The code of virtual mixtures is imported only for these, since the import takes longer than opening a dataset."""

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
    """Open the dataset or virtual mixture in the folder (or at the fsspec URL) `path`.

    cache: the most bytes of remote shards that are kept on this machine: "20GB", a number of bytes, or
           {"folder": PATH, "size": "20GB"}; None keeps no shards (docs/remote.md). Local data are never copied.

    Raises NotADataset if there is no manifest, and ChecksumMismatch if the manifest is damaged.
    """
    if not isinstance(path, str | os.PathLike):
        raise UsageError("a dataset is opened by its path", got=path, allowed="text or a path")
    output = open_output(os.fspath(path), None if cache is None else cache_rule(cache))
    manifest = read_manifest(output)
    if manifest.format is not None:
        return Dataset(output, manifest)
    from vladata.mixtures.mixture import Mixture

    return Mixture(output, manifest)
