"""Another format is one file and one line: npz_folder.py, entered in the table here, goes the whole way of RLDS.

The episodes are those of a TFDS dataset, written again as .npz files. So what must come out is known: the same rows,
statistics, samples and findings, but for where a record lies.
"""

import shutil

import apache_beam as beam
import numpy as np
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to

import vladata
from tests.conversion import convert
from tests.outcome import ledger, rejected
from tests.sources import npz_folder
from vladata.beam import ReadEpisodes
from vladata.cli.main import _run
from vladata.errors import SourceChanged, UnknownName
from vladata.robot.rederive import rederive
from vladata.robot.run import index_here
from vladata.robot.sources import open_index
from vladata.runs.verify import verify
from vladata.shards.storage import open_output
from vladata.sources import readers
from vladata.sources.readers import open_source

RECORD = {
    "file",
    "shard",
    "offset",
    "length",
    "crc",
    "content",
}  # columns of the index that tell where a record lies


@pytest.fixture(autouse=True)
def one_line(monkeypatch):
    monkeypatch.setitem(readers.SOURCES, ("npz", "native"), "tests.sources.npz_folder:open_at")


@pytest.fixture(scope="module")
def npz(clean, tmp_path_factory):
    """The episodes of `clean`: two files for train, one for val."""
    source = open_source(clean)
    found = {}
    for split in ("train", "val"):
        for shard in source.shards(split):
            file = [source.decode(split, r.place, r.data) for r in source.scan(shard)]
            found.setdefault(split, []).append(file)
    return npz_folder.write(tmp_path_factory.mktemp("npz") / "bridge", found, source.columns)


@pytest.fixture
def copied(npz, tmp_path):
    return shutil.copytree(npz, tmp_path / "bridge")


def rows(folder, schema="bridge_dataset"):
    sources = open_index(str(folder), schema, None, "all", "native")
    index_here(sources)
    return [row for part in sources.index() for row in part.to_pylist()]


def test_it_is_found_by_what_lies_in_the_folder(npz):
    source = open_source(npz)
    assert (source.info.file_format, source.reader) == ("npz", "native")
    assert [(shard.file, shard.start, shard.stop) for shard in source.shards("train[1:3]")] == [
        ("train-0.npz", 1, 2),
        ("train-1.npz", 0, 1),
    ]


@pytest.mark.parametrize("schema", [None, "bridge_dataset"])
def test_index(schema, npz, clean):
    def told(folder):
        return [
            {name: value for name, value in row.items() if name not in RECORD} for row in rows(folder, schema)
        ]

    found = told(npz)
    assert len(found) == 6
    np.testing.assert_equal(found, told(clean))


def test_stats(npz, clean, monkeypatch, capsys):
    monkeypatch.setattr("vladata.cli.stats.index", lambda sources, running: index_here(sources))

    def told(folder):
        assert _run(["stats", str(folder), "--schema", "bridge_dataset", "--json"]) == 0
        return capsys.readouterr().out.replace(str(folder), "SOURCE")

    assert '"count":16' in (found := told(npz)).replace(" ", "")
    assert found == told(clean)


def test_doctor_sees_the_same(npz, clean, monkeypatch, capsys):
    monkeypatch.setattr("vladata.commands.doctor.index", lambda sources, running: index_here(sources))

    def told(folder):
        assert _run(["doctor", str(folder), "--schema", "bridge_dataset", "--fail-on", "never"]) == 0
        return capsys.readouterr().out.replace(str(folder), "SOURCE")

    assert told(npz) == told(clean)


def test_schemas_are_drafted_and_checked(npz, clean, capsys):
    def told(*arguments):
        code = _run(["schemas", *map(str, arguments)])
        return code, capsys.readouterr().out

    assert told("infer", npz) == told("infer", clean)
    checks = [told("check", "bridge_dataset", "--source", folder) for folder in (npz, clean)]
    assert checks[0] == (0, f"bridge_dataset: in order, and {npz} has every key that it names\n")
    assert checks[1][0] == 0


@pytest.mark.parametrize("order", ["source", "shuffled"])
def test_convert_and_verify(order, npz, clean, tmp_path):
    outs = [tmp_path / "npz", tmp_path / "rlds"]
    manifests = [
        convert(folder, out, split="train+val", order=order)
        for folder, out in zip((npz, clean), outs, strict=True)
    ]
    assert ledger(manifests[0]) == ledger(manifests[1])
    assert manifests[0]["contract"] == manifests[1]["contract"]
    samples, expected = (
        [(s.key, dict(s.images), {**s.fields, "source": None}) for s in vladata.open(out)] for out in outs
    )
    assert len(samples) == 24
    np.testing.assert_equal(samples, expected)
    assert {s.fields["source"]["file"] for s in vladata.open(outs[0])} == {
        "train-0.npz",
        "train-1.npz",
        "val-0.npz",
        "val-1.npz",
    }
    output = open_output(str(outs[0]))
    assert list(verify(output)) == list(rederive(output, str(npz))) == []


def test_verify_finds_what_is_not_its_source(copied, tmp_path):
    """The second episode of the first file has another word: its four samples say so, and no other does."""
    convert(copied, tmp_path / "out")
    with np.load(copied / "train-0.npz") as arrays:
        groups = dict(arrays)
    groups["1/language_instruction"] = np.full_like(groups["1/language_instruction"], b"something else")
    np.savez(copied / "train-0.npz", **groups)
    found = list(rederive(open_output(str(tmp_path / "out")), str(copied)))
    assert {str(finding).split(",")[0] for finding in found} == {"train-00000-000001"}
    assert any("something else" in str(finding) for finding in found)


def test_a_file_that_changed_after_the_index_is_noticed(copied):
    source = open_source(copied)
    (shard, *_) = source.shards("train")
    record = next(iter(source.scan(shard)))
    shutil.copy(copied / "train-1.npz", copied / "train-0.npz")
    with pytest.raises(SourceChanged, match=r"train-0\.npz: the group that was indexed is not there"):
        source.read(record.place, record.crc)


def test_a_damaged_record_is_a_rejection(copied, tmp_path):
    """One flipped byte in an array of the first episode: the three others are written."""
    file = copied / "train-0.npz"
    data = bytearray(file.read_bytes())
    data[data.index(b"0/observation/state.npy") + 250] ^= 1
    file.write_bytes(data)
    manifest = convert(copied, tmp_path / "out")
    assert ledger(manifest)["episodes"] == (4, 3, 0, 1)
    (line,) = rejected(tmp_path / "out")
    assert (line["episode"], line["reason"]) == ("train-00000-000000", "corrupt_record")
    assert line["says"].startswith("train-0.npz, group 0: numpy says: Bad CRC-32 for file")


def test_a_missing_episode_is_counted_in_its_own_metadata(copied, tmp_path):
    metadata = copied / npz_folder.METADATA
    metadata.write_text(metadata.read_text().replace('"train-1.npz": 2', '"train-1.npz": 3'))
    convert(copied, tmp_path / "out")
    assert [line["says"] for line in rejected(tmp_path / "out")] == [
        "train-1.npz: episodes.json counts 3 records, but the file holds 2."
    ]


@pytest.mark.parametrize("schema", [None, "bridge_dataset"])
def test_episodes(schema, npz, clean):
    found, expected = (list(vladata.episodes(folder, schema, "train[1:]+val")) for folder in (npz, clean))
    assert [episode.id for episode in found] == [episode.id for episode in expected]
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_equal(dict(one.steps), dict(other.steps))
        assert one.metadata == other.metadata


def test_episodes_in_a_pipeline(npz):
    pipeline = beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions([]))
    seen = pipeline | ReadEpisodes(str(npz), schema="bridge_dataset") | beam.Map(lambda e: (e.id, len(e)))
    assert_that(
        seen,
        equal_to([(f"train-0000{shard}-00000{record}", 4) for shard in (0, 1) for record in (0, 1)]),
    )
    pipeline.run().wait_until_finish()


def test_a_split_and_a_key_that_it_lacks_are_named(npz):
    with pytest.raises(UnknownName, match='bridge_dataset: there is no split "test"'):
        list(vladata.episodes(npz, split="test"))
