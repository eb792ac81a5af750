"""What is wrong with a vocabulary is found, on tokenizers of two families with planted faults; a clean one has no flaw."""

from itertools import pairwise

import numpy as np
import pytest

import vladata
from tests import trained_tokenizers as trained
from vladata.errors import CodecError
from vladata.vocabularies.added_tokens import added_tokens
from vladata.vocabularies.check import flaws
from vladata.vocabularies.counts import Counts, counts_of
from vladata.vocabularies.demand import Demand, demand_of
from vladata.vocabularies.fast_ids import fast_ids
from vladata.vocabularies.integers import integers
from vladata.vocabularies.last_ids import last_ids
from vladata.vocabularies.overwrite_least_used import overwrite_least_used
from vladata.vocabularies.proof import may_join, rows_of_pairs
from vladata.vocabularies.tokenizer import open_tokenizer

FAMILIES = ("bpe.json", "unigram.json")


def told(found):
    return [(flaw.kind, flaw.severity) for flaw in found]


def planted(folder, name, change):
    """The tokenizer with a fault in it."""
    return open_tokenizer(trained.edited(folder / name, folder / "planted" / name, change))


@pytest.mark.parametrize("name", ["bpe.json", "digits.json", "unigram.json", "unigram.model"])
def test_a_clean_vocabulary_of_numbers_has_no_flaw(folder, rt1, name):
    tokenizer = open_tokenizer(folder / name)
    made = integers(demand_of(rt1), tokenizer, digits=name == "digits.json")
    counts = counts_of(tokenizer, trained.lines())
    assert flaws(made, tokenizer, [rt1], embedding=tokenizer.size, counts=counts) == []


@pytest.mark.parametrize(
    "codec", [{"terminate": "none"}, {"chunk": 3}, {"bins": 21}, {"chunk": 2, "shorter": True}]
)
def test_other_codecs_without_a_flaw(folder, codec):
    made_for = vladata.codec("rt2", bounds="rt1", **codec)
    tokenizer = open_tokenizer(folder / "unigram.model")
    assert flaws(integers(demand_of(made_for), tokenizer), tokenizer, [made_for]) == []


@pytest.mark.parametrize("name", [*FAMILIES, "unigram.model"])
def test_clean_vocabularies_of_own_ids_have_no_flaw(folder, rt1, name):
    tokenizer, demand = open_tokenizer(folder / name), demand_of(rt1)
    counts = counts_of(tokenizer, ["Q: what action? A:"])
    made = overwrite_least_used(demand, tokenizer, counts=counts)
    assert flaws(made, tokenizer, [rt1], embedding=tokenizer.size, counts=counts) == []
    assert flaws(last_ids(demand, tokenizer), tokenizer, [rt1], embedding=tokenizer.size) == []


def test_merged_digits(folder, rt1):
    clean = open_tokenizer(folder / "digits.json")
    made = integers(demand_of(rt1), clean, digits=True)

    def merge(content):
        content["model"]["vocab"]["12"] = len(content["model"]["vocab"])
        content["model"]["merges"].append(["1", "2"])
        content["pre_tokenizer"]["pretokenizers"][0]["individual_digits"] = False

    found = flaws(made, planted(folder, "digits.json", merge), [rt1])
    assert told(found) == [("merged", "error"), ("another-tokenizer", "warning")]
    with_12 = tuple(b for b in range(256) if "12" in str(b))
    assert found[0].bins == with_12
    assert found[0].says.startswith(
        '13 of 256 numbers merge into fewer tokens: 12 is "Ġ" "12", 112 is "Ġ" "1" "12"'
    )


def test_numbers_that_merge_with_each_other(folder, rt1):
    """Each number is a token, and two of them side by side are another one."""
    made = integers(demand_of(rt1), open_tokenizer(folder / "unigram.json"))

    def merge(content):
        content["model"]["vocab"].append(["▁7▁7", 0.0])
        content["pre_tokenizer"]["split"] = False

    found = flaws(made, planted(folder, "unigram.json", merge), [rt1])
    assert found[0].says.startswith(
        "11 of 65,536 pairs of numbers merge with each other: '7 7' is \"▁7▁7\", '7 70' is "
    )


def test_every_pair_is_tried():
    for count in (1, 2, 5, 6, 12):
        pairs = [pair for chain in rows_of_pairs(count, every=True) for pair in pairwise(chain)]
        assert sorted(pairs) == [(i, j) for i in range(count) for j in range(count)]
        some = {pair for chain in rows_of_pairs(count, every=False) for pair in pairwise(chain)}
        assert {(j - i) % count for i, j in some} == {0, *(1 << k for k in range(8) if 1 << k < count)}
        assert some <= set(pairs)


def test_which_tokenizers_may_join_numbers(folder):
    for name in ("bpe.json", "digits.json", "unigram.json", "unigram.model"):
        assert not may_join(open_tokenizer(folder / name))
    for piece in ("7 7", "\u25817\u25817", "5\u0120", "12\u25811"):
        added = trained.with_added(folder / "bpe.json", folder / "joined.json", [piece])
        assert may_join(open_tokenizer(added))


@pytest.mark.parametrize("name", FAMILIES)
def test_numbers_that_fall_apart(folder, rt1, name):
    made = integers(demand_of(rt1), open_tokenizer(folder / name))

    def split(content):
        if name == "bpe.json":
            merges = content["model"]["merges"]
            content["model"]["merges"] = [pair for pair in merges if "".join(pair) != "Ġ128"]
        else:
            (entry,) = (entry for entry in content["model"]["vocab"] if entry[0] == "▁128")
            entry[1] = -1e6

    found = flaws(made, planted(folder, name, split), [rt1])
    assert [(flaw.kind, flaw.bins) for flaw in found if flaw.bins] == [("split", (128,))]
    assert "1 of 256 numbers are split into more tokens: 128 is" in found[0].says


@pytest.mark.parametrize("name", FAMILIES)
def test_an_added_space(folder, rt1, name):
    made = integers(demand_of(rt1), open_tokenizer(folder / name))

    def widen(content):
        content["normalizer"] = {"type": "Replace", "pattern": {"String": " "}, "content": "  "}

    found = flaws(made, planted(folder, name, widen), [rt1])
    assert ("space", "error") in told(found)
    assert {kind for kind, _ in told(found)} <= {"space", "split"}


@pytest.mark.parametrize("name", FAMILIES)
def test_a_decoder_that_puts_spaces_in(folder, rt1, name):
    made = integers(demand_of(rt1), open_tokenizer(folder / "digits.json"), digits=True)

    def spread(content):
        content["decoder"] = {"type": "WordPiece", "prefix": "##", "cleanup": False}

    found = flaws(made, planted(folder, "digits.json", spread), [rt1])
    assert {kind for kind, _ in told(found)} == {"changed"}


@pytest.mark.parametrize("name", FAMILIES)
def test_a_normaliser_that_changes_digits(folder, rt1, name):
    made = integers(demand_of(rt1), open_tokenizer(folder / name))

    def change(content):
        content["normalizer"] = {"type": "Replace", "pattern": {"String": "7"}, "content": "1"}

    (found,) = flaws(made, planted(folder, name, change), [rt1])
    assert (found.kind, found.bins) == ("changed", tuple(b for b in range(256) if "7" in str(b)))


@pytest.mark.parametrize("name", FAMILIES)
def test_numbers_that_became_unknown(folder, rt1, name):
    made = integers(demand_of(rt1), open_tokenizer(folder / name))
    (one,) = made.later[128]

    def hide(content):
        piece = made.pieces[one]
        content["added_tokens"].append(
            {"id": one, "content": piece.replace("Ġ", " ").replace("▁", " "), "special": True}
            | dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
        )

    found = flaws(made, planted(folder, name, hide), [rt1])
    assert {"special"} <= {kind for kind, _ in told(found)} or {"unknown"} <= {
        kind for kind, _ in told(found)
    }


def test_too_small_an_embedding(folder, rt1):
    tokenizer = open_tokenizer(folder / "bpe.json")
    made = last_ids(demand_of(rt1), tokenizer)
    found = flaws(made, tokenizer, [rt1], embedding=tokenizer.size - 3)
    assert told(found) == [("beyond-embedding", "error"), ("small-embedding", "error")]
    assert found[0].ids == tuple(range(tokenizer.size - 3, tokenizer.size))
    assert f"The model needs {tokenizer.size:,} rows" in found[0].advice
    above = last_ids(demand_of(rt1), tokenizer, vocabulary=tokenizer.size + 10)
    (only,) = flaws(above, tokenizer, [rt1])
    assert (only.kind, len(only.ids)) == ("beyond-embedding", 10)
    assert flaws(above, tokenizer, [rt1], embedding=tokenizer.size + 10) == []


@pytest.mark.parametrize("name", ["unigram.json", "unigram.model"])
def test_collisions(folder, name):
    """Ids 0 to 2 are special, 3 to 10 <loc>, 11 <seg>, 12 to 267 bytes."""
    tokenizer = open_tokenizer(folder / name)
    made = fast_ids(Demand(0, 20, (0,)), tokenizer, vocabulary=20, skip=0)
    found = {flaw.kind: flaw for flaw in flaws(made, tokenizer, [])}
    assert set(found) == {"special", "place", "byte"}
    assert found["special"].ids == (0, 1, 2)
    assert found["place"].ids == tuple(range(3, 12))
    assert found["byte"].ids == tuple(range(12, 20))
    assert (
        "<loc> or <seg> tokens: a model that is also asked for places confuses the two: 3 ('<loc0000>')"
        in found["place"].says
    )


def test_an_id_that_was_added_for_something_else(folder, tmp_path, rt1):
    tokenizer = open_tokenizer(trained.with_added(folder / "bpe.json", tmp_path / "t.json", ["<image>"]))
    made = last_ids(demand_of(rt1), tokenizer, vocabulary=tokenizer.size)
    (found,) = flaws(made, tokenizer, [rt1])
    assert (found.kind, found.ids) == ("added", (tokenizer.size - 1,))


def test_ids_that_text_uses(folder, rt1):
    tokenizer = open_tokenizer(folder / "bpe.json")
    made = last_ids(demand_of(rt1), tokenizer)
    uses = np.zeros(tokenizer.size, np.int64)
    uses[[tokenizer.size - 1, tokenizer.size - 5, 4]] = [3, 7, 100]
    (found,) = flaws(made, tokenizer, [rt1], counts=Counts(uses, 50))
    assert (found.kind, found.severity) == ("used-by-text", "warning")
    assert found.ids == (tokenizer.size - 5, tokenizer.size - 1)
    assert f"2 ids stand for bins, and 50 texts of the dataset use them: {tokenizer.size - 5}" in found.says


def test_added_tokens_as_text(folder, tmp_path, rt1):
    names = [f"<action_{n}>" for n in range(256)]
    for special in (False, True):
        for name in FAMILIES:
            path = trained.with_added(folder / name, tmp_path / f"{special}-{name}", names, special)
            tokenizer = open_tokenizer(path)
            made = added_tokens(demand_of(rt1), tokenizer, pattern="<action_{N}>")
            assert flaws(made, tokenizer, [rt1], embedding=tokenizer.size) == []


def test_added_tokens_that_get_a_space(folder, tmp_path, rt1):
    """As old Llama tokenizers do, which put a space before what follows an added token."""
    names = [f"<action_{n}>" for n in range(256)]
    clean = trained.with_added(folder / "unigram.json", tmp_path / "clean.json", names)
    made = added_tokens(demand_of(rt1), open_tokenizer(clean), pattern="<action_{N}>")

    def spread(content):
        for token in content["added_tokens"]:
            token["normalized"] = True
        content["normalizer"] = {"type": "Replace", "pattern": {"String": "<a"}, "content": " <a"}

    found = flaws(made, open_tokenizer(trained.edited(clean, tmp_path / "spread.json", spread)), [rt1])
    assert found
    assert {flaw.kind for flaw in found} <= {"space", "split"}


def test_a_tokenizer_that_lost_the_tokens(folder, tmp_path, rt1):
    names = [f"<action_{n}>" for n in range(256)]
    path = trained.with_added(folder / "bpe.json", tmp_path / "t.json", names)
    made = added_tokens(demand_of(rt1), open_tokenizer(path), pattern="<action_{N}>")
    found = flaws(made, open_tokenizer(folder / "bpe.json"), [rt1])
    assert {flaw.kind for flaw in found} == {"another-token", "beyond-embedding", "split"}


def test_another_tokenizer(folder, rt1):
    made = integers(demand_of(rt1), open_tokenizer(folder / "bpe.json"))
    kinds = {flaw.kind for flaw in flaws(made, open_tokenizer(folder / "digits.json"), [rt1])}
    assert "another-token" in kinds


def test_another_codec_is_refused(folder, rt1):
    tokenizer = open_tokenizer(folder / "bpe.json")
    made = integers(demand_of(rt1), tokenizer)
    with pytest.raises(CodecError, match="made for bins 0 to 255, but codec rt2 has bins 0 to 9"):
        flaws(made, tokenizer, [vladata.codec("rt2", bins=10, bounds="rt1")])
