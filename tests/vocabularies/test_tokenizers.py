"""Tokenizers by their paths: what they are, and what is said of a path that is none."""

import pytest
import tokenizers

from tests import trained_tokenizers as trained
from vladata.errors import FormatError, MissingFile, UsageError
from vladata.vocabularies.tokenizer import open_tokenizer

TEXT = "Q: pick red block? A: 1 128 91 255"


@pytest.mark.parametrize("name", ["bpe.json", "digits.json", "unigram.json", "unigram.model"])
def test_a_text_comes_back(folder, name):
    made = open_tokenizer(folder / name)
    ids = made.encode(TEXT)
    assert made.decode(ids) == TEXT
    assert made.encode_all([TEXT, "A:"]) == [ids, made.encode("A:")]
    assert all(made.pieces[id] for id in ids)
    assert made.id_of[made.pieces[ids[-1]]] == ids[-1]


def test_numbers_of_each_family(folder):
    spelled = {
        name: open_tokenizer(folder / name).spelled(open_tokenizer(folder / name).encode("A: 1 128"))
        for name in ("bpe.json", "digits.json", "unigram.json", "unigram.model")
    }
    assert spelled["bpe.json"] == '"A" ":" "Ġ1" "Ġ128"'
    assert spelled["digits.json"] == '"A" ":" "Ġ" "1" "Ġ" "1" "2" "8"'
    assert spelled["unigram.model"].endswith(' "▁1" "▁128"')
    assert spelled["unigram.json"].endswith(' "▁1" "▁128"')


def test_what_ids_are(folder):
    bpe, unigram = open_tokenizer(folder / "bpe.json"), open_tokenizer(folder / "unigram.model")
    assert {bpe.pieces[id] for id in bpe.special} == {"<|end|>", "<|pad|>"}
    assert len(bpe.byte_ids) == 256
    assert {unigram.pieces[id] for id in unigram.special} == {"<unk>", "<s>", "</s>"}
    assert [unigram.pieces[id] for id in sorted(unigram.places)] == [f"<loc{i:04d}>" for i in range(8)] + [
        "<seg000>"
    ]
    assert unigram.places < unigram.added
    assert [unigram.pieces[id] for id in sorted(unigram.byte_ids)] == [f"<0x{i:02X}>" for i in range(256)]
    same = open_tokenizer(folder / "unigram.json")
    assert same.pieces == unigram.pieces
    assert same.identity == unigram.identity
    assert (same.special, same.added, same.byte_ids) == (unigram.special, unigram.added, unigram.byte_ids)


def test_tokens_added_are_not_counted_in_base(folder, tmp_path):
    more = open_tokenizer(trained.with_added(folder / "bpe.json", tmp_path / "t.json", ["<a>", "<b>"]))
    base = open_tokenizer(folder / "bpe.json")
    assert (more.base, more.size) == (base.size, base.size + 2)
    assert more.identity != base.identity


def test_a_file_that_cuts_and_fills_up_does_neither_here(folder, tmp_path):
    made = tokenizers.Tokenizer.from_file(str(folder / "bpe.json"))
    made.enable_truncation(4)
    made.enable_padding(length=64)
    made.save(str(tmp_path / "tokenizer.json"))
    opened = open_tokenizer(tmp_path)
    assert opened.encode_all([TEXT]) == [open_tokenizer(folder / "bpe.json").encode(TEXT)]


def test_folders(folder, tmp_path):
    trained.byte_level_bpe(tmp_path / "json" / "tokenizer.json")
    trained.sentencepiece_unigram(tmp_path / "model" / "spiece.model")
    assert open_tokenizer(tmp_path / "json").identity == open_tokenizer(folder / "bpe.json").identity
    assert open_tokenizer(tmp_path / "model").identity == open_tokenizer(folder / "unigram.model").identity


def test_a_folder_that_only_transformers_reads(folder, tmp_path):
    pytest.importorskip("transformers")
    made = tokenizers.Tokenizer.from_file(str(folder / "bpe.json"))
    made.model.save(str(tmp_path))
    (tmp_path / "tokenizer_config.json").write_text('{"tokenizer_class": "GPT2Tokenizer"}')
    opened = open_tokenizer(tmp_path)
    assert opened.spelled(opened.encode("A: 1 128")) == '"A" ":" "Ġ1" "Ġ128"'
    assert opened.decode(opened.encode(TEXT)) == TEXT
    assert len(opened.byte_ids) == 256


@pytest.mark.parametrize(
    ("name", "content", "error", "says"),
    [
        ("nowhere", None, MissingFile, "there is no tokenizer at this path"),
        ("a.txt", b"x", UsageError, "this file is not a tokenizer"),
        ("a.json", b"{}", FormatError, "the file is not a tokenizer of Hugging Face"),
        ("a.json", b"\xff", FormatError, "the tokenizer is not UTF-8"),
        ("a.model", b"", FormatError, "the file is not a sentencepiece model"),
        ("a.model", b"not a model", FormatError, "the file is not a sentencepiece model"),
    ],
)
def test_what_is_no_tokenizer(tmp_path, name, content, error, says):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(error, match=says):
        open_tokenizer(tmp_path / name)


def test_a_folder_without_a_tokenizer(tmp_path):
    pytest.importorskip("transformers")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(FormatError, match="the folder is not a tokenizer"):
        open_tokenizer(tmp_path)
