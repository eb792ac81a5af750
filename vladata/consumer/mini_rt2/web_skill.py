"""A test of how much of the web data models still know: held-out questions about pictures, answered without a rule.

    python -m vladata.consumer.mini_rt2.web_skill HELD RESULT.json RUN [RUN ...]

RESULT.json: name of a run's folder -> {"places", "words", "questions"}.
    places     share of the questions for a place whose answer is within 0.08 of it (the condition of success in a trial, too)
    words      share of the other questions that are answered word for word
    questions  [number of questions for a place, number of other questions]
Questions for a listing are left out.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

import vladata
from vladata.consumer.decoding.generate import generate
from vladata.consumer.decoding.pieces import Pieces
from vladata.consumer.models.backbone import Backbone
from vladata.consumer.models.load import load_backbone
from vladata.consumer.models.tensors import tensors
from vladata.consumer.tabletop.tasks import NEAR
from vladata.consumer.tabletop.web import LISTED
from vladata.consumer.training.checkpoint import read_checkpoint

AT_ONCE = 100
LONGEST = 8  # most tokens of an answer


def web_skill(run: Path, held: Path) -> dict[str, Any]:
    """Ask a run's newest model the questions of a converted web corpus, and return the shares of correct answers."""
    backbone = load_backbone(read_checkpoint(run).model_folder)
    backbone.module.eval()
    pieces = Pieces(backbone.tokens)
    places, words = list[bool](), list[bool]()
    for batch in vladata.load(held, AT_ONCE, shuffle=False, image_size=backbone.image_size):
        for target, answer in _answered(backbone, pieces, batch):
            wanted = _place(target)
            if wanted is None:
                words.append(answer == target)
            else:
                found = _place(answer)
                places.append(found is not None and float(np.hypot(*(found - wanted))) <= NEAR * 255)
    return {
        "places": float(np.mean(places)),
        "words": float(np.mean(words)),
        "questions": [len(places), len(words)],
    }


def _answered(backbone: Backbone, pieces: Pieces, batch: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the target and the model's answer to each question of a batch."""
    asked = [
        i
        for i, (task, prompt) in enumerate(zip(batch["task"], batch["prompt"], strict=True))
        if task == "vqa" and prompt != LISTED
    ]
    if not asked:
        return []
    some: dict[str, Any] = {name: [batch[name][i] for i in asked] for name in ("key", "prompt", "target")}
    some |= {name: batch[name][asked] for name in ("images", "image_mask")}
    inputs = tensors(backbone.collator().for_inference(some), "cpu")
    answers = generate(backbone, inputs, [None] * len(asked), pieces, LONGEST)
    return [(target, backbone.tokens.text(ids)) for target, ids in zip(some["target"], answers, strict=True)]


def _place(text: str) -> np.ndarray | None:
    """Return the place that a text names, float64 [2], 0 to 255; None if it names no place."""
    numbers = text.split()
    return np.array(numbers, float) if len(numbers) == 2 and all(map(str.isdecimal, numbers)) else None


if __name__ == "__main__":
    held, result, *runs = map(Path, sys.argv[1:])
    told = {run.name: web_skill(run, held) for run in runs}
    result.write_text(json.dumps(told, indent=1) + "\n")
