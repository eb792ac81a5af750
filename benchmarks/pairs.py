"""Generated parts of an index of image-text pairs: captions of web images, with the columns of an index."""

import numpy as np
import pyarrow as pa

from vladata.corpora.rows import ANSWER, IMAGE, ROWS

PART = 100_000  # pairs: about a hundred tars of 1,000 pairs
TEXTS = 1_000
COPIES = 0.05  # share of the images that are copies of earlier ones
LANGUAGES = ("en", "pt-br", "de", "")


def part(number: int) -> pa.Table:
    """Return the pairs of part `number`, PART pairs. Equal numbers give equal pairs."""
    rng = np.random.default_rng([17, number])
    place = np.arange(PART)
    texts = pa.array([f"a photo of thing {i} " + "and another " * (i % 9) for i in range(TEXTS)])
    once = pa.array(np.arange(PART + 1, dtype=np.int32))
    text = texts.take(pa.array(rng.integers(0, TEXTS, PART)))
    answers = pa.StructArray.from_arrays([text, np.ones(PART, np.float32)], fields=list(ANSWER))
    languages = pa.array(LANGUAGES).take(pa.array(rng.choice(4, PART, p=[0.6, 0.2, 0.1, 0.1])))
    columns = {
        "file": pa.array([f"{number:05d}.tar"]).take(pa.array(np.zeros(PART, np.int8))),
        "shard": pa.array(np.full(PART, number, np.int32)),
        "record": pa.array(place),
        "pair": pa.array(np.zeros(PART, np.int32)),
        "key": pa.array(place).cast(pa.string()),
        "task": pa.array(["caption"]).take(pa.array(np.zeros(PART, np.int8))),
        "language": languages,
        "context": pa.ListArray.from_arrays(
            pa.array(np.zeros(PART + 1, np.int32)), pa.array([], pa.string())
        ),
        "question": pa.array([""]).take(pa.array(np.zeros(PART, np.int8))),
        "answers": pa.ListArray.from_arrays(once, answers),
        "images": pa.ListArray.from_arrays(once, _images(rng, number)),
        "similarity": pa.array(rng.normal(0.25, 0.05, PART).astype(np.float32)),
    }
    nothing = {name: pa.nulls(PART, pa.string()) for name in ("outcome", "reason", "says")}
    return pa.table({**columns, **nothing}, ROWS)


def _images(rng: np.random.Generator, number: int) -> pa.StructArray:
    """Return new images, and some copies of images in part number / 2; half of these differ slightly in their look."""
    copied = rng.random(PART) < COPIES
    digest, look = (np.where(copied, _words(kind, number // 2), _words(kind, number)) for kind in (23, 29))
    look ^= (copied & (rng.random(PART) < 0.5)).astype(np.uint64)
    digest ^= (look & np.uint64(1)) << np.uint64(9)
    sides = [rng.integers(64, 1024, PART).astype(np.int32) for _ in range(2)]
    file = pa.array([""]).take(pa.array(np.zeros(PART, np.int8)))
    places = [pa.array(np.arange(PART) * 30_000), pa.array(np.full(PART, 28_000))]
    values = [file, *places, *map(pa.array, (*sides, digest, look))]
    return pa.StructArray.from_arrays(values, fields=list(IMAGE))


def _words(kind: int, number: int) -> np.ndarray:
    return np.random.default_rng([kind, number]).integers(0, 2**64, PART, dtype=np.uint64)
