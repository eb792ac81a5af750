"""`verify` of mixtures: clean on good ones; a window that is off, a shard that is missing, a source that is another are found."""

import shutil

import orjson
import pyarrow as pa
import pytest

from tests.damage import flip
from tests.manifests import changed
from tests.mix.made import mix, mixture, virtual, web
from vladata.commands.verify import verify
from vladata.shards.manifest import read_manifest, write_manifest
from vladata.shards.storage import open_output

SPEC = mixture({"robot": 1, "d": 1, "e": 2}, window=8, epoch=100)


@pytest.fixture(scope="module")
def places(corpora, robots):
    return {"robot": robots["tfrecord"], "d": corpora["d"], "e": corpora["e"]}


@pytest.fixture(scope="module", params=["webdataset", "tfrecord"])
def whole(request, places, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "out"
    mix(SPEC, out, places, format=request.param, samples_per_shard=16)
    return out


@pytest.fixture
def out(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "out")


@pytest.fixture
def pointed(places, tmp_path):
    """A virtual mixture, beside copies of its sources."""
    own = {name: shutil.copytree(place, tmp_path / name) for name, place in places.items()}
    virtual(SPEC, tmp_path / "virtual", own)
    return tmp_path / "virtual"


def findings(out):
    return [str(finding) for finding in verify(open_output(str(out)))]


def vouch(out, name):
    """Has the manifest vouch for the file as it is now, as if it had been written so."""
    output = open_output(str(out))
    manifest = orjson.loads((out / "manifest.json").read_bytes())
    measured = output.measure(name)
    for entry in (*manifest["files"], *manifest["shards"]):
        if entry["path"] == name:
            entry |= {"bytes": measured.bytes, "checksum": measured.checksum}
    write_manifest(output, changed(read_manifest(output), **manifest))


def test_good_ones_are_clean(whole, pointed):
    assert findings(whole) == []
    assert findings(pointed) == []


def test_a_window_that_is_off(out):
    index = pa.ipc.open_file(str(out / "index.arrow")).read_all().combine_chunks()
    sources = index["source"].to_pylist()
    first, last = sources.index("e"), len(sources) - 1 - sources[::-1].index("d")
    sources[first], sources[last] = "d", "e"
    kind = index.schema.field("source")
    column = pa.array(sources).dictionary_encode().cast(kind.type)
    changed = index.set_column(index.column_names.index("source"), kind, column)
    with pa.ipc.new_file(str(out / "index.arrow"), changed.schema) as writer:
        writer.write_table(changed)
    vouch(out, "index.arrow")
    found = [text for text in findings(out) if "to within one, found" in text]
    assert "index.arrow, samples 0 to 8: expected 2.00 samples of d to within one, found 3" in found
    assert "index.arrow, samples 0 to 8: expected 4.00 samples of e to within one, found 3" in found


def test_shards_that_changed_places(out):
    one, other = sorted(out.rglob("*-0000[01]-of-*"))
    data = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(data)
    names = [path.relative_to(out).as_posix() for path in (one, other)]
    assert {text.partition(":")[0] for text in findings(out)} == set(names)
    for name in names:
        vouch(out, name)
    found = findings(out)
    assert f"index.arrow, {names[0]}: the rows of this shard do not match its samples in order" in found


def test_a_shard_that_is_missing(out):
    shard = sorted(out.rglob("*-00002-of-*"))[0]
    shard.unlink()
    assert findings(out) == [f"{shard.relative_to(out).as_posix()}: the file is missing"]


def test_the_files_of_a_virtual_one(pointed):
    flip(pointed / "mixture.arrow", 900)
    (found,) = findings(pointed)
    assert found.startswith("mixture.arrow: the checksum is xxh3:")
    (pointed / "mixture.arrow").unlink()
    (pointed / "own.txt").write_text("mine")
    assert findings(pointed) == [
        "mixture.arrow: the file is missing",
        "own.txt: the file is not in the manifest",
    ]


def test_the_manifest_of_a_virtual_one(pointed):
    flip(pointed / "manifest.json", 900)
    assert findings(pointed)[0].startswith("manifest.json: ")


def test_a_source_that_is_another_or_gone(pointed):
    folder = pointed.parent
    shutil.rmtree(folder / "d")
    shutil.rmtree(folder / "e")
    web(folder / "again", "d", 50, first=1000).rename(folder / "d")
    changed, gone = findings(pointed)
    assert changed.startswith(f"source d: d, {folder / 'd'}: the dataset is not the one that was mixed.")
    assert gone.startswith(f"source e: {folder / 'e'}: there is no manifest.json")


def test_files_of_a_source_that_are_gone_or_cut(pointed):
    shards = sorted((pointed.parent / "d").rglob("*.tar"))
    shards[1].unlink()
    shards[2].write_bytes(shards[2].read_bytes()[:-1024])
    gone, cut = findings(pointed)
    assert gone == f"source d, {shards[1]}: the file is missing"
    assert cut.startswith(f"source d, {shards[2]}: ")
    assert cut.endswith(" were written")
