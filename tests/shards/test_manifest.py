"""The manifest: a value that is stamped with its digest, and refused when it is not what was written."""

from dataclasses import replace

import orjson
import pytest

from tests.manifests import MANIFEST
from vladata import keys
from vladata.errors import ChecksumMismatch, NotADataset
from vladata.shards.manifest import read_manifest, text_of, write_manifest
from vladata.shards.naming import MANIFEST as FILE
from vladata.shards.naming import WORK
from vladata.shards.storage import open_output


@pytest.fixture
def output(tmp_path):
    return open_output(str(tmp_path))


def forge(output, change):
    """Writes the manifest as `change` makes it of its data, with a right digest."""
    write_manifest(output, MANIFEST)
    plain = orjson.loads(output.read(FILE))
    del plain["digest"]
    change(plain)
    output.write(FILE, [orjson.dumps({**plain, "digest": keys.digest(plain)})])


def test_what_is_written_is_read_and_gives_the_same_bytes(output):
    stamped = write_manifest(output, MANIFEST)
    assert stamped == replace(MANIFEST, digest=stamped.digest)
    assert len(stamped.digest) == 64
    assert read_manifest(output) == stamped
    assert text_of(read_manifest(output)) == output.read(FILE)
    assert [entry.path for entry in stamped.entries] == ["train/a.tar", "index.arrow"]
    assert (stamped.samples, stamped.bytes) == (10, 100)


def test_the_parts_entries_stand_among_the_shared_ones(output):
    write_manifest(output, MANIFEST)
    plain = orjson.loads(output.read(FILE))
    assert list(plain)[:6] == ["format_version", "kind", "name", "created_by", "source", "schema"]
    assert plain["fields"] == {
        **dict.fromkeys(("prompt", "target", "task", "dataset", "split", "episode"), "text"),
        **{"step": "integer", "instruction": "text", "plan": "text", "action": "floats"},
        **{"terminate": "integer", "bins": "integers", "state": "floats"},
        **{"loss_weight": "number", "contract": "text"},
        "source": {"file": "text", "offset": "integer", "length": "integer"},
    }


def test_contracts_are_asked_for_without_the_kind():
    assert MANIFEST.contracts == {"ab12": {"digest": "ab12"}}
    assert MANIFEST.statistics == {"ab12": {}}


def test_no_manifest_is_no_dataset(output, tmp_path):
    with pytest.raises(
        NotADataset, match=r"there is no manifest\.json.*\n  vladata has not written into this"
    ):
        read_manifest(output)
    (tmp_path / WORK / "receipts").mkdir(parents=True)
    with pytest.raises(
        NotADataset, match=r"there is no manifest\.json.*\n  A conversion that was stopped leaves"
    ):
        read_manifest(output)
    with pytest.raises(NotADataset, match=r"there is no manifest\.json.*\n  There is no such folder"):
        read_manifest(open_output(str(tmp_path / "nowhere")))


def test_a_changed_manifest_is_noticed(output):
    write_manifest(output, MANIFEST)
    output.write(FILE, [output.read(FILE).replace(b'"name": "bridge"', b'"name": "b"')])
    with pytest.raises(ChecksumMismatch, match="its digest does not match"):
        read_manifest(output)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff\xfe"], ids=["empty", "cut", "list", "bytes"])
def test_a_damaged_manifest_is_noticed(data, output):
    output.write(FILE, [data])
    with pytest.raises(ChecksumMismatch, match="the manifest is damaged: it is not a JSON object"):
        read_manifest(output)


def test_another_format_version_is_refused(output):
    write_manifest(output, replace(MANIFEST, format_version=2))
    with pytest.raises(NotADataset, match=r"another format version; got 2; allowed: 4"):
        read_manifest(output)


def put(*path, value):
    def change(plain):
        for name in path[:-1]:
            plain = plain[name]
        plain[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (put("of_tomorrow", value=1), 'unknown entry "of_tomorrow"'),
        (put("shards", 0, "of_tomorrow", value=1), r'shards\[0\]: unknown entry "of_tomorrow"'),
        (put("source", "of_tomorrow", value=1), 'source: unknown entry "of_tomorrow"'),
        (lambda plain: plain.pop("cameras"), 'the entry "cameras" is missing'),
        (lambda plain: plain.pop("chain"), 'the entry "chain" is missing'),
        (lambda plain: plain["shards"][0].pop("bytes"), r'shards\[0\]: the entry "bytes" is missing'),
        (put("seed", value="0"), "seed: expected a whole number, got '0'"),
        (put("seed", value=True), "seed: expected a whole number, got True"),
        (
            put("format", value="zip"),
            "format: expected one of 'webdataset', 'tfrecord', 'rlds', 'lerobot', got 'zip'",
        ),
        (put("cameras", value="primary"), "cameras: expected a list, got 'primary'"),
        (put("ledger", value=[]), r"ledger: expected an object, got \[\]"),
        (put("ledger", "steps", value=3), "ledger.steps: expected an object, got 3"),
        (put("ledger", "steps", "read", value="3"), "ledger.steps.read: expected a whole number, got '3'"),
        (put("ledger", "turns", value={}), 'ledger: unknown entry "turns"'),
        (
            put("ledger", "samples", value={"action": 1.5}),
            "ledger.samples.action: expected a whole number, got 1.5",
        ),
        (
            put("ledger", "reasons", "odd", value=1),
            "ledger.reasons.odd: expected an outcome and counts, got 1",
        ),
        (put("ledger", value={"reasons": {}}), 'ledger: expected two counted units and "reasons"'),
        (put("kind", value="sound"), "kind: expected one of robot, episodes, web, mixture, got 'sound'"),
        (put("kind", value=[]), r"kind: expected one of robot, episodes, web, mixture, got \[\]"),
        (put("kind", value="web"), 'the entry "corpus" is missing'),
        (put("fields", "prompt", value="sound"), "fields: unknown kind 'sound'"),
        (put("fields", "prompt", value=["text"]), "fields: unknown kind"),
    ],
)
def test_a_whole_manifest_of_another_shape_is_refused(change, says, output):
    forge(output, change)
    with pytest.raises(
        NotADataset, match=f"but this version of vladata does not write such manifests: {says}"
    ):
        read_manifest(output)


def test_an_entry_can_be_asked_for_by_its_name_in_the_file():
    assert (MANIFEST["name"], MANIFEST["contract"], MANIFEST["shards"][0]["samples"]) == (
        "bridge",
        {"digest": "ab12"},
        10,
    )
    with pytest.raises(KeyError, match="virtual"):
        MANIFEST["virtual"]
