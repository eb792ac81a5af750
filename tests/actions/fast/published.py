"""The published algorithm, written from its formula with scipy and tokenizers: what ours is held against.

physical-intelligence/fast, processing_action_tokenizer.py: DCT-II over time, times scale, rounded, minus the least, each number
a character; a ByteLevelBPETokenizer trained with min_frequency 2, max_token_length 10000 and the whole range as alphabet.
"""

import json

import numpy as np
import scipy.fft
from tokenizers import ByteLevelBPETokenizer
from tokenizers.trainers import BpeTrainer


class Published:
    """Fitted to float64 chunks [N, H, D]."""

    def __init__(self, chunks, scale=10, vocabulary=1024):
        self.scale = scale
        numbers = self.coefficients(chunks)
        self.least, most = int(numbers.min()), int(numbers.max())
        self.tokenizer = trained(
            ("".join(map(chr, row)) for row in numbers - self.least), most - self.least + 1, vocabulary
        )

    def coefficients(self, chunks):
        """int [N, H * D]."""
        found = np.around(scipy.fft.dct(chunks, axis=1, norm="ortho") * self.scale)
        return found.astype(int).reshape(len(chunks), -1)

    def encode(self, chunks):
        """Lists of ids."""
        numbers = np.maximum(self.coefficients(chunks) - self.least, 0)
        texts = ["".join(map(chr, row)) for row in numbers]
        return [found.ids for found in self.tokenizer.encode_batch(texts)]

    def decode(self, ids, length, dimensions):
        """float64 [H, D]."""
        numbers = np.array(list(map(ord, self.tokenizer.decode(ids)))) + self.least
        return scipy.fft.idct(numbers.reshape(length, dimensions) / self.scale, axis=0, norm="ortho")

    def save(self, folder, **changed):
        """The two files of a saved tokenizer."""
        config = {
            "processor_class": "UniversalActionProcessor",
            "auto_map": {"AutoProcessor": "processing_action_tokenizer.UniversalActionProcessor"},
            "scale": self.scale,
            "vocab_size": self.tokenizer.get_vocab_size(),
            "min_token": self.least,
            "action_dim": None,
            "time_horizon": None,
        }
        folder.mkdir(exist_ok=True)
        (folder / "processor_config.json").write_text(json.dumps(config | changed))
        self.tokenizer.save(str(folder / "tokenizer.json"))
        return folder


def trained(texts, numbers, vocabulary):
    """A tokenizer trained as the published code trains it."""
    made = ByteLevelBPETokenizer()
    trainer = BpeTrainer(
        vocab_size=vocabulary,
        min_frequency=2,
        show_progress=False,
        special_tokens=[],
        initial_alphabet=[chr(number) for number in range(numbers)],
        max_token_length=10_000,
    )
    made._tokenizer.train_from_iterator(texts, trainer=trainer)
    return made


def vocabulary_of(tokenizer):
    """The tokens by id, and the merges by rank, as pairs of tokens."""
    model = json.loads(tokenizer._tokenizer.to_str())["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].__getitem__)
    return tokens, [tuple(merge) for merge in model["merges"]]


def chunks_of(kind, count, length, dimensions, seed=0):
    """float64 [N, H, D] between -1 and 1: "arm" glides and grips, "walk" wanders, "noise" is even."""
    rng = np.random.default_rng(seed)
    if kind == "arm":
        time = np.arange(length)[np.newaxis, :, np.newaxis] / length
        shape = (count, 1, dimensions)
        speed, phase = rng.uniform(0.5, 3, shape), rng.uniform(0, 6.3, shape)
        values = 0.4 * rng.normal(size=shape) * np.sin(6.3 * time * speed + phase)
        values[:, :, -1] = np.where(rng.random((count, 1)) < 0.5, 1, -1)
    elif kind == "walk":
        values = np.cumsum(0.05 * rng.normal(size=(count, length, dimensions)), axis=1)
    else:
        values = rng.uniform(-1, 1, (count, length, dimensions))
    return np.clip(values, -1, 1)
