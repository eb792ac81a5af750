"""Bins that may come next become the ids that may come next, for every prefix of every target of small codecs."""

from itertools import product

import numpy as np
import pytest

import vladata
from vladata.errors import ParseError
from vladata.vocabularies.allowed import allowed_ids
from vladata.vocabularies.demand import Demand, demand_of
from vladata.vocabularies.integers import integers
from vladata.vocabularies.tokenizer import open_tokenizer
from vladata.vocabularies.vocabulary import Vocabulary, one_id_a_bin

THREE = Demand(0, 3, (2,))
PLAIN = one_id_a_bin("last-ids", THREE, [31, 30, 29])
WRAPPED = one_id_a_bin("added-tokens", THREE, [5, 6, 7], start=(1,), end=(2, 3))
DIGITS = Vocabulary("integers", 0, (2,), ((2,), (3,), (3, 2)), ((1, 2), (1, 3), (1, 3, 2)))
OTHER_FIRST = Vocabulary("integers", 0, (2,), ((2,), (3,), (4,)), ((12,), (13,), (14,)))


def a_flag_and_two(prefix):
    """Targets of a bin 0 or 1, then one or two of 0..2: ends may be at two lengths."""
    if any(b > (2 if at else 1) for at, b in enumerate(prefix)) or len(prefix) > 3:
        return range(0), False
    if len(prefix) == 3:
        return range(0), True
    return range(3 if prefix else 2), len(prefix) == 2


TARGETS = [row for n in (1, 2) for row in product(range(2), *[range(3)] * n)]


@pytest.mark.parametrize("vocabulary", [PLAIN, WRAPPED, DIGITS, OTHER_FIRST])
def test_allowed_is_what_goes_on_to_a_target(vocabulary):
    """Against a plain search over the ids of all targets."""
    whole = {tuple(vocabulary.ids(row).tolist()) for row in TARGETS}
    prefixes = {ids[:n] for ids in whole for n in range(len(ids) + 1)}
    for prefix in prefixes:
        n = len(prefix)
        found = allowed_ids(vocabulary, prefix, a_flag_and_two)
        assert found.ids == {ids[n] for ids in whole if ids[:n] == prefix and len(ids) > n}, prefix
        assert found.may_end == (prefix in whole), prefix


@pytest.mark.parametrize("vocabulary", [PLAIN, WRAPPED, DIGITS, OTHER_FIRST])
def test_no_target_begins_with_anything_else(vocabulary):
    whole = {tuple(vocabulary.ids(row).tolist()) for row in TARGETS}
    prefixes = {ids[:n] for ids in whole for n in range(len(ids) + 1)}
    refused = 0
    for n in (1, 2, 3):
        for given in product(sorted(vocabulary.all_ids | {99}), repeat=n):
            if given in prefixes:
                continue
            refused += 1
            with pytest.raises(ParseError):
                allowed_ids(vocabulary, given, a_flag_and_two)
    assert refused > 50
    with pytest.raises(ParseError, match="a target cannot begin with these ids"):
        allowed_ids(PLAIN, [29], a_flag_and_two)


@pytest.mark.parametrize("name", ["bpe.json", "digits.json", "unigram.model"])
def test_what_is_drawn_under_it_is_an_action(folder, rt1, name):
    """Random tokens among those that are allowed: each sequence decodes to a text that parses to the same bins."""
    tokenizer = open_tokenizer(folder / name)
    vocabulary = integers(demand_of(rt1), tokenizer, digits=name == "digits.json")
    draw = np.random.default_rng(0)
    for _ in range(30):
        ids = list[int]()
        while True:
            found = allowed_ids(vocabulary, ids, rt1.bins_allowed)
            if found.may_end and (not found.ids or draw.random() < 0.5):
                break
            ids.append(int(draw.choice(sorted(found.ids))))
        bins = vocabulary.bins(ids)
        assert bins.shape == (8,)
        assert rt1.parse(tokenizer.decode(ids)).tolist() == bins.tolist()
        assert vocabulary.ids(bins).tolist() == ids


def test_ids_of_a_codec_that_learns_are_whole_chunks():
    draw = np.random.default_rng(0)
    chunks = [draw.uniform(-1, 1, (60, 4, 2)).astype(np.float32)]
    bounds = {"low": [-1.0, -1.0], "high": [1.0, 1.0]}
    codec = vladata.codec("fast", chunk=4, names=("dx", "dy"), bounds=bounds, chunks=chunks, vocabulary=120)
    demand = demand_of(codec)
    vocabulary = one_id_a_bin("fast-ids", demand, range(5000, 5000 - demand.bins, -1))
    for _ in range(20):
        ids = list[int]()
        while (found := allowed_ids(vocabulary, ids, codec.bins_allowed)).ids:
            ids.append(int(draw.choice(sorted(found.ids))))
        assert found.may_end
        assert codec.decode(vocabulary.bins(ids)).shape == (4, 2)


def test_chunks_may_end_early_where_the_codec_says_so():
    codec = vladata.codec("rt2", bins=3, bounds="rt1", terminate="none", chunk=2, shorter=True)
    ends = [allowed_ids(PLAIN, [31] * n, codec.bins_allowed).may_end for n in range(15)]
    assert [n for n, may_end in enumerate(ends) if may_end] == [7, 14]
