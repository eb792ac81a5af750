"""Folders of a FAST tokenizer, made by the published algorithm's own library: read without its code, or refused by name."""

import json

import numpy as np
import pytest

from tests.actions.fast.published import Published, chunks_of
from vladata.actions.codec import codec
from vladata.errors import CodecError, MalformedJson, MissingFile

LENGTH, DIMENSIONS = 8, 3
CHUNKS = chunks_of("arm", 400, LENGTH, DIMENSIONS, seed=2)
BOUNDS = {"low": [-1.0] * DIMENSIONS, "high": [1.0] * DIMENSIONS}
NAMES = ("a", "b", "c")


@pytest.fixture(scope="module")
def published():
    return Published(CHUNKS, vocabulary=400)


def opened(folder, chunk=LENGTH, **settings):
    """The codec of a folder."""
    return codec("fast", names=NAMES, bounds=BOUNDS, chunk=chunk, **{"from": str(folder)}, **settings)


def test_it_gives_the_ids_of_the_published_code(published, tmp_path):
    """Between -1 and 1 our 1e-6 of the normalisation moves nothing here; the chunks are far from a half."""
    found = opened(published.save(tmp_path / "fast"))
    chunks = CHUNKS.astype(np.float32)
    normal = 2 * (chunks.astype(np.float64) + 1) / (2 + 1e-6) - 1
    assert [ids.tolist() for ids in found.encode(chunks)] == published.encode(normal)
    assert (found.learnt.least, len(found.learnt.bpe)) == (published.least, 400)
    assert set(found.learnt.source) == {"processor_config.json", "tokenizer.json"}


@pytest.mark.parametrize("changed", [{"action_dim": DIMENSIONS, "time_horizon": LENGTH}, {"scale": 10.0}])
def test_sizes_that_the_folder_states_and_that_fit_are_taken(published, tmp_path, changed):
    opened(published.save(tmp_path / "fast", **changed), scale=10, vocabulary=400)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"action_dim": 7}, "action_dim differs from that of the recipe and the data; got 7; allowed: 3"),
        (
            {"time_horizon": 50},
            "time_horizon differs from that of the recipe and the data; got 50; allowed: 8",
        ),
        ({"scale": "ten"}, "scale must be a number; got 'ten'"),
        ({"scale": -1}, "scale must be above 0; got -1"),
        ({"min_token": None}, "min_token must be a whole number"),
        (
            {"vocab_size": 300},
            "the vocabulary has more ids than vocab_size says; got 400; allowed: at most 300",
        ),
        (
            {"processor_class": "Another"},
            "this is not a FAST processor; got 'Another'; allowed: UniversalActionProcessor",
        ),
    ],
)
def test_a_config_that_differs_is_refused(published, tmp_path, changed, says):
    with pytest.raises(CodecError) as caught:
        opened(published.save(tmp_path / "fast", **changed))
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("setting", "says"),
    [({"scale": 20}, "scale differs from that of the recipe"), ({"vocabulary": 1024}, "vocab_size differs")],
)
def test_a_recipe_that_says_another_size_is_refused(published, tmp_path, setting, says):
    with pytest.raises(CodecError, match=says):
        opened(published.save(tmp_path / "fast"), **setting)


def model(**changed):
    """A change of the tokenizer's model."""
    return lambda tokenizer: tokenizer["model"].update(changed)


def top(**changed):
    """A change beside the model."""
    return lambda tokenizer: tokenizer.update(changed)


def another_order(tokenizer):
    """The first and last single character exchanged."""
    vocab = tokenizer["model"]["vocab"]
    vocab["\x00"], vocab["\x01"] = vocab["\x01"], vocab["\x00"]


def a_token_too_many(tokenizer):
    """A token that no merge makes, with the next id."""
    tokenizer["model"]["vocab"]["not merged"] = len(tokenizer["model"]["vocab"])


def a_gap(tokenizer):
    """An id left out."""
    tokenizer["model"]["vocab"]["\x00"] = 5000


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            model(type="Unigram"),
            "model.type: the model is not that of a FAST tokenizer; got 'Unigram'; allowed: BPE",
        ),
        (model(dropout=0.1), "model.dropout: the model is not that of a FAST tokenizer; got 0.1"),
        (model(unk_token="<unk>"), "model.unk_token: the model is not that of a FAST tokenizer; got '<unk>'"),
        (model(merges=None), "model.merges: the model has no merges"),
        (model(merges=[["q", "q"]]), "model.merges[0]: a merge does not join two tokens to a third"),
        (model(vocab={}), "model.vocab: the ids are not 0, 1, 2, ..."),
        (top(model=3), "the tokenizer has no model; got 3"),
        (top(normalizer={"type": "NFKC"}), "normalizer: the tokenizer changes texts"),
        (top(pre_tokenizer=None), "pre_tokenizer: the tokenizer is not byte-level"),
        (top(decoder={"type": "Metaspace"}), "decoder: the tokenizer is not byte-level"),
        (
            top(added_tokens=[{"content": "<s>"}]),
            "the tokenizer has added tokens; got ['<s>']; allowed: none",
        ),
        (another_order, "the single characters are not the first ids, in the order of their codes"),
        (a_token_too_many, "the vocabulary has tokens that no merge makes"),
        (a_gap, "the ids are not 0, 1, 2, ..."),
    ],
)
def test_a_tokenizer_that_differs_is_refused(published, tmp_path, change, says):
    file = published.save(tmp_path / "fast") / "tokenizer.json"
    tokenizer = json.loads(file.read_text())
    change(tokenizer)
    file.write_text(json.dumps(tokenizer))
    with pytest.raises(CodecError) as caught:
        opened(file.parent)
    assert says in str(caught.value)


def test_merges_as_texts_of_older_versions_are_read(published, tmp_path):
    folder = published.save(tmp_path / "fast")
    found = opened(folder)
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    tokenizer["model"]["merges"] = [" ".join(merge) for merge in tokenizer["model"]["merges"]]
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    assert opened(folder).learnt.bpe == found.learnt.bpe


@pytest.mark.parametrize("name", ["processor_config.json", "tokenizer.json"])
def test_what_is_missing_or_no_json_is_named(published, tmp_path, name):
    file = published.save(tmp_path / "fast") / name
    file.write_text("[]")
    with pytest.raises(MalformedJson, match=f"{name}: this is not a JSON object"):
        opened(file.parent)
    for broken in ("{", "[" * 100_000):
        file.write_text(broken)
        with pytest.raises(MalformedJson, match=f"{name}: this is not JSON"):
            opened(file.parent)
    file.unlink()
    with pytest.raises(MissingFile, match=f"{name}: a file of the FAST tokenizer cannot be read"):
        opened(file.parent)
