"""What the index says of an episode beside its steps, for the shipped schemas that can tell."""

import numpy as np
import pytest

import vladata
from tests.schemas.generated import dataset
from vladata.index.about import about
from vladata.index.part import Indexer, Indexing
from vladata.sources.readers import open_source
from vladata.spec import find

TELLING = [name for name in find.names("schema") if find.schema(name).success]


@pytest.mark.parametrize("name", TELLING)
def test_success_by_the_recorded_values(name, tmp_path):
    spec = find.schema(name)
    source = open_source(dataset(spec, tmp_path))
    part = Indexer(Indexing(source, spec, None)).part(source.shards("train")[0])
    expected = []
    for episode in vladata.episodes(source.url):
        recorded = {**episode.metadata, **episode.steps}[spec.success.path]
        if spec.success.test == "matches":
            expected.append("/success/" in recorded)
        elif spec.success.test == "gt":
            expected.append(bool(np.asarray(recorded).reshape(-1)[0] > spec.success.value))
        else:
            expected.append(bool(recorded))
    assert part["success"].to_pylist() == expected
    assert about(source, spec).tells_success


def test_the_name_that_openpi_has_for_an_episode(tmp_path):
    spec = find.schema("droid")
    source = open_source(dataset(spec, tmp_path))
    part = Indexer(Indexing(source, spec, None)).part(source.shards("train")[0])
    folder, file = "episode_metadata/recording_folderpath", "episode_metadata/file_path"
    names = [f"{e.metadata[folder]}--{e.metadata[file]}" for e in vladata.episodes(source.url)]
    assert part["key"].to_pylist() == names
    assert all("--" in name for name in names)


def test_what_the_data_lacks_is_not_known(clean):
    source = open_source(clean)
    lacking = find.schema("kuka")
    assert not about(source, lacking).tells_success
    assert about(source, lacking).wanted == frozenset()
    half = about(source, find.schema("droid"))  # it has file_path, and no recording_folderpath
    assert (half.tells_success, half.named) == (True, ())
    assert half.key(next(vladata.episodes(clean))) == ""
