"""Converted datasets that the tests of mixtures share: five corpora, and a robot in each format."""

import pytest

from tests.conversion import convert, recipe
from tests.mix.made import web

COUNTS = {"a": 400, "b": 190, "c": 97, "d": 50, "e": 23}
"""Corpus -> its records; every fourth makes two samples."""


@pytest.fixture(scope="session")
def corpora(tmp_path_factory):
    """Name -> folder, of samples of about 2 kB in shards of 10."""
    folder = tmp_path_factory.mktemp("corpora")
    return {name: web(folder / name, name, count) for name, count in COUNTS.items()}


@pytest.fixture(scope="session")
def robots(clean, tmp_path_factory):
    """Format -> folder: 16 samples of train and 8 of val, two cameras, in shards of 4."""
    folder, found = tmp_path_factory.mktemp("robots"), {}
    for fmt in ("webdataset", "tfrecord"):
        found[fmt] = folder / fmt
        rules = {"recipe": recipe(cameras=("secondary", "primary")), "split": "train+val"}
        convert(clean, found[fmt], format=fmt, samples_per_shard=4, **rules)
    return found
