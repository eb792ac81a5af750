"""Hostile bytes: tars, JSON texts and JSON files, alone and as sources of a whole index.

Each is a real one, damaged: with random bytes alone a reader would stop at its first check.
"""

import io
import json
import tarfile

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.corpora.made import jpeg, png, tar
from tests.fuzz.test_readers import FUZZ, attempt, damaged
from vladata.corpora.corpus import open_corpus
from vladata.corpora.fields import follow
from vladata.corpora.part import CorpusIndexing
from vladata.corpora.rows import ROWS
from vladata.errors import DataError, FormatError
from vladata.formats.foreign_tar import FILE, walk
from vladata.formats.json_record import parse_record
from vladata.formats.json_stream import read_items
from vladata.spec.find import corpus

KNOWN = {"caption": "a", "similarity": 0.3, "LANGUAGE": "en", "list": [{"a": 1}, {"a": '\u00fc"'}]}
RECORD = json.dumps(KNOWN).encode()
LIST = json.dumps({"info": {}, "data": [KNOWN, KNOWN, {"deep": [[[{"x": None}]]]}]}).encode()
SLOW = settings(FUZZ, max_examples=150)


def archive(form):
    file = io.BytesIO()
    long = "d" * 120 + ".txt"
    with tarfile.open(fileobj=file, mode="w", format=form) as written:
        for name, data in (("1.jpg", jpeg()), ("1.json", RECORD), (long, b"x"), ("2.png", png(1, 4, 4))):
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), 1.5
            written.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("2.json")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        written.addfile(link)
    return file.getvalue()


ARCHIVES = [archive(form) for form in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)[1:]]
ARCHIVES.append(ARCHIVES[0] + ARCHIVES[1])  # joined
HEADERS = [data[:4096] for data in ARCHIVES]


@FUZZ
@given(
    st.one_of(st.binary(max_size=2000), *map(damaged, ARCHIVES), *map(damaged, HEADERS)), st.integers(0, 3000)
)
def test_foreign_tar(data, limit):
    """Any bytes give members that lie within them, or a FormatError."""
    end = 0

    def read():
        nonlocal end
        for entry in walk(io.BytesIO(data), limit):
            assert end <= entry.offset
            if entry.data is not None:
                assert entry.kind is FILE
                assert bytes(entry.data) == data[entry.offset : entry.offset + entry.size]
                assert len(entry.data) == entry.size <= limit
            end = entry.offset

    error = attempt(read)
    assert error is None or isinstance(error, FormatError)


@FUZZ
@given(st.one_of(st.binary(max_size=60), damaged(RECORD), damaged(LIST)))
def test_json_record(data):
    """Any bytes give what Python's own parser gives, or an error; a key that stands twice never goes unnoticed."""
    found = attempt(lambda: parse_record(data, "x.json"))
    if isinstance(found, DataError):
        return
    twice = []

    def unrepeated(pairs):
        twice.extend(pairs if len(dict(pairs)) < len(pairs) else [])
        return dict(pairs)

    again = json.loads(data.decode("utf-8-sig"), object_pairs_hook=unrepeated, parse_constant=lambda _: None)
    assert not twice
    assert found == again


KEYS = st.text(st.sampled_from('a":\\ \n'), max_size=3)


@FUZZ
@given(st.lists(st.tuples(KEYS, KEYS), max_size=4), st.sampled_from(["", " ", "\n", " \t "]))
def test_keys_that_stand_twice(pairs, space):
    text = ",".join(f"{json.dumps(key)}{space}:{json.dumps(value)}" for key, value in pairs)
    found = attempt(lambda: parse_record(b"{" + text.encode() + b"}", "x"))
    assert (getattr(found, "reason", "") == "duplicate_key") == (len(dict(pairs)) < len(pairs))


@FUZZ
@given(st.one_of(st.binary(max_size=60), damaged(LIST)), st.sampled_from(["data", ""]), st.booleans())
def test_json_stream(data, path, lines):
    """Any bytes give records, and then nothing or a FormatError."""
    found = []
    error = attempt(lambda: found.extend(read_items(io.BytesIO(data), path, lines)))
    assert error is None or isinstance(error, FormatError)
    assert all(item.fault is None or isinstance(item.fault, DataError) for item in found)


@SLOW
@given(st.one_of(*map(damaged, ARCHIVES)))
def test_index_of_a_tar(tmp_path_factory, data):
    """Any bytes give rows of the fixed schema, each with an image and an answer, or with a reason."""
    path = tmp_path_factory.getbasetemp() / "fuzz.tar"
    path.write_bytes(data)
    opened = open_corpus(corpus("laion"), [str(path)])
    part = CorpusIndexing(opened).indexer().part(opened.files[0])
    assert part.schema == ROWS
    for row in part.to_pylist():
        assert bool(row["reason"]) == (row["outcome"] == "rejected") == bool(row["says"])
        assert row["reason"] or (row["images"] and row["answers"])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=8,
)


@FUZZ
@given(JSON, st.lists(st.sampled_from("ab"), max_size=3).map(tuple))
def test_paths(value, parts):
    """Any path of any value leads to something or nothing."""
    follow(value, parts)


def test_the_archives_are_whole(tmp_path):
    for data in ARCHIVES:
        assert [entry.name for entry in walk(io.BytesIO(data), 1 << 20)][:2] == ["1.jpg", "1.json"]
    assert tar(tmp_path / "x.tar", []).stat().st_size
