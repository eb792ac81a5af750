"""Models, processors, folders and label masks that are refused, and what is said of them."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("peft")

from tests.consumer.models import families  # noqa: E402
from tests.consumer.models.families import spec, vocabulary_of  # noqa: E402
from tests.loaders.batches import made  # noqa: E402
from vladata.consumer.models.checked_labels import CheckedLabels  # noqa: E402
from vladata.consumer.models.fine_tuned import from_pretrained  # noqa: E402
from vladata.consumer.models.hugging_face import HuggingFaceBackbone  # noqa: E402
from vladata.consumer.models.load import load_backbone  # noqa: E402
from vladata.consumer.models.processor_tokens import end_of  # noqa: E402
from vladata.errors import (  # noqa: E402
    CodecError,
    LoadError,
    MalformedJson,
    MissingExtra,
    MissingFile,
    OutputError,
    UsageError,
)

LORA = {"rank": 4, "alpha": 8.0}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda made: made.update(labels=np.roll(made["labels"], -1, 1)),
            "a label is not the id at its place",
        ),
        (lambda made: made["attention_mask"].__setitem__((0, -1), 0), "padding has a label"),
        (
            lambda made: made["labels"].__setitem__((0, slice(0, 3)), made["input_ids"][0, :3]),
            "a picture token has a label",
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
    with pytest.raises(UsageError, match=r"empty: no processor could be loaded; got .a folder: "):
        load_backbone(tmp_path / "empty")
    folder = tmp_path / "text"
    from transformers import LlamaConfig, LlamaForCausalLM

    from tests.loaders import processors

    LlamaForCausalLM(LlamaConfig(**families.TEXT, vocab_size=8)).save_pretrained(str(folder))
    processors.bpe(tmp_path).save_pretrained(str(folder))
    with pytest.raises(UsageError, match="the processor does not take pictures; got 'Tokenizer"):
        load_backbone(folder)
    processors.idefics3(tmp_path).save_pretrained(str(folder))
    with pytest.raises(UsageError, match=r"does not read pictures and text, .*; got 'model_type llama'"):
        load_backbone(folder)
    with pytest.raises(UsageError, match="LoRA does not fit the model; got"):
        from_pretrained(spec(known["smolvlm"], lora={"targets": ["nothing"]}))


def test_a_tokenizer_without_an_end(known, tmp_path):
    backbone = from_pretrained(spec(known["smolvlm"]))
    backbone.processor.tokenizer.eos_token = None
    with pytest.raises(UsageError, match=r"no token that ends a text; got '\w+, eos_token None'"):
        HuggingFaceBackbone(backbone.module, backbone.processor, backbone.asked)
    backbone.processor.chat_template = "{% for m in messages %}{{ m.content[0].text }}{% endfor %}"
    with pytest.raises(
        UsageError, match="the chat template has no token at the end of the assistant's turn; got 'ab'"
    ):
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
    with pytest.raises(
        MalformedJson, match="the model's description lacks a key, or has an unknown one; got"
    ):
        load_backbone(tmp_path / "saved")
    described.write_text(json.dumps({**json.loads(right), "path": str(known["qwen2_vl"])}))
    with pytest.raises(OutputError, match="the adapter does not fit the model that it was trained on"):
        load_backbone(tmp_path / "saved")
    described.write_text(right)
    (tmp_path / "saved" / "weights").rename(tmp_path / "elsewhere")
    with pytest.raises(MissingFile, match="a folder of a saved model is missing"):
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
        MissingExtra, match=r"the processor needs a package that is missing; got(.|\n)* also need torchvision"
    ):
        load_backbone(tmp_path / "made")


def test_packages_that_are_not_installed(known, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(MissingExtra, match=r'LoRA needs peft.\n  .* -m pip install "vladata\[train\]"'):
        from_pretrained(spec(known["smolvlm"], lora=LORA))
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(MissingExtra, match="models of Hugging Face need transformers"):
        from_pretrained(spec(known["smolvlm"]))
