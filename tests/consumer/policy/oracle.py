"""A model that knows what a converted dataset says, and answers only where prompt and picture are those of a sample."""

from contextlib import closing

import numpy as np
import torch

import vladata
from vladata import images as encoded
from vladata.consumer.models.tiny.backbone import TinyBackbone
from vladata.consumer.models.tiny.settings import TinySettings
from vladata.consumer.models.tiny.words import words_of
from vladata.consumer.policy.observation import Observation
from vladata.consumer.training.checkpoint import Checkpoint, write_checkpoint
from vladata.consumer.training.robot_source import loaded_pictures, robot_sources
from vladata.spec.training import TrainingSpec


class Oracle:
    """A backbone. known: (prompt, bytes of the pictures where `pictured`) -> target."""

    image_size = None

    def __init__(self, tokens, known, pictured):
        self.tokens, self.known, self.pictured = tokens, known, pictured
        self.module, self.sizes = torch.nn.Identity(), []

    def collator(self, max_length=None):
        return self

    def for_inference(self, batch):
        keys = [key_of(batch, i, self.pictured) for i in range(len(batch["prompt"]))]
        self.sizes.append(len(keys))
        self.said = [[*self.tokens.encode(self.known[key]), self.tokens.end] for key in keys]
        return {"input_ids": np.zeros((len(keys), 1), np.int64)}

    def begin(self, batch):
        return self._wanted(0), 0

    def extend(self, ids, state):
        return self._wanted(state + 1), state + 1

    def _wanted(self, at):
        logits = torch.zeros(len(self.said), self.tokens.size)
        for i, row in enumerate(self.said):
            logits[i, row[min(at, len(row) - 1)]] = 9
        return logits


def key_of(batch, i, pictured):
    shown = batch["images"][i][batch["image_mask"][i]].tobytes() if pictured and "images" in batch else b""
    return batch["prompt"][i], shown


def checkpoint(out, folder, backbone=None, **load):
    """Write what a training on `out` writes, of a small model with fresh weights. load: what vladata.load is told."""
    samples = vladata.open(out)
    texts = [text for sample in samples for text in (sample.prompt, sample.target)]
    small = TinySettings(image_size=16, pictures=4, vision_width=8, vision_blocks=1, width=16, heads=2)
    with closing(vladata.load(samples, 4, image_size=16, workers=0, **load)) as loader:
        plain = {
            "name": "made",
            "data": {"path": str(out), "batch_size": 4},
            "model": {"kind": "tiny", "image_size": 16, "pictures": 4},
            "optimizer": {"learning_rate": 0.01},
            "schedule": {"steps": 1},
            "checkpoint": {"every": 1},
        }
        said = Checkpoint(
            folder,
            1,
            "made",
            TrainingSpec.model_validate(plain),
            tuple(robot_sources(samples, loader)),
            loaded_pictures(loader),
            None,
            {},
        )
        made = backbone or TinyBackbone(small, words_of(texts), seed=3)
        return write_checkpoint(folder, said, made, {"weight.step": torch.zeros(1)}, {}, 1)


def oracle_of(out, pictured=True, **load):
    """The oracle of a converted dataset, and its samples by (episode, step, task)."""
    samples = list(vladata.open(out))
    known = {}
    with closing(vladata.load(out, len(samples), image_size=16, workers=0, **load)) as loader:
        batch = next(iter(loader))
    for i, target in enumerate(batch["target"]):
        known[key_of(batch, i, pictured)] = target
    words = words_of([text for sample in samples for text in (sample.prompt, sample.target)])
    return Oracle(words, known, pictured), {(each.episode, each.step, each.task): each for each in samples}


def observations(source, schema, history=1):
    """(episode, step) -> what a robot would see there."""
    found = {}
    for episode in vladata.episodes(source, schema):
        steps = episode.steps
        pictures = [encoded.decoded(image) for image in steps["images/primary"]]
        for t, number in enumerate(episode.numbers.tolist()):
            shown = np.stack([pictures[max(0, t - k)] for k in range(history)])
            found[episode.id, number] = Observation(
                {"primary": shown if history > 1 else shown[0]}, steps["instruction"][t], steps["state"][t]
            )
    return found
