"""Promises of a codec, tested of every codec of the table: its bound, its inverse, its texts, its automaton.

With VLADATA_FUZZ=all (`make fuzz`) a million values, sequences and hostile texts a codec; some thousands otherwise.
"""

import json
import os
from itertools import islice

import numpy as np
import pytest

from tests.actions.drawn_texts import BLOCK, hostile, walks
from tests.actions.every_codec import ONE_BIN_A_DIMENSION, drawn, edges_of, every_bin, made
from vladata.actions.codecs.table import CODECS
from vladata.actions.contract import codec_from_contract, contract
from vladata.actions.protocol import Codec
from vladata.actions.text import spelled
from vladata.errors import CodecError, ParseError

FUZZ = os.environ.get("VLADATA_FUZZ") == "all"
VALUES = 1_000_000 if FUZZ else 50_000
TEXTS = 1_000_000 if FUZZ else 2_000
every = pytest.mark.parametrize("name", ONE_BIN_A_DIMENSION)


@every
def test_it_is_what_the_protocol_asks(name):
    codec = made(name)
    assert CODECS[name].kind == codec.kind == name
    assert codec.tolerance().shape == codec.low.shape == codec.high.shape == (len(codec.names),)
    assert {name for name in vars(Codec) if not name.startswith("_")} <= set(dir(codec))
    assert codec.tolerance().dtype == np.float64
    assert not codec.low.flags.writeable


@every
def test_decoding_an_encoded_action_misses_it_by_no_more_than_stated(name):
    codec = made(name)
    values = drawn(codec, VALUES)
    ends = np.zeros(len(values), bool)
    decoded = codec.decode(codec.encode(values, terminate=ends))[:, -len(codec.names) :]
    missed = np.abs(decoded.astype(np.float64) - values)
    assert (missed <= codec.tolerance()).all(), missed.max(axis=0)
    told = [d for d, dimension in enumerate(codec.names) if dimension != "base_mode"]
    # and it must be a looser than four times what happens, but for the microns that Octo and openpi give away
    assert (missed.max(axis=0)[told] * 4 >= codec.tolerance()[told] - 2e-6).all()


@every
def test_values_beyond_the_bounds_are_cut_to_them(name):
    codec = made(name)
    far = np.float32(1e6)
    for side, bound in ((-far, codec.low), (far, codec.high)):
        values = np.full((1, len(codec.names)), side, np.float32)
        values[:, -1] = 1 if name == "rt1-base" else side
        decoded = codec.decode(codec.encode(values, terminate=np.array([False])))[0, -len(codec.names) :]
        wanted = np.where(np.arange(len(bound)) == len(bound) - 1, 1, bound) if name == "rt1-base" else bound
        assert (np.abs(decoded.astype(np.float64) - wanted) <= codec.tolerance()).all()


SAME, BELOW, LAST_TO_ITS_NEIGHBOUR, LEAST_TO_ZERO = "same", "or the one below", "255 to 254", "-1 to 0"
AGAIN = {
    "rt1": BELOW,
    "rt1-x": BELOW,
    "rt1-base": BELOW,
    "rt2": BELOW,
    "openvla": LAST_TO_ITS_NEIGHBOUR,
    "octo": SAME,
    "openpi-state": LEAST_TO_ZERO,
    "language-table": SAME,
    "text-integers": SAME,
    "uniform": SAME,
}
"""Codec -> the bin that encoding a decoded bin gives, as docs/codecs.md says."""


@every
def test_encoding_what_was_decoded(name):
    """In all dimensions that move; where there is one value its bin is always the same."""
    codec = made(name)
    bins = every_bin(codec)
    values = codec.decode(bins)[:, -len(codec.names) :]
    again = codec.encode(values, terminate=np.zeros(len(bins), bool))
    first = codec.width - len(codec.names) if name != "rt1-base" else 1
    moving = (codec.low < codec.high)[: codec.width - first]
    bins, again = bins[:, first:], again[:, first:]
    assert (again[:, ~moving] == again[0, ~moving]).all()
    bins, again = bins[:, moving], again[:, moving]
    rule = AGAIN[name]
    if rule == BELOW:
        assert set(np.unique(bins - again)) == {0, 1}
    elif rule == LAST_TO_ITS_NEIGHBOUR:
        assert np.array_equal(again, np.minimum(bins, 254))
    elif rule == LEAST_TO_ZERO:
        assert np.array_equal(again, np.maximum(bins, 0))
    else:
        assert np.array_equal(again, bins)


@every
@pytest.mark.parametrize(("chunk", "shorter"), [(1, False), (4, False), (4, True)])
def test_it_comes_back_from_its_contract_with_the_same_texts(name, chunk, shorter):
    codec = made(name, chunk=chunk, shorter=shorter)
    found = json.loads(json.dumps(contract(codec, chain="x")))
    again = codec_from_contract(found)
    assert again == codec
    values = edges_of(codec)
    values[:, -1] = 1 if name == "rt1-base" else values[:, -1]
    values = values[: len(values) // chunk * chunk].reshape(-1, chunk, len(codec.names))
    values = values[:, 0] if chunk == 1 else values
    bins = again.encode(values, terminate=np.zeros(values.shape[:-1], bool))
    texts = codec.texts(bins)
    assert texts == again.texts(bins)
    machine = codec.automaton()
    for row, text in zip(bins[:200], texts[:200], strict=True):
        assert np.array_equal(codec.parse(text), row)
        assert np.array_equal(codec.parse(f" {text}\n"), row)
        assert machine.is_end(machine.after(machine.start, text))


def in_blocks(rows):
    """Lists of rows, each of at most BLOCK."""
    rows = iter(rows)
    while block := list(islice(rows, BLOCK)):
        yield block


def check_spelled(codec, texts, parsed):
    """That parsed bins spell their texts, and decode to numbers; many at once, by how many actions they hold."""
    by_length = {}
    for text, bins in zip(texts, parsed, strict=True):
        by_length.setdefault(bins.size, []).append((text, bins))
    for pairs in by_length.values():
        bins = np.stack([bins for _, bins in pairs])
        assert spelled(bins.reshape(len(bins), -1)) == [text for text, _ in pairs]
        assert np.isfinite(codec.decode(bins)).all()


@every
@pytest.mark.parametrize("shorter", [False, True])
def test_no_sequence_under_the_automaton_is_malformed(name, shorter):
    codec = made(name, chunk=2, shorter=shorter)
    drawn_texts = 0
    for texts in in_blocks(walks(codec, TEXTS // 2, seed=1)):
        check_spelled(codec, texts, [codec.parse(text) for text in texts])
        drawn_texts += len(texts)
    assert drawn_texts == TEXTS // 2


@every
def test_no_sequence_of_bins_under_the_automaton_is_malformed(name):
    """Drawn column by column: what is allowed after a prefix depends on its length alone, which is held against the prefixes."""
    codec, rng = made(name, chunk=2), np.random.default_rng(3)
    columns, ends = [], []
    for n in range(2 * codec.width):
        allowed, is_end = codec.bins_allowed([int(column[0]) for column in columns])
        assert codec.bins_allowed([int(column[-1]) for column in columns]) == (allowed, is_end)
        columns.append(rng.integers(allowed.start, allowed.stop, TEXTS))
        ends.append(is_end)
        assert codec.bins_allowed([allowed.stop] * (n + 1)) == (range(0), False)
    bins = np.stack(columns, axis=1).astype(np.int32).reshape(TEXTS, 2, codec.width)
    assert not any(ends)
    assert codec.bins_allowed(bins[0].ravel().tolist()) == (range(0), True)
    assert np.isfinite(codec.decode(bins)).all()
    texts = codec.texts(bins)
    for row, text in zip(bins[:1000], texts[:1000], strict=True):
        assert np.array_equal(codec.parse(text), row)


@every
@pytest.mark.parametrize(("chunk", "shorter"), [(1, False), (3, True)])
def test_a_hostile_text_is_an_action_that_spells_it_or_a_parse_error(name, chunk, shorter):
    codec = made(name, chunk=chunk, shorter=shorter)
    refused, good = 0, list(walks(codec, 200, chunk))
    for texts in in_blocks(hostile(good, TEXTS // 2, seed=chunk)):
        found = [(text.strip(), bins) for text in texts if (bins := parsed(codec, text)) is not None]
        refused += len(texts) - len(found)
        check_spelled(codec, [text for text, _ in found], [bins for _, bins in found])
    assert 20 < refused < TEXTS // 2 - 20  # both ends are reached


def parsed(codec, text):
    """The bins of a text, or None where it is refused, by a ParseError that says what is expected."""
    try:
        return codec.parse(text)
    except ParseError as error:
        return None if error.what and (error.allowed or "").endswith("one space between") else text


@every
def test_short_long_and_empty_texts_are_refused(name):
    codec = made(name)
    text = codec.text(every_bin(codec)[5])
    words = text.split(" ")
    for wrong, says in [
        ("", "the text is empty"),
        (" ".join(words[:-1]), f"{len(words) - 1} number"),
        (f"{text} 0", f"{len(words) + 1} numbers instead of {len(words)}"),
        ("0 " * 40, "more than one space before"),
        ("the robot should stop", "word 1, 'the', is not a number"),
    ]:
        with pytest.raises(ParseError) as caught:
            codec.parse(wrong.removesuffix(" ") if wrong.startswith("0 ") and "space" not in says else wrong)
        assert caught.value.what.startswith(says) or "instead of" in caught.value.what


@every
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused(name, value):
    codec = made(name)
    actions = np.zeros((2, len(codec.names)), np.float32)
    actions[1, 1] = value
    with pytest.raises(CodecError, match=rf"^row 1, dy: an action is not finite; got {value}\."):
        codec.encode(actions, terminate=np.zeros(2, bool))


@every
def test_bins_out_of_range_are_refused(name):
    codec = made(name)
    most = codec._text.most[-1]
    bins = every_bin(codec)[:2].copy()
    bins[1, -1] = most + 1
    for take in (codec.decode, codec.texts):
        with pytest.raises(
            CodecError, match=rf"^row 1, \w+: a bin is out of range; got {most + 1}; allowed: "
        ):
            take(bins)
