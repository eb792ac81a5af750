"""Ids and texts of codec fast: whole chunks or a ParseError, and never malformed under the automaton.

With VLADATA_FUZZ=all (`make fuzz`) a million sequences and hostile texts; some thousands otherwise.
"""

import random

import numpy as np
import pytest

from tests.actions.fast.published import chunks_of
from tests.actions.test_every_codec import hostile
from tests.actions.test_fast import DRAWN, arm, fitted, made
from vladata.actions.codec import codec
from vladata.actions.fast.bpe import Bpe
from vladata.actions.fast.coefficients import Coefficients
from vladata.actions.fast.learnt import Learnt
from vladata.actions.fast.sequences import Sequences
from vladata.errors import CodecError, ParseError

__all__ = ["arm", "made"]  # fixtures


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the text is empty"),
        ("0", "the ids hold 1 coefficients instead of 112"),
        ("0 " * 112 + "0", "the ids hold 113 coefficients instead of 112"),
        ("0  0", "word 2, '', is not an id"),
        ("01", "word 1, '01', is not an id"),
        ("-1", "word 1, '-1', is not an id"),
        ("1024", "id 1 is out of range; got 1024; allowed: 0 to 1023"),
        ("0 " + "9" * 5000, "id 2 is out of range"),
        ("zero", "word 1, 'zero', is not an id"),
        ("٣", "word 1, '٣', is not an id"),
    ],
)
def test_what_is_no_whole_chunk_is_refused(made, text, says):
    with pytest.raises(ParseError) as caught:
        made.parse(text)
    assert str(caught.value).startswith(says)


def test_ids_are_refused_as_texts_are(made):
    with pytest.raises(ParseError, match=r"^the ids hold 2 coefficients instead of 112; got '2 ids'"):
        made.decode(np.array([0, 1]))
    with pytest.raises(ParseError, match=r"^id 2 is out of range; got -1"):
        made.decode(np.array([0, -1]))
    with pytest.raises(CodecError, match=r"^ids must be whole numbers in one row; got '<U1 \[1\]'"):
        made.decode(np.array(["0"]))
    with pytest.raises(CodecError, match=r"^ids must be whole numbers in one row"):
        made.decode(np.zeros(3))


@pytest.fixture(scope="module")
def wide():
    """A codec whose numbers reach over 128, so that ids can tear them: scale 400, 8 actions of 2 dimensions."""
    chunks = chunks_of("walk", 400, 8, 2, seed=1).astype(np.float32)
    return fitted(chunks, 8, 2, scale=400, vocabulary=2000)


def test_a_torn_coefficient_is_refused(wide):
    lead = wide.learnt.bpe.bytes.index(b"\xc2")
    with pytest.raises(ParseError, match=r"^the ids end within a coefficient"):
        wide.decode(np.array([lead]))
    assert wide.sequences.after(wide.sequences.start, lead) == (16, 0xC2)
    allowed = wide.sequences.allowed((16, 0xC2))
    assert all(0x80 <= wide.learnt.bpe.bytes[number][0] < 0xC0 for number in allowed)


def test_a_coefficient_beyond_the_fitted_range_is_refused():
    bpe = Bpe.learnt({"\x00\x01\x02": 1}, 3, 10)
    bounds = {"low": [-1.0], "high": [1.0]}
    found = codec("fast", names=("a",), bounds=bounds, chunk=1, chunks=[np.zeros((1, 1, 1), np.float32)])
    found = type(found)(("a",), Coefficients(found.coefficients.bounds, 1, 1.0), Learnt(-1, 0, bpe, {}))
    with pytest.raises(ParseError, match=r"^the ids hold the coefficient 1; got '1 ids'; allowed: -1 to 0"):
        found.decode(np.array([2]))
    assert found.sequences.after(found.sequences.start, 2) is None


def drawn_under(sequences, count, seed):
    """int [count, S] ids drawn evenly among those that may follow, -1 after the end: the machine's tables, all rows at once."""
    rng = np.random.default_rng(seed)
    left, row = np.full(count, sequences.numbers), np.zeros(count, np.int64)
    rows = {byte: i for i, byte in enumerate(sequences._open)}
    of_byte = np.array([rows.get(byte, 0) for byte in range(256)])
    order = [np.argsort(needed, kind="stable") for needed in sequences._needed]
    ranked = [needed[at] for needed, at in zip(sequences._needed, order, strict=True)]
    columns = []
    while (going := (left > 0) | (row > 0)).any():
        column, before = np.full(count, -1), row.copy()
        for i in range(len(order)):
            at = np.flatnonzero(going & (before == i))
            choices = np.searchsorted(ranked[i], left[at], side="right")
            assert (choices > 0).all()  # an end can be reached from everywhere
            column[at] = order[i][(rng.random(len(at)) * choices).astype(np.int64)]
            left[at] -= sequences._whole[i][column[at]]
            row[at] = of_byte[sequences._ends[i][column[at]]]
        columns.append(column)
    return np.stack(columns, axis=1)


@pytest.mark.parametrize("which", ["made", "wide"])
def test_no_sequence_under_the_automaton_is_malformed(which, request):
    found = request.getfixturevalue(which)
    sequences, whole = found.sequences, found._whole
    drawn = drawn_under(sequences, DRAWN, seed=4)
    for row in drawn:
        whole.coefficients(row[row >= 0].tolist())
    for row in drawn[:200]:  # the tables say what the machine says, step by step
        state = sequences.start
        for number in row[row >= 0].tolist():
            assert number in sequences.allowed(state)
            assert not sequences.is_end(state)
            state = sequences.after(state, number)
        assert sequences.is_end(state)
        assert not len(sequences.allowed(state))


def test_no_text_under_the_automaton_is_malformed(wide):
    machine, rng = wide.automaton(), random.Random(2)
    for _ in range(DRAWN // 10):
        state, text = machine.start, ""
        while not machine.is_end(state) or (machine.allowed(state) and rng.random() < 0.5):
            text += rng.choice(sorted(machine.allowed(state)))
            state = machine.after(state, text[-1])
        assert wide.text(wide.parse(text)) == text


def test_the_machine_counts_what_is_left():
    """Ids of 1, 2 and 4 numbers, a chunk of 3."""
    bpe = Bpe("ab", ((0, 1, 2), (2, 2, 3)))
    sequences = Sequences(bpe, 3, 200)
    assert [bpe.tokens[number] for number in sequences.allowed(sequences.start)] == ["a", "b", "ab"]
    assert sequences.after((3, 0), 2) == (1, 0)
    assert sequences.allowed((1, 0)).tolist() == [0, 1]
    assert sequences.after((1, 0), 2) is None
    assert sequences.after((1, 0), 7) is None
    assert sequences.state_of([2, 0]) == (0, 0)
    assert sequences.state_of([2, 2]) is None
    assert sequences.is_end((0, 0))


@pytest.mark.parametrize("which", ["made", "wide"])
def test_a_hostile_text_is_a_chunk_that_spells_it_or_a_parse_error(which, request):
    found = request.getfixturevalue(which)
    good = [found.text(row[row >= 0]) for row in drawn_under(found.sequences, 200, seed=8)]
    refused = 0
    for text in hostile(good, DRAWN, seed=6):
        try:
            ids = found.parse(text)
        except ParseError:
            refused += 1
        else:
            assert found.text(ids) == text.strip()
            assert np.isfinite(found.decode(ids)).all()
    assert 20 < refused < DRAWN - 20
