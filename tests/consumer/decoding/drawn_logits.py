"""Tokens of a made-up model, and a model whose logits are drawn at random."""

import torch


class Tokens:
    """Tokens by their texts, id 0 the end. Those of a target's first place have no space before them, as real ones."""

    def __init__(self, *texts):
        self.texts = ("", *texts)
        self.size, self.end = len(self.texts), 0

    def piece(self, id, first):
        text = self.texts[id]
        return text.lstrip() if first else text

    def text(self, ids):
        return "".join(self.piece(id, first=not n) for n, id in enumerate(ids))


class Random:
    """A backbone that answers noise. peaks: ids that are likelier by 3 nats, so that free parts find their ends."""

    def __init__(self, tokens, rows, seed, peaks=()):
        self.tokens, self.rows, self.peaks = tokens, rows, list(peaks)
        self.generator = torch.Generator().manual_seed(seed)

    def begin(self, batch):
        return self._drawn(), None

    def extend(self, ids, state):
        assert ids.shape == (self.rows,)
        return self._drawn(), None

    def _drawn(self):
        logits = torch.randn(self.rows, self.tokens.size, generator=self.generator)
        logits[:, self.peaks] += 3
        return logits


class Fixed:
    """A backbone that likes given ids, one after the other, in every row: 10 for the one that is due, 0 for all others."""

    def __init__(self, tokens, *rows):
        self.tokens, self.rows, self.at = tokens, rows, 0

    def begin(self, batch):
        self.at = 0
        return self._wanted(), None

    def extend(self, ids, state):
        self.at += 1
        return self._wanted(), None

    def _wanted(self):
        logits = torch.zeros(len(self.rows), self.tokens.size)
        for i, row in enumerate(self.rows):
            logits[i, row[self.at] if self.at < len(row) else self.tokens.end] = 10
        return logits
