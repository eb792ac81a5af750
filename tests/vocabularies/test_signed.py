"""Numbers with a minus, and targets too long to try every bin at every place."""

import pytest
import tokenizers

import vladata
from vladata.errors import CodecError
from vladata.vocabularies.check import flaws
from vladata.vocabularies.demand import demand_of
from vladata.vocabularies.integers import integers
from vladata.vocabularies.proof import rows_of
from vladata.vocabularies.tokenizer import open_tokenizer


def test_negative_numbers(folder):
    """language-table spells -10 to 10: with digits "-" is a character of its own, and else "-10" is no one token."""
    codec = vladata.codec("language-table")
    tokenizer = open_tokenizer(folder / "digits.json")
    made = integers(demand_of(codec), tokenizer, digits=True)
    assert flaws(made, tokenizer, [codec]) == []
    assert made.bins(made.ids([-10, 10])).tolist() == [-10, 10]
    assert tokenizer.decode(made.ids([-10, 10]).tolist()) == " -10 10"
    with pytest.raises(CodecError, match='1 of 21 numbers are not one token: -10 is "Ġ" "-" "1" "0"'):
        integers(demand_of(codec), open_tokenizer(folder / "bpe.json"))


def test_a_minus_may_be_a_token_of_its_own(tmp_path):
    pieces = ["<unk>", "A", ":", " ", "-", *map(str, range(11))]
    made = tokenizers.Tokenizer(
        tokenizers.models.WordLevel({piece: id for id, piece in enumerate(pieces)}, "<unk>")
    )
    made.pre_tokenizer = tokenizers.pre_tokenizers.Split(tokenizers.Regex(r"\d+|[^\d]"), "isolated")
    made.decoder = tokenizers.decoders.Fuse()
    made.save(str(tmp_path / "t.json"))
    codec, tokenizer = vladata.codec("language-table"), open_tokenizer(tmp_path / "t.json")
    vocabulary = integers(demand_of(codec), tokenizer)
    assert tokenizer.spelled(vocabulary.ids([-10, 7]).tolist()) == '" " "-" "10" " " "7"'
    assert flaws(vocabulary, tokenizer, [codec]) == []


def test_a_long_target_is_tried_at_some_of_its_places(folder):
    codec = vladata.codec("rt2", bounds="rt1", terminate="none", chunk=20)
    assert len(rows_of(codec)) == 512 + 4 * 256 + 2**8
    tokenizer = open_tokenizer(folder / "bpe.json")
    assert flaws(integers(demand_of(codec), tokenizer), tokenizer, [codec]) == []
