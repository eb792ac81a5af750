"""Byte pairs learnt: literal merges, and those of the library's trainer on texts of every kind."""

import random

import numpy as np
import pytest

from tests.actions.fast.published import Published, chunks_of, trained, vocabulary_of
from vladata.actions.fast.bpe import Bpe, counted
from vladata.errors import CodecError


def learnt(texts, numbers, vocabulary):
    """Tokens by id and merges by rank, ours."""
    bpe = Bpe.learnt(counted(texts), numbers, vocabulary)
    return list(bpe.tokens), [(bpe.tokens[left], bpe.tokens[right]) for left, right, _ in bpe.merges]


def test_the_pair_counted_most_often_is_merged_first():
    tokens, merges = learnt(["abab", "abc", "bc", "bc"], 0, 10)
    assert tokens == ["a", "b", "c", "ab", "bc"]
    assert merges == [("a", "b"), ("b", "c")]


def test_of_pairs_counted_equally_often_the_one_with_the_least_ids_is_first():
    tokens, merges = learnt(["cd", "ab", "cd", "ab", "ac", "ac"], 0, 7)
    assert tokens == ["a", "b", "c", "d", "ab", "ac", "cd"]
    assert merges == [("a", "b"), ("a", "c"), ("c", "d")]


def test_pairs_that_overlap_are_merged_from_the_left():
    tokens, merges = learnt(["aaaaa", "aaaaa"], 0, 9)
    assert tokens == ["a", "aa", "aaa", "aaaaa"]
    assert merges == [("a", "a"), ("aa", "a"), ("aa", "aaa")]


def test_what_is_seen_once_is_not_merged():
    assert learnt(["ab", "cd"], 0, 10) == (["a", "b", "c", "d"], [])


def test_the_vocabulary_is_never_larger_than_was_asked():
    tokens, merges = learnt(["abcd"] * 5, 0, 6)
    assert (len(tokens), len(merges)) == (6, 2)


def test_the_whole_range_is_in_the_vocabulary_whether_it_was_seen_or_not():
    tokens, _ = learnt(["\x02\x02"], 4, 10)
    assert tokens[:5] == ["\x00", "\x01", "\x02", "\x03", "Ă"]


def test_a_range_that_the_vocabulary_cannot_hold_is_refused():
    with pytest.raises(CodecError) as caught:
        learnt(["\x02\x09"], 300, 256)
    assert str(caught.value) == (
        "300 different coefficients need 300 ids, more than the vocabulary has; got 'vocabulary 256'; "
        "allowed: 300 or more.\n  Give the recipe a larger vocabulary, or a smaller scale."
    )


def test_the_order_of_the_texts_does_not_matter():
    texts = ["".join(random.Random(i).choices("abc ", k=30)) for i in range(200)]
    assert learnt(texts, 0, 120) == learnt(sorted(texts), 0, 120) == learnt(texts[::-1], 0, 120)


@pytest.mark.parametrize("seed", range(40))
def test_the_library_learns_the_same_from_words_of_few_letters(seed):
    rng = random.Random(seed)
    letters = "abc"[: rng.randint(1, 3)]
    longest = rng.choice([5, 20, 60])
    texts = ["".join(rng.choices(letters, k=rng.randint(1, longest))) for _ in range(rng.randint(2, 60))]
    vocabulary = rng.choice([20, 60, 300])
    assert learnt(texts, 5, vocabulary) == vocabulary_of(trained(texts, 5, vocabulary))


@pytest.mark.parametrize("kind", ["arm", "walk", "noise"])
@pytest.mark.parametrize(
    ("count", "length", "dimensions", "scale", "vocabulary"),
    [(300, 16, 7, 10, 1024), (300, 5, 2, 50, 1024), (60, 50, 14, 10, 2048), (100, 16, 2, 200, 2048)],
)
def test_the_library_learns_the_same_from_chunks(kind, count, length, dimensions, scale, vocabulary):
    """At scale 50 and 200 numbers reach over 128: characters of two bytes."""
    chunks = chunks_of(kind, count, length, dimensions)
    published = Published(chunks, scale, vocabulary)
    numbers = published.coefficients(chunks)
    texts = ["".join(map(chr, row)) for row in numbers - published.least]
    found = learnt(texts, int(np.ptp(numbers)) + 1, vocabulary)
    assert found == vocabulary_of(published.tokenizer)
