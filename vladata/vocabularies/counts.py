"""Count the uses of each id of a tokenizer in texts. Memory holds one number per id and a few thousand texts."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

import numpy as np

from vladata.vocabularies.tokenizer import Tokenizer

BATCH = 4096  # texts that are encoded together; of equal texts in a batch only one is encoded, since prompts repeat


@dataclass(frozen=True)
class Counts:
    """Uses of ids. uses: the number of uses of each id, int64 [size]. texts: the number of texts that were read."""

    uses: np.ndarray
    texts: int


def counts_of(tokenizer: Tokenizer, texts: Iterable[str]) -> Counts:
    """Return the number of uses of each id in `texts`, which are read once."""
    uses, read, rest = np.zeros(tokenizer.size, np.int64), 0, iter(texts)
    while batch := list(islice(rest, BATCH)):
        read += len(batch)
        times = Counter(batch)
        for ids, count in zip(tokenizer.encode_all(list(times)), times.values(), strict=True):
            np.add.at(uses, ids, count)
    return Counts(uses, read)
