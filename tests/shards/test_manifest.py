"""The manifest: stamped with its digest, refused when it is not what was written."""

import pytest

from vladata.errors import ChecksumMismatch, NotADataset
from vladata.shards.manifest import files_of, read_manifest, write_manifest
from vladata.shards.naming import MANIFEST
from vladata.shards.storage import open_output

CONTENT = {
    "format_version": 3,
    "name": "a",
    "shards": [{"path": "train/a.tar"}],
    "files": [{"path": "index.arrow"}],
}


@pytest.fixture
def output(tmp_path):
    return open_output(str(tmp_path))


def test_what_is_written_is_read(output):
    stamped = write_manifest(output, CONTENT)
    assert stamped == {**CONTENT, "digest": "0"} | {"digest": stamped["digest"]}
    assert len(stamped["digest"]) == 64
    assert read_manifest(output) == stamped
    assert files_of(stamped) == ["train/a.tar", "index.arrow"]


def test_no_manifest_is_no_dataset(output):
    with pytest.raises(
        NotADataset, match=r"there is no manifest\.json.*\n  A conversion that was stopped leaves none"
    ):
        read_manifest(output)


def test_a_changed_manifest_is_noticed(output):
    write_manifest(output, CONTENT)
    output.write(MANIFEST, [output.read(MANIFEST).replace(b'"name": "a"', b'"name": "b"')])
    with pytest.raises(ChecksumMismatch, match="its digest does not match"):
        read_manifest(output)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff\xfe"], ids=["empty", "cut", "list", "bytes"])
def test_a_damaged_manifest_is_noticed(data, output):
    output.write(MANIFEST, [data])
    with pytest.raises(ChecksumMismatch, match="the manifest is damaged: it is no JSON object"):
        read_manifest(output)


def test_another_format_version_is_refused(output):
    write_manifest(output, CONTENT | {"format_version": 1})
    with pytest.raises(NotADataset, match=r"another format version; got 1; allowed: 2"):
        read_manifest(output)
