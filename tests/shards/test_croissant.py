"""croissant.json, read by mlcroissant: valid, and what it names is in the output, neither more nor less."""

import fnmatch
import json
import re
import tarfile
import warnings
from pathlib import Path

import mlcroissant
import pytest

from tests.conversion import convert, recipe
from tests.rlds_data import write_bridge_like
from vladata.commands.verify import verify
from vladata.shards.storage import open_output
from vladata.spec import find


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_bridge_like(tmp_path_factory.mktemp("source"), episodes=3, steps=(4, 5))


def described(out):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return mlcroissant.Dataset(str(out / "croissant.json")).metadata


def members(shard):
    """Name of each member of a tar -> its bytes."""
    with tarfile.open(shard) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}


def values(document, path):
    found = document
    for name in path.removeprefix("$.").split("."):
        found = found[name]
    return found


def test_files_and_fields_are_those_of_the_shards(source, tmp_path):
    out = tmp_path / "out"
    manifest = convert(source, out, recipe=recipe(cameras=("primary", "secondary")), samples_per_shard=4)
    metadata = described(out)
    assert metadata.name == "bridge_dataset"
    assert not metadata.issues.errors
    sets = {each.id: each for each in metadata.distribution}
    assert sorted(sets) == ["train-json", "train-primary.jpg", "train-secondary.jpg", "train-shards"]
    shards = sorted(str(path.relative_to(out)) for path in out.glob(sets["train-shards"].includes[0]))
    assert shards == [shard["path"] for shard in manifest["shards"]]
    inside = members(out / shards[0])
    for name, files in sets.items():
        if name != "train-shards":
            assert len(fnmatch.filter(inside, files.includes[0])) == manifest["shards"][0]["samples"], name
    samples, *pictures = metadata.record_sets
    assert [each.id for each in pictures] == ["train-primary.jpg-images", "train-secondary.jpg-images"]
    name, data = next((name, data) for name, data in inside.items() if name.endswith(".json"))
    document, seen = json.loads(data), set()
    for field in samples.fields:
        if path := field.source.extract.json_path:
            value = values(document, path)
            seen.add(path.removeprefix("$.").split(".")[0])
            assert isinstance(value, list) == bool(field.repeated), path
        else:
            (transform,) = field.source.transforms
            assert re.match(transform.regex, name).group(1) + ".json" == name
    assert seen == document.keys()


@pytest.mark.parametrize("fmt", ["tfrecord", "rlds", "lerobot"])
def test_other_formats_name_their_files(fmt, source, tmp_path):
    out = tmp_path / "out"
    settings = {} if fmt == "tfrecord" else {"recipe": find.recipe("episodes")}
    manifest = convert(source, out, format=fmt, samples_per_shard=5, **settings)
    (files,) = described(out).distribution
    found = sorted(str(path.relative_to(out)) for path in out.glob(files.includes[0]))
    assert found == [shard["path"] for shard in manifest["shards"]]


def test_splits_of_lerobot_have_files_of_their_own(tmp_path):
    source = write_bridge_like(tmp_path / "source", episodes=2, val_episodes=2, steps=4)
    out = tmp_path / "out"
    convert(source, out, format="lerobot", recipe=find.recipe("episodes"), split="train+val")
    train, val = (each.includes for each in described(out).distribution)
    assert (train, val) == (["data/chunk-000/file-000.parquet"], ["data/chunk-000/file-001.parquet"])


def test_it_is_one_of_the_files_that_verify_checks(source, tmp_path):
    out = tmp_path / "out"
    convert(source, out)
    path = Path(out / "croissant.json")
    path.write_bytes(path.read_bytes().replace(b"sc:Text", b"sc:Test"))
    (finding,) = verify(open_output(str(out)))
    assert "croissant.json" in str(finding)
