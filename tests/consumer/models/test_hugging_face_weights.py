"""Weights of models of Hugging Face: which are trained, and whether a folder gives them back, whole and by LoRA."""

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("peft")

from tests.consumer.models import families  # noqa: E402
from tests.consumer.models.families import learn, said, spec, tensors, vocabulary_of  # noqa: E402
from tests.loaders.batches import made  # noqa: E402
from vladata.consumer.models.fine_tuned import from_checkpoint, from_pretrained  # noqa: E402
from vladata.consumer.models.load import load_backbone  # noqa: E402
from vladata.errors import (  # noqa: E402
    UsageError,
)

FAMILIES = tuple(families.FAMILIES)
LORA = {"rank": 4, "alpha": 8.0}


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
        ({"lora": {"rank": 2}}, r"has another adapter; got"),
        ({"lora": LORA, "template": "chat"}, r"another model.template; got 'chat'; allowed: 'plain'"),
        ({"lora": LORA, "between": ""}, r"another model.between; got ''; allowed: ' '"),
    ):
        with pytest.raises(UsageError, match=says):
            from_checkpoint(tmp_path / "adapter", spec(path, **settings), None)
    vocabulary = vocabulary_of(first, terms, tmp_path)
    with pytest.raises(UsageError, match="was trained without a vocabulary; got 'overwrite-least-used'"):
        from_checkpoint(tmp_path / "adapter", spec(path, lora=LORA), vocabulary)
    assert (
        from_checkpoint(tmp_path / "whole", spec(path), vocabulary).collator()._collate.vocabulary
        == vocabulary
    )
