"""A block of the decoder: attention among words, of words to places of pictures (unless it is blind), and two linear layers.

Queries and keys are normalised in each head, with gains; the gain of the queries starts above 1, so that attention is not flat at
first. Each part normalises its input, and adds its output to this input. All blocks share the keys and values of places: on a CPU
they would take a fifth of a step if each block had its own.
"""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from vladata.consumer.models.tiny.layout import WordLayout
from vladata.consumer.models.tiny.settings import TinySettings

GAIN = 1.5

Pair = tuple[torch.Tensor, torch.Tensor]
"""Keys and values, float [B, heads, L, width / heads] each."""


@dataclass(frozen=True, eq=False)
class TokenPlaces:
    """The places of pictures that words look at.

    pair: keys and values of the M places of each row's pictures.
    mask: bool [R, 1, 1, M], True for the places of pictures that exist; None if all exist.
    """

    pair: Pair
    mask: torch.Tensor | None


class Attention(nn.Module):
    """Multi-head attention of words to given keys and values."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads, self.each = heads, width // heads
        self.norm = nn.LayerNorm(width)
        self.query, self.out = nn.Linear(width, width), nn.Linear(width, width)
        self.query_norm = nn.LayerNorm(self.each)
        nn.init.constant_(self.query_norm.weight, GAIN)

    def forward(
        self, x: torch.Tensor, pair: Pair, mask: torch.Tensor | None, layout: WordLayout
    ) -> torch.Tensor:
        """Return the result of attention for normalised words `x`, [T, width]. mask: bool, broadcast to [B, heads, length, M]."""
        query = self.query_norm(self.query(x).unflatten(-1, (self.heads, self.each)))
        scores = layout.spread(query).transpose(1, 2) @ pair[0].mT * self.each**-0.5
        if mask is not None:  # for such small heads, on a CPU, this is faster than torch's fused attention
            scores = scores.masked_fill(~mask, float("-inf"))
        read = scores.softmax(-1) @ pair[1]
        out: torch.Tensor = self.out(layout.words(read.transpose(1, 2).flatten(2)))
        return out


class Keys(nn.Module):
    """A linear layer from vectors of `inside` numbers to the keys and values that attention looks at."""

    def __init__(self, inside: int, settings: TinySettings) -> None:
        super().__init__()
        self.heads, self.each = settings.heads, settings.width // settings.heads
        self.both = nn.Linear(inside, 2 * settings.width)
        self.norm = nn.LayerNorm(self.each)

    def forward(self, x: torch.Tensor, layout: WordLayout | None = None) -> Pair:
        """Return keys and values of [B, M, inside], or of the words [T, inside] of a layout."""
        key, value = self.both(x).unflatten(-1, (2, self.heads, self.each)).unbind(-3)
        key = self.norm(key)
        if layout is not None:
            key, value = layout.spread(key), layout.spread(value)
        return key.transpose(1, 2), value.transpose(1, 2)


class Block(nn.Module):
    """One block. sees: True if it looks at pictures."""

    def __init__(self, settings: TinySettings, sees: bool) -> None:
        super().__init__()
        width, inner = settings.width, settings.width * settings.feed_forward
        self.itself, self.keys = Attention(width, settings.heads), Keys(width, settings)
        self.seen = Attention(width, settings.heads) if sees else None
        self.norm = nn.LayerNorm(width)
        self.wide, self.narrow = nn.Linear(width, inner), nn.Linear(inner, width)

    def forward(
        self,
        x: torch.Tensor,
        layout: WordLayout,
        mask: torch.Tensor,
        before: Pair | None,
        seen: TokenPlaces | None,
    ) -> tuple[torch.Tensor, Pair]:
        """Return the words, [T, width], after this block, and keys and values of all words so far.

        before: keys and values of the words of earlier calls."""
        normed = self.itself.norm(x)
        pair = self.keys(normed, layout)
        if before is not None:
            pair = torch.cat([before[0], pair[0]], 2), torch.cat([before[1], pair[1]], 2)
        x = x + self.itself(normed, pair, mask, layout)
        if self.seen is not None and seen is not None:
            x = x + self.seen(self.seen.norm(x), seen.pair, seen.mask, layout)
        x = x + self.narrow(functional.gelu(self.wide(self.norm(x))))
        return x, pair
