"""A sample as tar members: which, in which order, with which bytes; and back."""

import io
import json
import tarfile

import pytest

from vladata.errors import FormatError
from vladata.formats import tar
from vladata.shards import webdataset


def archive(*samples):
    return b"".join(b"".join(webdataset.buffers(sample)) for sample in samples) + tar.END


def test_members_of_a_sample_are_adjacent_and_its_json_is_last(sample):
    data = archive(sample(1), sample(0))
    with tarfile.open(fileobj=io.BytesIO(data)) as opened:
        assert [member.name for member in opened] == [
            "set-train-0001.wrist.png",
            "set-train-0001.primary.jpg",
            "set-train-0001.json",
            "set-train-0000.wrist.png",
            "set-train-0000.primary.jpg",
            "set-train-0000.json",
        ]
        assert {(member.mtime, member.mode, member.uid, member.gid) for member in opened} == {
            (0, 0o644, 0, 0)
        }


def test_the_json_is_utf8_without_escapes(sample):
    with tarfile.open(fileobj=io.BytesIO(archive(sample(7)))) as opened:
        text = opened.extractfile("set-train-0007.json").read()
    assert text.decode().startswith(
        '{"prompt":"Q: {do} \u201c7\u201d \u2615? A:","target":"1 0 255","step":7,'
    )
    assert json.loads(text)["source"] == {"file": "a.tfrecord", "offset": 2**40, "length": 5}
    assert b'"action":[0.1,-0.25],"terminate":0,"bins":[1,0,255],"state":[0.0,0.33333334]' in text


def test_samples_come_back(sample, plain):
    there = [sample(0), sample(1, state=0), sample(2)]
    back = [plain(each) for each in webdataset.samples(archive(*there))]
    assert back == [plain(each) for each in there]
    assert [list(each.images) for each in back] == [["wrist", "primary"]] * 3


def test_pieces_are_whole_blocks_and_no_image_is_copied(sample):
    one = sample(0)
    pieces = webdataset.buffers(one)
    assert sum(map(len, pieces)) % 512 == 0
    assert [piece for piece in pieces if piece is one.images["primary"]]


@pytest.mark.parametrize(
    ("text", "says"),
    [(b"{", "a.json: not JSON: "), (b"[1]", r"a.json: not a JSON object; got .*1"), (b"\xff", "not JSON")],
)
def test_damaged_json(text, says):
    data = tar.header(b"a.json", len(text)) + text + tar.padding(len(text)) + tar.END
    with pytest.raises(FormatError, match=says):
        list(webdataset.samples(data))
