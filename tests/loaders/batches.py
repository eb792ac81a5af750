"""A batch as a loader gives it, made by hand: no conversion, every value known."""

from collections.abc import Sequence
from typing import Any

import numpy as np

import vladata
from vladata.actions.contract import contract
from vladata.actions.statistics import Statistics
from vladata.loaders.collators.terms import Terms

NAMES = ("dx", "dy", "gripper")
STATISTICS = Statistics(
    NAMES,
    100,
    mean=(0.0, 1.0, 0.5),
    std=(2.0, 0.0, 0.5),
    min=(-4.0, 1.0, 0.0),
    max=(4.0, 1.0, 1.0),
    q01=(-2.0, 1.0, 0.0),
    q99=(2.0, 1.0, 1.0),
)
PROMPTS = ("Q: push the red block? A:", "Q: move near sink? A:", "Q: apple? A:")
WORDS = {"action": ("{action}",)}


def made(
    chunk: int = 1,
    valid: Sequence[int] = (1, 1, 1),
    tail: str = "drop",
    words: str = "{action}",
    prompts: Sequence[str] = PROMPTS,
    size: int = 32,
) -> tuple[dict[str, Any], Terms]:
    """B samples of actions of rt2 between -1 and 1, and what a collator has to know of them. valid: of each."""
    codec = vladata.codec(
        "rt2",
        names=NAMES,
        gripper="open_absolute",
        bounds={"low": [-1.0, -1.0, 0.0], "high": [1.0, 1.0, 1.0]},
        **({"chunk": chunk, "shorter": tail == "truncate"} if chunk > 1 else {}),
    )
    stated = contract(
        codec, chain="plain", windows={"history": 1, "stride": 1, "head": "repeat", "tail": tail}
    )
    count = len(prompts)
    rng = np.random.default_rng(5)
    action = rng.uniform(-1, 1, (count, chunk, 3)).astype(np.float32)
    for rows, own in zip(action, valid, strict=True):
        rows[own:] = rows[own - 1] if tail == "repeat" else 0
    ends = np.zeros((count, chunk), bool)
    bins = (
        codec.encode(action, terminate=ends)
        if chunk > 1
        else codec.encode(action[:, 0], terminate=ends[:, 0])[:, None]
    )
    mask = np.arange(chunk) < np.array(valid)[:, None]
    if tail == "truncate":
        bins = np.where(mask[..., None], bins, -(2**31))
        texts = [codec.text(rows[:own]) for rows, own in zip(bins, valid, strict=True)]
    else:
        texts = [codec.text(rows if chunk > 1 else rows[0]) for rows in bins]
    batch = {
        "key": [f"k-{i}" for i in range(count)],
        "task": ["action"] * count,
        "contract": [stated["digest"]] * count,
        "prompt": list(prompts),
        "target": [words.replace("{action}", text) for text in texts],
        "action": action,
        "mask": mask,
        "valid": np.array(valid, np.int32),
        "bins": bins.astype(np.int32),
        "state": np.array([[3.0, 1.0, 0.25]] * count, np.float32),
        "loss_weight": np.array([1.0, 0.5, 2.0][:count], np.float32),
        "images": rng.integers(0, 255, (count, 1, 1, size, size, 3)).astype(np.uint8),
        "image_mask": np.ones((count, 1, 1), bool),
    }
    told = {"action": STATISTICS.to_json(), "state": STATISTICS.to_json()}
    digest = stated["digest"]
    return batch, Terms({digest: stated}, {digest: told}, {digest: {"action": (words,)}})
