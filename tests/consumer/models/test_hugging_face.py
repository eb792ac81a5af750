"""Models of Hugging Face as backbones: what is learnt, what is asked, what is said, and what a folder holds, on every family."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("peft")

from tests.consumer.models import families  # noqa: E402
from tests.loaders.batches import made  # noqa: E402
from vladata.consumer.models.checked_labels import CheckedLabels  # noqa: E402
from vladata.consumer.models.fine_tuned import from_checkpoint, from_pretrained  # noqa: E402
from vladata.consumer.models.hugging_face import HuggingFaceBackbone  # noqa: E402
from vladata.consumer.models.load import load_backbone  # noqa: E402
from vladata.consumer.models.processor_tokens import end_of  # noqa: E402
from vladata.consumer.training.loss import surprise  # noqa: E402
from vladata.errors import (  # noqa: E402
    CodecError,
    LoadError,
    MalformedJson,
    MissingExtra,
    MissingFile,
    OutputError,
    UsageError,
)
from vladata.spec.training_model import HuggingFaceModel  # noqa: E402
from vladata.vocabularies.counts import Counts  # noqa: E402
from vladata.vocabularies.demand import demand_of  # noqa: E402
from vladata.vocabularies.overwrite_least_used import overwrite_least_used  # noqa: E402
from vladata.vocabularies.tokenizer import open_tokenizer  # noqa: E402

FAMILIES = tuple(families.FAMILIES)
LORA = {"rank": 4, "alpha": 8.0}


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """Name -> the folder of a model of that family."""
    folder = tmp_path_factory.mktemp("families")
    return {name: families.write(name, folder / name) for name in FAMILIES}


def spec(path, **settings):
    plain = {"kind": "hugging_face", "path": str(path), **settings}
    return HuggingFaceModel.model_validate_json(json.dumps(plain))


def tensors(found):
    return {name: torch.from_numpy(value) for name, value in found.items() if isinstance(value, np.ndarray)}


def learn(backbone, batch, steps=2):
    """Learn a batch for some steps; the loss before each."""
    weights = [weight for weight in backbone.module.parameters() if weight.requires_grad]
    optimizer, losses = torch.optim.AdamW(weights, lr=1e-2), []
    backbone.module.train()
    for _ in range(steps):
        found = surprise(backbone.logits(batch), batch)
        loss = (found.losses * found.weights).sum() / found.weights.sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    backbone.module.eval()
    return losses


@torch.no_grad()
def said(backbone, asked, steps):
    """The likeliest ids, one after another, by begin and extend: int64 [B, steps]."""
    logits, state = backbone.begin(asked)
    ids = [logits.argmax(-1)]
    for _ in range(steps - 1):
        logits, state = backbone.extend(ids[-1], state)
        ids.append(logits.argmax(-1))
    return torch.stack(ids, 1)


def vocabulary_of(backbone, terms, folder):
    """Bins on the ids that are used least."""
    backbone.processor.tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    tokenizer = open_tokenizer(folder / "tokenizer.json")
    (codec,) = terms.codecs.values()
    counts = Counts(np.arange(tokenizer.size)[::-1].copy(), 1)
    return overwrite_least_used(demand_of(codec), tokenizer, counts=counts)


@pytest.mark.parametrize("template", ["plain", "chat"])
@pytest.mark.parametrize("name", FAMILIES)
def test_inference_asks_what_training_taught_to_the_token(name, template, known):
    if (name, template) == ("paligemma", "chat"):
        with pytest.raises(UsageError, match=r"no chat template; got 'PaliGemmaProcessor'.\n  Take template"):
            from_pretrained(spec(known[name], template=template))
        return
    backbone = from_pretrained(spec(known[name], template=template))
    batch, terms = made()
    collate = backbone.collator().bound(terms)
    learnt, asked = collate(batch), collate.for_inference(batch)
    for i in range(3):
        target = int(np.flatnonzero(learnt["labels"][i] != -100)[0])
        prompt = learnt["input_ids"][i, :target][learnt["attention_mask"][i, :target] == 1]
        assert asked["input_ids"][i][asked["attention_mask"][i] == 1].tolist() == prompt.tolist()
        there = learnt["attention_mask"][i] == 1
        own = learnt["input_ids"][i][there][target:].tolist()
        assert learnt["labels"][i][there][target:].tolist() == own
        assert (backbone.tokens.text(own), own[-1]) == (batch["target"][i], backbone.tokens.end)
        pieces = [backbone.tokens.piece(id, place == 0) for place, id in enumerate(own[:-1])]
        assert "".join(pieces) == batch["target"][i]


@pytest.mark.parametrize("name", FAMILIES)
def test_labels_are_those_of_their_place_and_the_loss_shifts_them_once(name, known):
    backbone = from_pretrained(spec(known[name]))
    batch, terms = made()
    batch["loss_weight"] = np.ones(3, np.float32)
    given = tensors(backbone.collator().bound(terms)(batch))
    with torch.no_grad():
        logits = backbone.logits(given)
        its = backbone.module(**backbone._inputs(given), labels=given["labels"]).loss
        ours = surprise(logits, given).losses.mean()
        unshifted = surprise(torch.roll(logits, -1, 1), given).losses.mean()
    assert float(ours) == pytest.approx(float(its), abs=1e-5)
    assert abs(float(unshifted) - float(its)) > 0.01
    plain = [
        -torch.log_softmax(logits[i, t - 1], -1)[given["labels"][i, t]]
        for i in range(3)
        for t in range(given["labels"].shape[1])
        if given["labels"][i, t] != -100
    ]
    assert float(ours) == pytest.approx(float(torch.stack(plain).mean()), abs=1e-5)


@pytest.mark.parametrize("name", FAMILIES)
def test_keys_and_values_say_what_the_whole_forward_and_generate_say(name, known):
    """Prompts of three lengths, filled up on the left; rows are the same alone, and two states do not mix."""
    backbone = from_pretrained(spec(known[name]))
    backbone.module.eval()
    batch, terms = made()
    collate = backbone.collator().bound(terms)
    asked = tensors(collate.for_inference(batch))
    assert (asked["attention_mask"][:, 0] == 0).any()
    found = said(backbone, asked, 6)
    inputs = backbone._inputs(asked)
    free = {"do_sample": False, "max_new_tokens": 6, "min_new_tokens": 6, "eos_token_id": None}
    its = backbone.module.generate(**inputs, **free)[:, asked["input_ids"].shape[1] :]
    assert found.tolist() == its.tolist()
    one = {
        name: column[1:2] if isinstance(column, np.ndarray | list) else column
        for name, column in batch.items()
    }
    alone = tensors(collate.for_inference(one))
    with torch.no_grad():
        first, states = zip(*(backbone.begin(each) for each in (asked, alone)), strict=True)
        second = [
            backbone.extend(logits.argmax(-1), state)[0] for logits, state in zip(first, states, strict=True)
        ]
    torch.testing.assert_close(first[0][1:2], first[1], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(second[0][1:2], second[1], atol=1e-4, rtol=1e-4)
    # The same as in training: logits of the whole, where the target is what was said.
    learnt = tensors(collate(one))
    prompt = int((learnt["labels"][0] != -100).nonzero()[0])
    with torch.no_grad():
        whole = backbone.logits(learnt)
        logits, state = backbone.begin(alone)
        torch.testing.assert_close(logits[0], whole[0, prompt - 1], atol=1e-4, rtol=1e-4)
        for place in (prompt, prompt + 1, prompt + 2):
            logits, state = backbone.extend(learnt["input_ids"][:, place], state)
            torch.testing.assert_close(logits[0], whole[0, place], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("lora", [None, LORA])
@pytest.mark.parametrize("name", FAMILIES)
def test_two_steps_saved_loaded_and_asked(name, lora, known, tmp_path):
    batch, terms = made()
    backbone = from_pretrained(spec(known[name], lora=lora), seed=3)
    collate = backbone.collator().bound(terms)
    given, asked = tensors(collate(batch)), tensors(collate.for_inference(batch))
    before, after = learn(backbone, given)
    assert after < before
    backbone.save(tmp_path / "saved")
    again = load_backbone(tmp_path / "saved")
    assert again.asked == backbone.asked
    again.module.eval()
    with torch.no_grad():
        torch.testing.assert_close(again.logits(given), backbone.logits(given), atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(again.begin(asked)[0], backbone.begin(asked)[0], atol=1e-5, rtol=1e-5)
    assert said(again, asked, 5).tolist() == said(backbone, asked, 5).tolist()
    assert (tmp_path / "saved" / "weights" / "adapter_model.safetensors").exists() == (lora is not None)
    assert (tmp_path / "saved" / "weights" / "model.safetensors").exists() == (lora is None)
    trained = [n for n, weight in again.module.named_parameters() if weight.requires_grad]
    assert trained == [n for n, weight in backbone.module.named_parameters() if weight.requires_grad]


@pytest.mark.parametrize("lora", [None, LORA])
def test_arithmetic_in_bfloat16_keeps_what_is_trained_in_float32(lora, known, tmp_path):
    batch, terms = made()
    backbone = from_pretrained(spec(known["smolvlm"], lora=lora, dtype="bfloat16"))
    kinds = {(weight.dtype, weight.requires_grad) for weight in backbone.module.parameters()}
    frozen = {(torch.bfloat16, False)} if lora else set()
    assert kinds == {(torch.float32, True)} | frozen
    given = tensors(backbone.collator().bound(terms)(batch))
    before, after = learn(backbone, given)
    assert after < before
    backbone.save(tmp_path / "saved")
    again = load_backbone(tmp_path / "saved")
    again.module.eval()
    with torch.no_grad():
        assert backbone.logits(given).dtype == torch.bfloat16
        assert torch.equal(again.logits(given), backbone.logits(given))


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("name", ["paligemma", "smolvlm", "qwen2_vl"])
def test_rows_of_tokens_with_another_meaning_are_trained_and_no_other(name, tied, tmp_path):
    """In the embedding and in the head, whether these are one matrix or two."""
    folder = families.write(name, tmp_path / "made", tied=tied)
    batch, terms = made()
    base = from_pretrained(spec(folder))
    vocabulary = vocabulary_of(base, terms, tmp_path)
    rows = base.module.get_input_embeddings().weight.shape[0]
    backbone = from_pretrained(spec(folder, lora=LORA), vocabulary)
    assert backbone.tokens.size == rows == len(base.processor.tokenizer) + families.SPARE  # never smaller
    learn(backbone, tensors(backbone.collator().bound(terms)(batch)))
    backbone.save(tmp_path / "saved")
    whole = load_backbone(tmp_path / "saved").module.merge_and_unload()
    for table in ("get_input_embeddings", "get_output_embeddings"):
        mine, its = getattr(whole, table)().weight.detach(), getattr(base.module, table)().weight.detach()
        changed = set((mine != its).any(1).nonzero()[:, 0].tolist())
        assert changed
        assert changed <= vocabulary.all_ids
        used = set(vocabulary.ids(batch["bins"].reshape(-1)).tolist())
        assert used & changed
    assert (whole.get_input_embeddings().weight is whole.get_output_embeddings().weight) == tied


@pytest.mark.parametrize("tied", [True, False])
def test_new_tokens_get_rows_that_are_trained_and_saved(tied, tmp_path):
    folder = families.write("smolvlm", tmp_path / "made", tied=tied)
    base = from_pretrained(spec(folder))
    base.processor.tokenizer.add_tokens([f"<new_{i}>" for i in range(families.SPARE + 3)])
    base.processor.save_pretrained(str(folder))
    before = base.tokens.size
    backbone = from_pretrained(spec(folder, lora=LORA))
    assert backbone.tokens.size == before + 3
    batch, terms = made(words="<new_9> {action}")
    given = tensors(backbone.collator().bound(terms)(batch))
    assert (given["labels"] == before + 2).sum() == 3
    learn(backbone, given)
    backbone.save(tmp_path / "saved")
    again = load_backbone(tmp_path / "saved")
    again.module.eval()
    with torch.no_grad():
        torch.testing.assert_close(again.logits(given), backbone.logits(given), atol=1e-5, rtol=1e-5)


def test_fine_tuning_from_a_checkpoint_with_and_without_an_adapter(known, tmp_path):
    path = known["smolvlm"]
    batch, terms = made()

    def logits(backbone):
        backbone.module.eval()
        with torch.no_grad():
            return backbone.logits(given)

    first = from_pretrained(spec(path))
    given = tensors(first.collator().bound(terms)(batch))
    learn(first, given)
    first.save(tmp_path / "whole")
    whole = from_checkpoint(tmp_path / "whole", spec(path), None)
    torch.testing.assert_close(logits(whole), logits(first))
    adapted = from_checkpoint(tmp_path / "whole", spec(path, lora=LORA), None)
    torch.testing.assert_close(logits(adapted), logits(first), atol=1e-5, rtol=1e-5)
    learn(adapted, given)
    adapted.save(tmp_path / "adapter")
    assert adapted.asked.path == str(tmp_path / "whole" / "weights")
    torch.testing.assert_close(
        logits(load_backbone(tmp_path / "adapter")), logits(adapted), atol=1e-5, rtol=1e-5
    )
    on = from_checkpoint(tmp_path / "adapter", spec(path, lora=LORA), None)
    torch.testing.assert_close(logits(on), logits(adapted), atol=1e-5, rtol=1e-5)
    merged = from_checkpoint(tmp_path / "adapter", spec(path), None)
    torch.testing.assert_close(logits(merged), logits(adapted), atol=1e-4, rtol=1e-4)
    assert all(weight.requires_grad for weight in merged.module.parameters())
    for settings, says in (
        ({"lora": {"rank": 2}}, r"have another adapter; got"),
        ({"lora": LORA, "template": "chat"}, r"another model.template; got 'chat'; allowed: 'plain'"),
        ({"lora": LORA, "between": ""}, r"another model.between; got ''; allowed: ' '"),
    ):
        with pytest.raises(UsageError, match=says):
            from_checkpoint(tmp_path / "adapter", spec(path, **settings), None)
    vocabulary = vocabulary_of(first, terms, tmp_path)
    with pytest.raises(UsageError, match="trains no rows of a vocabulary's ids; got 'overwrite-least-used'"):
        from_checkpoint(tmp_path / "adapter", spec(path, lora=LORA), vocabulary)
    assert (
        from_checkpoint(tmp_path / "whole", spec(path), vocabulary).collator()._collate.vocabulary
        == vocabulary
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda made: made.update(labels=np.roll(made["labels"], -1, 1)),
            "a label is not the id of its place",
        ),
        (lambda made: made["attention_mask"].__setitem__((0, -1), 0), "padding has a label"),
        (
            lambda made: made["labels"].__setitem__((0, slice(0, 3)), made["input_ids"][0, :3]),
            "a token that stands for a picture has a label",
        ),
        (lambda made: made["labels"].__setitem__((0, -1), -100), "the end of the target has no label"),
    ],
)
def test_a_wrong_label_mask_is_no_batch(change, says, known):
    backbone = from_pretrained(spec(known["paligemma"]))
    batch, terms = made(prompts=["Q: apple? A:"], valid=(1,))
    right = backbone.collator().bound(terms)

    def wrong(batch):
        found = right(batch)
        change(found)
        return found

    pictures = frozenset({backbone.module.config.image_token_id})
    with pytest.raises(LoadError, match=f"k-0: the sample cannot be learnt: {says}"):
        CheckedLabels(wrong, backbone.tokens.end, pictures)(batch)


def test_what_is_no_model(known, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"empty: there is no processor of a model; got .a folder: "):
        load_backbone(tmp_path / "empty")
    folder = tmp_path / "text"
    from transformers import LlamaConfig, LlamaForCausalLM

    from tests.loaders import processors

    LlamaForCausalLM(LlamaConfig(**families.TEXT, vocab_size=8)).save_pretrained(str(folder))
    processors.bpe(tmp_path).save_pretrained(str(folder))
    with pytest.raises(UsageError, match="the processor takes no pictures; got 'Tokenizer"):
        load_backbone(folder)
    processors.idefics3(tmp_path).save_pretrained(str(folder))
    with pytest.raises(UsageError, match=r"none that reads pictures and text .*; got 'model_type llama'"):
        load_backbone(folder)
    with pytest.raises(UsageError, match="LoRA does not fit the model; got"):
        from_pretrained(spec(known["smolvlm"], lora={"targets": ["nothing"]}))


def test_a_tokenizer_without_an_end(known, tmp_path):
    backbone = from_pretrained(spec(known["smolvlm"]))
    backbone.processor.tokenizer.eos_token = None
    with pytest.raises(UsageError, match=r"no token that ends a text; got '\w+, eos_token None'"):
        HuggingFaceBackbone(backbone.module, backbone.processor, backbone.asked)
    backbone.processor.chat_template = "{% for m in messages %}{{ m.content[0].text }}{% endfor %}"
    with pytest.raises(UsageError, match="the chat template ends no turn; got 'ab'"):
        end_of(backbone.processor.tokenizer, backbone.processor, "chat")


def test_a_vocabulary_of_a_larger_model(known, tmp_path):
    _, terms = made()
    backbone = from_pretrained(spec(known["smolvlm"]))
    vocabulary = vocabulary_of(backbone, terms, tmp_path)
    backbone.module.resize_token_embeddings(vocabulary.embedding_needed - 1)
    with pytest.raises(CodecError, match="ids beyond the model's embedding; got"):
        HuggingFaceBackbone(backbone.module, backbone.processor, backbone.asked, vocabulary)


def test_a_folder_that_is_not_whole(known, tmp_path):
    backbone = from_pretrained(spec(known["smolvlm"], lora=LORA))
    backbone.save(tmp_path / "saved")
    described = tmp_path / "saved" / "backbone.json"
    right = described.read_text()
    described.write_text(json.dumps({**json.loads(right), "more": 1}))
    with pytest.raises(MalformedJson, match="this describes no model of this version; got"):
        load_backbone(tmp_path / "saved")
    described.write_text(json.dumps({**json.loads(right), "path": str(known["qwen2_vl"])}))
    with pytest.raises(OutputError, match="the adapter does not fit the model that it was trained on"):
        load_backbone(tmp_path / "saved")
    described.write_text(right)
    (tmp_path / "saved" / "weights").rename(tmp_path / "elsewhere")
    with pytest.raises(MissingFile, match="a part of a saved model is missing"):
        load_backbone(tmp_path / "saved")


def test_a_processor_of_videos(known, tmp_path):
    import importlib.util
    import shutil

    if importlib.util.find_spec("torchvision") is not None:
        pytest.skip("torchvision is installed")
    shutil.copytree(known["qwen2_vl"], tmp_path / "made")
    said = tmp_path / "made" / "processor_config.json"
    said.write_text(said.read_text().replace("Qwen2VLPictures", "Qwen2VLProcessor"))
    with pytest.raises(
        MissingExtra, match=r"the processor needs another package; got(.|\n)* need torchvision, too"
    ):
        load_backbone(tmp_path / "made")


def test_packages_that_are_not_installed(known, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(MissingExtra, match=r'LoRA needs peft.\n  pip install "vladata\[train\]"'):
        from_pretrained(spec(known["smolvlm"], lora=LORA))
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(MissingExtra, match="models of Hugging Face need transformers"):
        from_pretrained(spec(known["smolvlm"]))
