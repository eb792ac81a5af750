"""The value: bins to ids and back, strictly; which codecs it fits; JSON with a digest."""

import numpy as np
import pytest

import vladata
from vladata import keys
from vladata.errors import CodecError, FormatError, MissingFile, OutputError, ParseError
from vladata.vocabularies import file
from vladata.vocabularies.check import flaws
from vladata.vocabularies.demand import Demand, demand_of
from vladata.vocabularies.integers import integers
from vladata.vocabularies.tokenizer import open_tokenizer
from vladata.vocabularies.vocabulary import Vocabulary, one_id_a_bin

PLAIN = one_id_a_bin("last-ids", Demand(0, 4, (2,)), [31, 30, 29, 28])
WRAPPED = one_id_a_bin("added-tokens", Demand(0, 2, (2,)), [5, 6], start=(8,), end=(9, 7))
SIGNED = one_id_a_bin("last-ids", Demand(-1, 3, (2,)), [10, 11, 12])
# Numbers as digits: the first bin has no space before it, later ones do (id 1).
DIGITS = Vocabulary(
    "integers", 0, (2,), ((2,), (3,), (3, 2), (3, 3)), ((1, 2), (1, 3), (1, 3, 2), (1, 3, 3)), pieces={1: "_"}
)


@pytest.mark.parametrize(
    ("vocabulary", "bins", "ids"),
    [
        (PLAIN, [0, 3, 1], [31, 28, 30]),
        (PLAIN, [[0, 3], [1, 1]], [31, 28, 30, 30]),
        (WRAPPED, [1, 0, 1], [8, 6, 5, 6, 9, 7]),
        (SIGNED, [-1, 1, 0], [10, 12, 11]),
        (DIGITS, [2, 0, 3, 1], [3, 2, 1, 2, 1, 3, 3, 1, 3]),
        (DIGITS, [1], [3]),
    ],
)
def test_bins_become_ids_and_come_back(vocabulary, bins, ids):
    given = np.array(bins)
    given.flags.writeable = False
    found = vocabulary.ids(given)
    assert (found.dtype, found.tolist()) == (np.int32, ids)
    back = vocabulary.bins(found)
    assert (back.dtype, back.tolist()) == (np.int32, given.reshape(-1).tolist())


@pytest.mark.parametrize(
    ("vocabulary", "ids", "says"),
    [
        (PLAIN, [], "the ids of bins are missing"),
        (PLAIN, [31, 27], "id 27 at place 2 does not stand for a bin there"),
        (PLAIN, [-1], "id -1 at place 1 does not stand for a bin there"),
        (PLAIN, [31.0], "token ids are not whole numbers; got 'float64'"),
        (WRAPPED, [6, 5, 9, 7], r"the start token is missing; got '\[6, 5, 9, 7\]'; allowed: 8"),
        (WRAPPED, [8, 6, 5, 9], r"the end token is missing; got '\[8, 6, 5, 9\]'; allowed: 9, 7"),
        (WRAPPED, [8, 9, 7], "the ids of bins are missing"),
        (WRAPPED, [8, 6, 8, 5, 9, 7], "id 8 at place 3 does not stand for a bin there"),
        (DIGITS, [1, 3], r"id 1 \('_'\) at place 1 does not stand for a bin there"),
        (DIGITS, [3, 1], r"ids 1 \('_'\) from place 2 on are not a bin together"),
        (DIGITS, [3, 3, 3], "ids 3, 3, 3 from place 1 on are not a bin together"),
        (DIGITS, [3, 1, 2, 3], r"ids 1 \('_'\), 2, 3 from place 2 on are not a bin together"),
    ],
)
def test_ids_that_are_no_bins(vocabulary, ids, says):
    with pytest.raises(ParseError, match=says):
        vocabulary.bins(ids)


def test_any_ids_are_bins_or_a_parse_error():
    draw = np.random.default_rng(0)
    for vocabulary in (PLAIN, WRAPPED, SIGNED, DIGITS):
        known, read = sorted(vocabulary.all_ids), 0
        for _ in range(3000):
            inner = draw.choice(known, draw.integers(1, 4)).tolist()
            ids = [*vocabulary.start, *inner, *vocabulary.end]
            try:
                bins = vocabulary.bins(ids)
            except ParseError:
                continue
            read += 1
            assert vocabulary.ids(bins).tolist() == ids
        assert read > 10


@pytest.mark.parametrize(
    ("bins", "says"),
    [
        ([4], "the vocabulary lacks this bin"),
        ([0, -1], "place 2: the vocabulary lacks this bin; got -1; allowed: 0 to 3"),
        ([], "expected at least one bin, whole numbers"),
        ([0.0], "expected at least one bin, whole numbers"),
        ([True], "expected at least one bin, whole numbers"),
    ],
)
def test_what_is_no_bin(bins, says):
    with pytest.raises(CodecError, match=says):
        PLAIN.ids(bins)


@pytest.mark.parametrize(
    ("first", "later", "wrapped", "says"),
    [
        (((1,), (1,)), ((1,), (1,)), {}, "bins 0 and 1 have the same ids, 1"),
        (((1,), ()), ((1,), ()), {}, "no id stands for bin 1"),
        (((1,), (-1,)), ((1,), (-1,)), {}, "-1 is not a token id"),
        (((1,),), ((1,), (2,)), {}, "ids are given for 1 bins at the first place, for 2 later"),
        (((1,), (1, 1)), ((1,), (1, 1)), {}, "1 begin a bin and also occur within one"),
        (((1,), (2,)), ((1,), (2,)), {"start": (2,)}, "2 stand for bins and also for the start or the end"),
    ],
)
def test_ids_that_could_be_read_in_two_ways_are_refused(first, later, wrapped, says):
    with pytest.raises(CodecError, match=says):
        Vocabulary("integers", 0, (2,), first, later, **wrapped)


def test_rows_that_an_embedding_needs():
    assert PLAIN.embedding_needed == 32
    assert WRAPPED.embedding_needed == 10


def test_what_a_codec_asks_for():
    assert demand_of(vladata.codec("rt1")) == Demand(0, 256, (8,), tuple(map(str, range(256))))
    few = vladata.codec("rt2", bins=3, bounds="rt1", terminate="none")
    assert demand_of(few) == Demand(0, 3, (7,), ("0", "1", "2"))


SEVEN = {"low": [-1.0] * 7, "high": [1.0] * 7}


@pytest.mark.parametrize(
    ("name", "settings", "bins", "widths"),
    [
        ("language-table", {}, range(-10, 11), (2,)),
        ("rt1-base", {}, range(256), (11,)),
        ("openpi-state", {"bounds": SEVEN}, range(-1, 256), (7,)),
        ("text-integers", {"bounds": SEVEN, "chunk": 4}, range(1001), (7,)),
        ("rt2", {"bounds": SEVEN, "chunk": 3, "shorter": True}, range(256), (8,)),
    ],
)
def test_bins_and_words_of_other_codecs(name, settings, bins, widths):
    assert demand_of(vladata.codec(name, **settings)) == Demand(
        bins.start, len(bins), widths, tuple(map(str, bins))
    )


def test_bins_of_a_codec_that_learns_are_its_ids(folder):
    chunks = [np.random.default_rng(0).uniform(-1, 1, (40, 4, 7)).astype(np.float32)]
    codec = vladata.codec("fast", chunk=4, bounds=SEVEN, chunks=chunks, vocabulary=150)
    size = codec.to_json()["vocabulary"]
    assert demand_of(codec) == Demand(0, size, (0,), tuple(map(str, range(size))))
    made = one_id_a_bin("fast-ids", demand_of(codec), range(1000, 1000 - size, -1))
    made.require(codec)
    (ids,) = codec.encode(chunks[0][:1])
    assert np.array_equal(made.bins(made.ids(ids)), ids)
    tokenizer = open_tokenizer(folder / "unigram.model")
    assert flaws(integers(demand_of(codec), tokenizer), tokenizer, [codec]) == []
    with pytest.raises(CodecError, match="made for actions of any number of bins, but those of codec"):
        one_id_a_bin("last-ids", demand_of(codec), range(size)).require(
            vladata.codec("rt2", bins=size, bounds=SEVEN)
        )


def test_another_codec_is_refused_with_the_difference(rt1):
    made = one_id_a_bin("last-ids", demand_of(rt1), range(256))
    made.require(rt1)
    made.require(vladata.codec("rt2", bounds="rt1"))
    made.require(vladata.codec("rt2", bounds="rt1", chunk=4))
    says = "made for bins 0 to 255, but codec rt2 has bins 0 to 100"
    with pytest.raises(CodecError, match=says):
        made.require(vladata.codec("rt2", bins=101, bounds="rt1"))
    says = "made for actions of 8 bins, but those of codec rt2 are of 7 bins"
    with pytest.raises(CodecError, match=says):
        made.require(vladata.codec("rt2", bounds="rt1", terminate="none"))


@pytest.mark.parametrize("vocabulary", [PLAIN, WRAPPED, SIGNED, DIGITS])
def test_a_file_holds_all_of_it(vocabulary, tmp_path):
    path = tmp_path / "vocab.json"
    file.write(vocabulary, str(path))
    again = vladata.vocabulary(path)
    assert again == vocabulary
    assert again.digest == vocabulary.digest
    assert file.encoded(again) == path.read_bytes()
    with pytest.raises(OutputError, match="the file exists already"):
        file.write(PLAIN, str(path))
    file.write(PLAIN, str(path), overwrite=True)
    assert vladata.vocabulary(path) == PLAIN


def test_the_digest_tells_vocabularies_apart():
    digests = {vocabulary.digest for vocabulary in (PLAIN, WRAPPED, SIGNED, DIGITS)}
    assert len(digests) == 4
    assert PLAIN.digest == "aa948f68d1f6da885671d33a38ecaa648a468caaeecaf098a9f0128419d910ca"


@pytest.mark.parametrize(
    ("content", "error", "says"),
    [
        (None, MissingFile, "the vocabulary cannot be read: No such file"),
        (b"{", FormatError, "the vocabulary is not JSON"),
        (b"[]", CodecError, "this is not a vocabulary"),
        (b'{"version": 1}', CodecError, "this is not a vocabulary"),
        (
            b'{"version": 9, "digest": ""}',
            CodecError,
            "the vocabulary is of another version; got 9; allowed: 1",
        ),
        (b'{"version": 1, "digest": ""}', CodecError, "the vocabulary does not match its digest"),
    ],
)
def test_what_is_no_vocabulary(content, error, says, tmp_path):
    if content is not None:
        (tmp_path / "v.json").write_bytes(content)
    with pytest.raises(error, match=says):
        vladata.vocabulary(tmp_path / "v.json")


def test_a_changed_file_is_refused(tmp_path):
    file.write(PLAIN, str(tmp_path / "v.json"))
    (tmp_path / "v.json").write_bytes((tmp_path / "v.json").read_bytes().replace(b"[31]", b"[33]"))
    with pytest.raises(CodecError, match="the vocabulary does not match its digest"):
        vladata.vocabulary(tmp_path / "v.json")
    whole = PLAIN.to_json()
    for name in sorted(set(whole) - {"digest", "version"}):
        lacking = {key: value for key, value in whole.items() if key not in (name, "digest")}
        with pytest.raises(CodecError, match="this is not a vocabulary"):
            Vocabulary.from_json({**lacking, "digest": keys.digest(lacking)})
