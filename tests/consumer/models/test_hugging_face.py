"""Models of Hugging Face as backbones: what is learnt, what is asked and what is said, on every family."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("peft")

from tests.consumer.models import families  # noqa: E402
from tests.consumer.models.families import said, spec, tensors  # noqa: E402
from tests.loaders.batches import made  # noqa: E402
from vladata.consumer.models.fine_tuned import from_pretrained  # noqa: E402
from vladata.consumer.training.loss import surprise  # noqa: E402
from vladata.errors import (  # noqa: E402
    UsageError,
)

FAMILIES = tuple(families.FAMILIES)


@pytest.mark.parametrize("template", ["plain", "chat"])
@pytest.mark.parametrize("name", FAMILIES)
def test_inference_asks_what_training_taught_to_the_token(name, template, known):
    if (name, template) == ("paligemma", "chat"):
        with pytest.raises(UsageError, match=r"no chat template; got 'PaliGemmaProcessor'.\n  Use template"):
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
