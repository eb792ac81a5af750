"""Each kind of vocabulary: literal ids, its origin's ids, and what it refuses."""

import os
from pathlib import Path

import numpy as np
import pytest

from tests import trained_tokenizers as trained
from vladata.errors import CodecError, UsageError
from vladata.vocabularies.added_tokens import added_tokens
from vladata.vocabularies.counts import Counts, counts_of
from vladata.vocabularies.demand import Demand, demand_of
from vladata.vocabularies.fast_ids import fast_ids
from vladata.vocabularies.integers import integers
from vladata.vocabularies.last_ids import last_ids
from vladata.vocabularies.overwrite_least_used import overwrite_least_used
from vladata.vocabularies.tokenizer import Tokenizer, open_tokenizer

TEN = Demand(0, 10, (2,), tuple("0123456789"))


def imagined(size, base=0, **known):
    """A tokenizer of `size` ids that knows no text."""
    pieces = tuple(f"t{id}" for id in range(size))
    parts = {"special": frozenset(), "added": frozenset(), "byte_ids": frozenset(), **known}
    return Tokenizer(
        "imagined", pieces, base or size, encode_all=lambda texts: [[] for _ in texts], decode=str, **parts
    )


def test_last_ids_count_down_from_the_end():
    made = last_ids(Demand(0, 256, (7,)), imagined(32_064, base=32_000))
    assert made.ids([0, 1, 254, 255]).tolist() == [31_999, 31_998, 31_745, 31_744]
    assert last_ids(TEN, imagined(40), vocabulary=20).ids([0, 9]).tolist() == [19, 10]
    with pytest.raises(CodecError, match="-1 is not a token id"):
        last_ids(Demand(0, 11, (2,)), imagined(10))


@pytest.mark.skipif(
    not os.environ.get("VLADATA_REAL_DATA"), reason="VLADATA_REAL_DATA names no folder of real data"
)
def test_last_ids_are_those_of_openvla():
    """500 random and edge actions with the ids of openvla's own ActionTokenizer (commit c8f03f4, 32,000 ids)."""
    with np.load(
        Path(os.environ["VLADATA_REAL_DATA"]).parent / "refs" / "openvla_action_tokens.npz"
    ) as found:
        actions, ids, edges = found["actions"], found["token_ids"], found["bins"]
        size = int(found["vocab_size"])
    made = last_ids(Demand(0, 256, (7,)), imagined(size))
    bins = np.digitize(np.clip(actions, -1, 1), edges) - 1
    assert len(bins) == 500
    assert np.array_equal(np.stack([made.ids(row) for row in bins]), ids)
    assert np.array_equal(np.stack([made.bins(row) for row in ids]), bins)


def test_fast_ids_are_those_of_openpi():
    """PaliGemma has 257,152 ids: openpi's formula, 257152 - 1 - 128 - t, and the `<loc>` tokens 256,000 to 257,023."""
    made = fast_ids(Demand(0, 1024, (0,)), imagined(257_152))
    assert made.ids([0, 1, 1023]).tolist() == [257_023, 257_022, 256_000]
    assert fast_ids(TEN, imagined(100), skip=0).ids([0]).tolist() == [99]


@pytest.mark.parametrize("name", ["bpe.json", "unigram.json", "unigram.model"])
def test_integers_are_the_tokens_of_numbers(folder, rt1, name):
    tokenizer = open_tokenizer(folder / name)
    made = integers(demand_of(rt1), tokenizer)
    bins = [1, 128, 91, 241, 5, 101, 127, 217]
    spelled = [tokenizer.pieces[id].lstrip("▁Ġ") for id in made.ids(bins)]
    assert spelled == [str(b) for b in bins]
    lead = tokenizer.encode("A:")
    assert [*lead, *made.ids(bins)] == tokenizer.encode("A: " + rt1.text(np.array(bins)))
    assert made.is_one_id_a_bin


def test_integers_of_digits(folder, rt1):
    tokenizer = open_tokenizer(folder / "digits.json")
    with pytest.raises(CodecError, match='246 of 256 numbers are not one token: 10 is "Ġ" "1" "0"') as caught:
        integers(demand_of(rt1), tokenizer)
    assert "--digits" in caught.value.hint
    made = integers(demand_of(rt1), tokenizer, digits=True)
    bins = [1, 128, 91, 241, 5, 101, 127, 217]
    assert tokenizer.decode(made.ids(bins).tolist()) == " 1 128 91 241 5 101 127 217"
    assert made.bins(tokenizer.encode(" 1 128 91")).tolist() == [1, 128, 91]
    with pytest.raises(CodecError, match='246 of 256 numbers are not one token per digit: 10 is "Ġ10"'):
        integers(demand_of(rt1), open_tokenizer(folder / "bpe.json"), digits=True)


def test_integers_at_the_beginning_of_a_text(folder, rt1):
    tokenizer = open_tokenizer(folder / "bpe.json")
    words = demand_of(rt1).words[:2]
    made = integers(Demand(0, 2, (8,), words), tokenizer, before="")
    assert [tokenizer.pieces[id] for id in made.ids([1, 1])] == ["1", "Ġ1"]
    assert made.bins(made.ids([1, 0, 1])).tolist() == [1, 0, 1]


def test_integers_that_are_unknown(folder):
    tokenizer = _without_bytes(folder)
    with pytest.raises(CodecError, match="1 of 2 numbers are unknown to the tokenizer: \u0663 is"):
        integers(Demand(0, 2, (2,), ("1", "\u0663")), tokenizer, before="a ")


def _without_bytes(folder):
    """The unigram tokenizer, which then does not know what it was not trained on."""

    def drop(content):
        content["model"]["byte_fallback"] = False

    path = trained.edited(folder / "unigram.json", folder / "no_bytes.json", drop)
    return open_tokenizer(path)


def test_integers_need_texts_of_numbers():
    with pytest.raises(UsageError, match="for codecs whose texts are one number per bin"):
        integers(Demand(0, 10, (0,)), imagined(10))


def test_added_tokens_by_their_pattern(folder, tmp_path):
    names = [f"<action_{n}>" for n in range(10)] + ["<action_start>", "<action_end>"]
    tokenizer = open_tokenizer(trained.with_added(folder / "bpe.json", tmp_path / "t.json", names))
    first = tokenizer.size - len(names)
    made = added_tokens(TEN, tokenizer, pattern="<action_{N}>", start="<action_start>", end="<action_end>")
    assert made.ids([3, 0]).tolist() == [first + 10, first + 3, first, first + 11]
    assert added_tokens(TEN, tokenizer, pattern="<action_{N}>").ids([3, 0]).tolist() == [first + 3, first]
    assert tokenizer.decode(made.ids([3, 0]).tolist()) == "<action_start><action_3><action_0><action_end>"
    with pytest.raises(
        CodecError, match=r"the tokenizer has no token <action_10>, <action_11>\.\n"
    ) as caught:
        added_tokens(Demand(0, 12, (2,)), tokenizer, pattern="<action_{N}>")
    assert "Add them to the tokenizer" in caught.value.hint
    for pattern in ("<action_N>", "", "<{N}_{N}>"):
        with pytest.raises(UsageError, match="the pattern does not have a place for the number"):
            added_tokens(TEN, tokenizer, pattern=pattern)


def test_the_least_used_are_overwritten():
    """Ids 0 and 1 are special, 2 a byte, 3 added; ties go to the lesser id."""
    known = {"special": frozenset({0}), "added": frozenset({0, 1, 3}), "byte_ids": frozenset({2})}
    tokenizer = imagined(12, **known)
    uses = np.array([0, 0, 0, 0, 9, 1, 1, 0, 2, 1, 0, 5])
    made = overwrite_least_used(Demand(0, 4, (2,)), tokenizer, counts=Counts(uses, 7))
    assert made.ids([0, 1, 2, 3]).tolist() == [5, 6, 7, 10]
    assert made.made == {"texts": 7, "tokens": 19, "uses": [1, 1, 0, 0]}
    with pytest.raises(
        CodecError, match="too few tokens; got '8 that can be overwritten'; allowed: 9 or more"
    ):
        overwrite_least_used(Demand(0, 9, (2,)), tokenizer, counts=Counts(uses, 7))
    with pytest.raises(UsageError, match="there is no text in which to count the uses of ids"):
        overwrite_least_used(TEN, tokenizer, counts=Counts(uses, 0))


@pytest.mark.parametrize("name", ["bpe.json", "unigram.model"])
def test_a_real_tokenizer_keeps_what_text_needs(folder, rt1, name):
    tokenizer = open_tokenizer(folder / name)
    texts = list(trained.lines())
    made = overwrite_least_used(demand_of(rt1), tokenizer, counts=counts_of(tokenizer, iter(texts)))
    kept = tokenizer.special | tokenizer.added | tokenizer.byte_ids | tokenizer.places
    assert not made.all_ids & kept
    plainly = np.zeros(tokenizer.size, int)
    for text in texts:
        for id in tokenizer.encode(text):
            plainly[id] += 1
    order = sorted(set(range(tokenizer.size)) - kept, key=lambda id: (plainly[id], id))
    assert [ids[0] for ids in made.first] == sorted(order[:256])
    assert made.made["uses"] == [plainly[id] for id in sorted(order[:256])]


def test_counts_weigh_repeated_texts(folder):
    tokenizer = open_tokenizer(folder / "bpe.json")
    counts = counts_of(tokenizer, iter(["A: 1"] * 9000 + ["A: 1 1"]))
    (one,) = tokenizer.encode(" 1")
    assert (counts.texts, counts.uses[one], counts.uses.sum()) == (9001, 9002, 3 * 9000 + 4)
