"""Rows of an index, by hand and at random, and the tables that a reader would write of them."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from vladata.corpora.rows import ROWS, TASKS

WORDS = ("a dog on a beach", "no", "um cão", "buy now 50% off", "x" * 40, "Two cats")


def image(digest: int, look: int | None = None, height: int = 300, width: int = 400) -> dict[str, Any]:
    place = {"file": "", "offset": 0, "length": 9}
    return place | {"height": height, "width": width, "digest": digest, "look": look}


def row(record: int, shard: int = 0, pair: int = 0, **given: Any) -> dict[str, Any]:
    """A fit caption with one image of its own, unless something else is said; `answers` may be texts."""
    texts = given.pop("answers", ("a dog",))
    answers = [{"text": text, "weight": 1.0} for text in texts]
    base = dict.fromkeys(ROWS.names) | {
        "file": f"{shard}.tar",
        "shard": shard,
        "record": record,
        "pair": pair,
        "key": f"k{shard}-{record}",
        "task": "caption",
        "language": "en",
        "context": [],
        "question": "",
        "answers": answers,
        "images": [image(1000 * shard + record)],
    }
    return base | given


def rejected(record: int, reason: str = "bad_image", **given: Any) -> dict[str, Any]:
    nothing = {"task": None, "language": None, "answers": None, "images": None, "key": None}
    return row(record) | nothing | given | {"outcome": "rejected", "reason": reason, "says": "why"}


def parts(rows: Sequence[dict[str, Any]], *cuts: int) -> Any:
    """The function that plan_filters is given: the rows as tables, cut before these positions."""
    whole = pa.Table.from_pylist(list(rows), ROWS)
    edges = [0, *cuts, len(rows)]
    return lambda columns: (
        whole.slice(start, stop - start).select(columns) for start, stop in pairwise(edges)
    )


def random_rows(rng: np.random.Generator, records: int) -> list[dict[str, Any]]:
    """Rows with everything that filters see, often missing and often the same."""
    rows: list[dict[str, Any]] = []
    places = sorted({(int(rng.integers(3)), int(rng.integers(10 * records))) for _ in range(records)})
    for shard, record in places:
        if rng.random() < 0.1:
            rows.append(rejected(record, str(rng.choice(["bad_image", "bad_text"])), shard=shard))
            continue
        images = [_image(rng) for _ in range(int(rng.choice([1, 1, 1, 2, 3])))]
        for pair in range(int(rng.choice([1, 1, 2, 5]))):
            rows.append(_pair(rng, shard, record, pair, images))
    return rows


def _pair(
    rng: np.random.Generator, shard: int, record: int, pair: int, images: list[dict[str, Any]]
) -> dict[str, Any]:
    return row(
        record,
        shard,
        pair,
        key=str(rng.choice(["", "a", "b", "c", f"k{record}"])),
        task=str(rng.choice(TASKS)),
        language=rng.choice([None, "", "en", "en-gb", "pt", "pt-br", "ptx"]),
        answers=[str(rng.choice(WORDS)) for _ in range(int(rng.choice([1, 1, 3])))],
        images=images,
        similarity=None if rng.random() < 0.1 else float(np.float32(rng.integers(0, 12) / 10)),
    )


def _image(rng: np.random.Generator) -> dict[str, Any]:
    look = (
        int(rng.choice([0, 0xFFFF, 1 << 40])) ^ (1 << int(rng.integers(0, 60))) ^ (1 << int(rng.integers(8)))
    )
    sides = [None if rng.random() < 0.05 else int(rng.choice([50, 100, 200, 640])) for _ in range(2)]
    return image(int(rng.integers(0, 25)), look) | {"height": sides[0], "width": sides[1]}
