"""ForProcessor with real tokenizers and processors: prompt, target and labels, token by token."""

import pickle
import threading

import numpy as np
import pytest

from tests.loaders import processors
from tests.loaders.batches import PROMPTS, made
from vladata.errors import CodecError, LoadError, UsageError
from vladata.loaders.collate import ForProcessor

pytest.importorskip("transformers")

MAKERS = ("bpe", "unigram", "paligemma", "idefics3", "qwen2_vl")


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """Name -> the tokenizer or processor of tests/loaders/processors.py."""
    folder = tmp_path_factory.mktemp("processors")
    return {name: getattr(processors, name)(folder) for name in MAKERS}


def tokenizer_of(processor):
    return getattr(processor, "tokenizer", processor)


def said(tokenizer, ids):
    return tokenizer.decode(ids, skip_special_tokens=False)


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("name", MAKERS)
def test_a_batch(name, side, known):
    batch, terms = made()
    collate = ForProcessor(known[name], padding=side).bound(terms)
    found, tokenizer = collate(batch), tokenizer_of(known[name])
    prompts = collate.prompt_ids(batch)
    for i, prompt in enumerate(prompts):
        there = found["attention_mask"][i] == 1
        ids, labels = found["input_ids"][i][there], found["labels"][i][there]
        assert ids[: len(prompt)].tolist() == prompt
        assert set(labels[: len(prompt)].tolist()) == {-100}
        # Unshifted: each label is the id of its own place, from the first one of the target to the end.
        assert labels[len(prompt) :].tolist() == ids[len(prompt) :].tolist()
        assert said(tokenizer, labels[len(prompt) : -1]).strip() == batch["target"][i]
        assert labels[-1] == tokenizer.eos_token_id
        assert set(found["labels"][i][~there].tolist()) <= {-100}
        assert set(found["input_ids"][i][~there].tolist()) <= {tokenizer.pad_token_id}
        weights = np.where(found["labels"][i] == -100, 0, batch["loss_weight"][i])
        assert found["loss_weights"][i].tolist() == weights.tolist()
        filled = np.flatnonzero(~there)
        assert filled.tolist() == list(
            range(len(filled)) if side == "left" else range(int(there.sum()), len(there))
        )
    assert found["key"] == batch["key"]
    assert {found[column].dtype for column in ("input_ids", "attention_mask", "labels")} == {
        np.dtype(np.int64)
    }


@pytest.mark.parametrize("name", MAKERS)
def test_inference_asks_what_training_taught(name, known):
    batch, terms = made()
    collate = ForProcessor(known[name]).bound(terms)
    trained, asked = collate(batch), collate.for_inference(batch)
    for i, prompt in enumerate(collate.prompt_ids(batch)):
        assert asked["input_ids"][i][asked["attention_mask"][i] == 1].tolist() == prompt
        assert trained["input_ids"][i][: len(prompt)].tolist() == prompt
        assert trained["labels"][i][len(prompt)] == trained["input_ids"][i][len(prompt)]
    assert asked["attention_mask"][:, -1].tolist() == [1, 1, 1]
    assert "labels" not in asked
    if "pixel_values" in trained:
        np.testing.assert_array_equal(asked["pixel_values"], trained["pixel_values"])


def test_the_ids_of_a_plain_text(known):
    """A byte-level tokenizer: nothing before the prompt, a space in the target's first token."""
    batch, terms = made(prompts=PROMPTS[:1], valid=(1,))
    tokenizer = known["bpe"]
    text = f"{PROMPTS[0]} {batch['target'][0]}<|end|>"
    found = ForProcessor(tokenizer).bound(terms)(batch)
    assert said(tokenizer, found["input_ids"][0]) == text
    counted = found["labels"][0] != -100
    assert said(tokenizer, found["input_ids"][0][counted]) == f" {batch['target'][0]}<|end|>"
    assert counted.sum() == 4 + 1  # each number with its space is a token of this tokenizer; and the end


def test_tokens_before_and_after_a_text(known):
    """A tokenizer that ends every text: the end stands behind the target alone."""
    batch, terms = made()
    found = ForProcessor(known["unigram"]).bound(terms)(batch)
    ends = [np.flatnonzero(row == known["unigram"].eos_token_id).tolist() for row in found["input_ids"]]
    assert [len(places) for places in ends] == [1, 1, 1]
    assert (found["input_ids"][:, 0] == known["unigram"].bos_token_id).all()
    none = ForProcessor(known["unigram"], end=False).bound(terms)(batch)
    assert not (none["input_ids"] == known["unigram"].eos_token_id).any()


def test_a_tokenizer_that_merges_over_the_boundary(tmp_path):
    """Where the prompt's last token would change with the target behind it, the target is tokenized on its own."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = {"<end>": 0, "a": 1, "b": 2, "ab": 3, "c": 4}
    plain = Tokenizer(models.BPE(words, [("a", "b")]))
    plain.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=plain, eos_token="<end>")
    batch, terms = made(prompts=["c a"], valid=(1,))
    batch["target"] = ["b c"]
    found = ForProcessor(tokenizer, between="").bound(terms)(batch)
    assert tokenizer("c ab c")["input_ids"] == [4, 3, 4]  # together the prompt is no prefix
    assert found["input_ids"].tolist() == [[4, 1, 2, 4, 0]]
    assert found["labels"].tolist() == [[-100, -100, 2, 4, 0]]


def test_what_paligemma_has_to_say(known):
    batch, terms = made()
    found = ForProcessor(known["paligemma"]).bound(terms)(batch)
    assert ((found["token_type_ids"] == 1) == (found["labels"] != -100)).all()
    assert found["pixel_values"].shape == (3, 3, 32, 32)
    np.testing.assert_allclose(
        found["pixel_values"][1], batch["images"][1, 0, 0].transpose(2, 0, 1) / 255 * 2 - 1, atol=1e-6
    )
    native = known["paligemma"](
        images=[[image] for image in batch["images"][:, 0, 0]],
        text=[f"<image>{prompt}" for prompt in batch["prompt"]],
        suffix=batch["target"],
        padding=True,
        return_tensors="np",
        input_data_format="channels_last",
    )
    for name in ("input_ids", "attention_mask", "token_type_ids", "pixel_values"):
        mine, its = found[name], native[name]
        if name == "pixel_values":
            np.testing.assert_allclose(mine, its, atol=1e-6)
            continue
        mask = native["attention_mask"] == 1
        assert [row[m].tolist() for row, m in zip(its, mask, strict=True)] == [
            row[m == 1].tolist() for row, m in zip(mine, found["attention_mask"], strict=True)
        ]


@pytest.mark.parametrize("name", ["bpe", "idefics3"])
def test_a_chat(name, known):
    batch, terms = made(prompts=PROMPTS[:1], valid=(1,))
    collate = ForProcessor(known[name], template="chat").bound(terms)
    found, tokenizer = collate(batch), tokenizer_of(known[name])
    labelled = found["input_ids"][0][found["labels"][0] != -100]
    assert said(tokenizer, labelled) == f"{batch['target'][0]}<|turn|>"
    prompt = said(tokenizer, collate.prompt_ids(batch)[0])
    assert prompt.endswith(f"{PROMPTS[0]}<|turn|>\n<|start|>assistant\n")
    assert prompt.count("<image>") == (4 if name == "idefics3" else 0)


@pytest.mark.parametrize("name", ["bpe", "unigram", "paligemma", "qwen2_vl"])
def test_repeated_actions_are_no_label(name, known):
    batch, terms = made(3, (3, 1, 2), "repeat", words="Do: {action} now")
    found, tokenizer = ForProcessor(known[name]).bound(terms)(batch), tokenizer_of(known[name])
    for i, own in enumerate((3, 1, 2)):
        numbers = batch["target"][i].split(" ")[1:-1]
        labels = found["labels"][i]
        assert said(tokenizer, labels[labels != -100][:-1]).split() == ["Do:", *numbers[: 4 * own], "now"]
        assert batch["target"][i] in said(tokenizer, found["input_ids"][i])  # it stays in what is read


def test_cut_tails_are_whole_targets(known):
    batch, terms = made(3, (3, 1, 2), "truncate")
    found = ForProcessor(known["bpe"]).bound(terms)(batch)
    for i, own in enumerate((3, 1, 2)):
        labels = found["labels"][i]
        assert len(said(known["bpe"], labels[labels != -100][:-1]).split()) == 4 * own


@pytest.mark.parametrize("tail", ["drop", "repeat"])
def test_ids_that_stand_for_bins(tail, known, tmp_path):
    import vladata
    from vladata.vocabularies.demand import demand_of
    from vladata.vocabularies.last_ids import last_ids
    from vladata.vocabularies.tokenizer import open_tokenizer

    chunk, valid = (3, (3, 1, 2)) if tail == "repeat" else (1, (1, 1, 1))
    batch, terms = made(chunk, valid, tail, words="Plan: go. Action: {action}!")
    file = processors.byte_level_bpe(tmp_path / "bpe.json")
    (codec,) = terms.codecs.values()
    vocabulary = last_ids(demand_of(codec), open_tokenizer(file))
    collate = ForProcessor(known["bpe"], vocabulary=vocabulary).bound(terms)
    found, encode = collate(batch), known["bpe"]
    for i, own in enumerate(valid):
        prompt = collate.prompt_ids(batch)[i]
        row = found["input_ids"][i][found["attention_mask"][i] == 1][len(prompt) :].tolist()
        labels = found["labels"][i][found["attention_mask"][i] == 1][len(prompt) :].tolist()
        before, after = (encode(text)["input_ids"] for text in ("Plan: go. Action: ", "!"))
        ids = vocabulary.ids(batch["bins"][i].reshape(-1)).tolist()
        assert row == [*before, *ids, *after, encode.eos_token_id]
        assert labels == [
            *before,
            *ids[: 4 * own],
            *[-100] * (len(ids) - 4 * own),
            *after,
            encode.eos_token_id,
        ]
    other = vladata.codec("rt2", names=("x",), bounds={"low": [0.0], "high": [1.0]}, bins=16)
    wrong = last_ids(demand_of(other), open_tokenizer(file))
    with pytest.raises(CodecError, match="the vocabulary was made for bins"):
        ForProcessor(known["bpe"], vocabulary=wrong).bound(terms)


def test_a_sample_that_is_too_long(known):
    batch, terms = made()
    longest = max(len(row) for row in ForProcessor(known["bpe"]).bound(terms)(batch)["input_ids"])
    ForProcessor(known["bpe"], max_length=longest).bound(terms)(batch)
    with pytest.raises(
        LoadError, match="k-0: the sample has more tokens than max_length allows, and samples are never cut"
    ) as fault:
        ForProcessor(known["bpe"], max_length=longest - 1).bound(terms)(batch)
    assert f"got '{longest} tokens" in str(fault.value)


def test_pictures_are_not_resized_twice(known):
    batch, terms = made(size=40)
    for name in ("paligemma", "idefics3", "qwen2_vl"):
        with pytest.raises(
            UsageError, match="would resize pictures that the loader has resized already; got '40 x 40'"
        ):
            ForProcessor(known[name]).bound(terms)(batch)
        assert len(ForProcessor(known[name], do_resize=True).bound(terms)(batch)["input_ids"]) == 3
    batch["images"] = batch["images"].astype(np.float32)
    with pytest.raises(UsageError, match="these are scaled already; got 'float32'"):
        ForProcessor(known["paligemma"]).bound(terms)(batch)


def test_pictures_that_are_not_there(known):
    batch, terms = made()
    batch["images"] = np.repeat(batch["images"], 2, axis=2)
    batch["image_mask"] = np.array([[[True, True]], [[True, False]], [[True, True]]])
    ids = ForProcessor(known["idefics3"]).bound(terms).prompt_ids(batch)
    image = tokenizer_of(known["idefics3"]).convert_tokens_to_ids("<image>")
    assert [row.count(image) for row in ids] == [8, 4, 8]
    batch["image_mask"][1] = False
    with pytest.raises(
        LoadError, match="k-1: the sample shows no picture, but the processor expects pictures"
    ):
        ForProcessor(known["idefics3"]).bound(terms)(batch)


def test_many_threads(known):
    """Fast tokenizers refuse to be used by two threads at once."""
    batch, terms = made()
    collate = pickle.loads(pickle.dumps(ForProcessor(known["unigram"]).bound(terms)))
    expected, wrong = collate(batch)["input_ids"].tolist(), []

    def work():
        for _ in range(20):
            if collate(batch)["input_ids"].tolist() != expected:
                wrong.append(1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_what_is_wrong(known):
    batch, terms = made(3, (3, 1, 2), "repeat")
    for given, says in (
        ({"template": "chatml"}, "unknown template; got 'chatml'; allowed: plain, chat"),
        ({"padding": "both"}, "padding is on no such side; got 'both'; allowed: right, left"),
        ({"max_length": 0}, "max_length must be a whole number, 1 or more, or None; got 0"),
    ):
        with pytest.raises(UsageError, match=says):
            ForProcessor(known["bpe"], **given)
    with pytest.raises(UsageError, match="expected a tokenizer, or a processor with one; got 'str'"):
        ForProcessor("gpt2")
    with pytest.raises(UsageError, match="was not given the contracts of the samples"):
        ForProcessor(known["bpe"])(batch)
    batch["target"][1] = "1 2 3"
    with pytest.raises(LoadError, match="k-1: the target does not spell the bins of the sample"):
        ForProcessor(known["bpe"]).bound(terms)(batch)


def test_a_batch_whose_samples_are_all_faulty(known):
    batch, terms = made()
    none = {name: column[:0] for name, column in batch.items()}
    found = ForProcessor(known["paligemma"]).bound(terms)(none)
    assert found["input_ids"].shape == (0, 0)
    assert found["labels"].shape == (0, 0)
