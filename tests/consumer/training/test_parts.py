"""Labels, weights and spreads of a part; which samples may not be learnt."""

import numpy as np
import pytest

pytest.importorskip("torch")

from tests.loaders.batches import PROMPTS, made
from vladata.consumer.models.tiny.backbone import TinyBackbone
from vladata.consumer.models.tiny.settings import TinySettings
from vladata.consumer.models.tiny.words import words_of
from vladata.consumer.training.parts import Parts
from vladata.errors import LoadError, UsageError

SETTINGS = TinySettings(image_size=32, vision_width=8, vision_blocks=1, width=16, heads=2, layers=2)
BACKBONE = TinyBackbone(SETTINGS, words_of([*PROMPTS, "Plan: go to 7. Action: 1"]))
NUMBERS = BACKBONE.number_ids


def parts(batch, terms, spec, count=1):
    batch = {**batch, "dataset": ["robot"] * len(batch["key"])}
    return Parts(BACKBONE, spec, None, count).bound(terms)(batch)


def spelled(part, i, where):
    """(token, value) of the labelled tokens of a sample."""
    labels = part.arrays["labels"][i]
    return [
        (BACKBONE.tokens.piece(int(id), first=True) or "<end>", float(where[i, n]))
        for n, id in enumerate(labels)
        if id != -100
    ]


def test_the_weight_of_a_task_multiplies_that_of_the_sample(config):
    batch, terms = made()
    batch["loss_weight"] = np.array([1, 0.5, 2], np.float32)
    batch["task"] = ["action", "other", "action"]
    terms.targets[batch["contract"][0]]["other"] = ("{action}",)
    (part,) = parts(batch, terms, config(loss={"tasks": {"action": 3.0}}))
    weights = part.arrays["loss_weights"]
    assert [set(row[row > 0].tolist()) for row in weights] == [{3.0}, {0.5}, {6.0}]
    assert ((weights > 0) == (part.arrays["labels"] != -100)).all()
    assert part.spread is None


def test_terminate_is_not_spread_and_has_a_weight_of_its_own_whatever_stands_before_it(config):
    batch, terms = made(words="Plan: go to 7. Action: {action}")
    (part,) = parts(batch, terms, config(loss={"smooth": {"action": 2.0}, "terminate": 4.0}))
    bins = [str(b) for b in batch["bins"][0, 0].tolist()]
    spread, weights = spelled(part, 0, part.spread), spelled(part, 0, part.arrays["loss_weights"])
    head = ["Plan", ":", "go", "to", "7", ".", "Action", ":"]
    assert [token for token, _ in spread] == [*head, *bins, "<end>"]
    assert [value for _, value in spread] == [0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 2, 2, 0]
    own = float(batch["loss_weight"][0])
    assert [value / own for _, value in weights] == [1] * 8 + [4, 1, 1, 1, 1]


def test_each_terminate_of_a_chunk(config):
    batch, terms = made(chunk=3, valid=(3, 2, 1), tail="repeat")
    (part,) = parts(batch, terms, config(loss={"smooth": 2.0}))
    assert [value for _, value in spelled(part, 0, part.spread)] == [0, 2, 2, 2] * 3 + [0]
    assert [value for _, value in spelled(part, 1, part.spread)] == [0, 2, 2, 2] * 2 + [0]
    assert part.spread[2].sum() == 6


def test_a_task_that_is_not_named_is_not_spread(config):
    batch, terms = made()
    (part,) = parts(batch, terms, config(loss={"smooth": {"location": 2.0}}))
    assert part.spread is None


def test_parts_hold_all_samples_once_in_their_order(config):
    batch, terms = made()
    found = parts(batch, terms, config(), count=2)
    assert [part.said["key"] for part in found] == [batch["key"][:1], batch["key"][1:]]
    whole = parts(batch, terms, config(), count=1)[0]
    labels = [row[row != -100].tolist() for part in found for row in part.arrays["labels"]]
    assert labels == [row[row != -100].tolist() for row in whole.arrays["labels"]]
    assert len(parts(batch, terms, config(), count=9)) == 3


class NoPrompt:
    """A collator that puts nothing before the target."""

    def bound(self, terms):
        return self

    def __call__(self, batch):
        ids = np.array([[5, 1]] * len(batch["key"]))
        labels = (
            np.where(np.arange(2) < len(batch["key"]), ids, -100) if self.learns else np.full_like(ids, -100)
        )
        return {"input_ids": ids, "labels": labels, "loss_weights": np.ones(labels.shape, np.float32)}


@pytest.mark.parametrize(
    ("learns", "says"),
    [
        (True, "its first token has a label, but nothing comes before it"),
        (False, "none of its tokens has a label"),
    ],
)
def test_a_sample_that_cannot_be_learnt_is_named(config, learns, says):
    batch, terms = made()
    whole = Parts(BACKBONE, config(), None, 1)
    whole.collator = NoPrompt()
    whole.collator.learns = learns
    with pytest.raises(LoadError, match=f"{batch['key'][0]}: the sample cannot be learnt: {says}"):
        whole.bound(terms)({**batch, "dataset": ["robot"] * 3})


@pytest.mark.parametrize(("name", "value"), [("smooth", 4.0), ("terminate", 2.0)])
def test_settings_of_numbers_are_refused_for_a_model_without_them(config, name, value):
    class Other:
        tokens = BACKBONE.tokens

        def collator(self, max_length):
            return None

    with pytest.raises(
        UsageError, match=rf"loss.{name} needs a model that has a token for each.*; got {value}"
    ):
        Parts(Other(), config(loss={name: value}), None, 1)
