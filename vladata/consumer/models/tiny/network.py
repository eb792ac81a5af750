"""The network: ids and pictures in, logits out.

The place of a word is counted from the end of its prompt: <answer> is 0, the words before it are -1, -2, ..., the words of the
target 1, 2, ... So padding on either side changes nothing. Words of the prompt see the whole prompt; words of the target see the
prompt and the words before them. Rows without a picture look at no places.

The first vector of a word is the sum of its own embedding and a linear function of the three words before it. So a name of two
words is one query from the first step of training on, and attention need not learn to join the words first.
"""

from dataclasses import dataclass

import torch
from torch import nn

from vladata.consumer.models.backbone import Tensors
from vladata.consumer.models.tiny.block import Block, Keys, Pair, TokenPlaces
from vladata.consumer.models.tiny.layout import RowGroup, WordLayout, groups_of, layout_of
from vladata.consumer.models.tiny.numbers import OCTAVES as NUMBER_OCTAVES
from vladata.consumer.models.tiny.numbers import number_features
from vladata.consumer.models.tiny.settings import TinySettings
from vladata.consumer.models.tiny.vision import OCTAVES as AXIS_OCTAVES
from vladata.consumer.models.tiny.vision import VisionEncoder
from vladata.consumer.models.tiny.words import NUMBERS
from vladata.errors import UsageError

NEAR = 3  # number of words before a word that its first vector includes
START = 0.1  # scale of the first embeddings of numbers


@dataclass(frozen=True, eq=False)
class RowCache:
    """The cache of some rows while their targets are written.

    rows:  int64 [R], their numbers in the batch.
    pairs: keys and values of all words so far, one pair for each block.
    mask:  bool [R, l], True where there is a word.
    seen:  the places of their pictures; None for rows without pictures.
    near:  float [R, 3, width], the vectors of the last three words of each row.
    """

    rows: torch.Tensor
    pairs: list[Pair]
    mask: torch.Tensor
    seen: TokenPlaces | None
    near: torch.Tensor


@dataclass(frozen=True, eq=False)
class DecodingState:
    """The state of a batch while its targets are written. parts: the caches of all rows.   place: the place of the next word."""

    parts: list[RowCache]
    place: int


class Network(nn.Module):
    """The small model. words: the number of ids."""

    features: torch.Tensor

    def __init__(self, settings: TinySettings, words: int) -> None:
        super().__init__()
        self.settings = settings
        self.encoder = VisionEncoder(settings)
        inside = VisionEncoder.width_of(settings)
        self.keys = Keys(inside, settings)
        self.slots = nn.Parameter(torch.zeros(settings.pictures, inside)) if settings.pictures > 1 else None
        self.embedding = nn.Embedding(words, settings.width)
        self.near = nn.Linear(NEAR * settings.width, settings.width, bias=False)
        self.order = nn.Embedding(settings.longest_prompt + settings.longest_target, settings.width)
        self.blocks = nn.ModuleList(
            Block(settings, sees=i >= settings.blind_layers) for i in range(settings.layers)
        )
        self.norm = nn.LayerNorm(settings.width)
        self.head = nn.Linear(settings.width, words)
        self._begin_alike()

    def _begin_alike(self) -> None:
        """Set first weights so that neighbouring numbers are similar, and a place in a picture is similar to its coordinates.

        In the embedding and the head, numbers start as one projection of their features. The value that words read at a place
        starts as the same projection of its x or y. So from the first step on, the model can name the place that it looks at."""
        features = number_features()
        projection = torch.randn(features.shape[1], self.settings.width)
        shared = features @ projection
        nn.init.normal_(self.embedding.weight, std=0.25)  # the same spread as the embeddings of numbers
        nn.init.normal_(self.near.weight, std=0.08)
        nn.init.normal_(self.order.weight, std=0.05)
        nn.init.normal_(self.head.weight, std=0.2 / self.settings.width**0.5)
        nn.init.zeros_(self.head.bias)
        numbers = slice(NUMBERS.start, NUMBERS.stop)
        with torch.no_grad():
            self.embedding.weight[numbers] = START * shared
            self.head.weight[numbers] = START * shared
            self._read_places(START * projection)

    def _read_places(self, projection: torch.Tensor) -> None:
        """Let every second head read x, and the others y, in the form of embedded numbers. projection: float32 [12, width]."""
        heads, each = self.settings.heads, self.settings.width // self.settings.heads
        many = min(each, 2 * AXIS_OCTAVES)  # sines, then cosines, of one axis
        rows = [*range(AXIS_OCTAVES), *range(NUMBER_OCTAVES, NUMBER_OCTAVES + AXIS_OCTAVES)][:many]
        for head in range(heads):
            value = self.settings.width + head * each
            first = self.settings.vision_width + (head % 2) * 2 * AXIS_OCTAVES
            self.keys.both.weight[value : value + many] = 0
            self.keys.both.weight[value : value + many, first : first + many] = torch.eye(many)
            for block in self._blocks:
                if block.seen is not None:
                    block.seen.out.weight[:, head * each : head * each + many] = projection[rows].T

    def forward(self, batch: Tensors) -> torch.Tensor:
        """Return logits, float [B, L, V]; place t has those of the token at t + 1, or 0 where there is no word."""
        rows, length = batch["input_ids"].shape
        found = [self._read(part) for part in groups_of(batch)]
        at = torch.cat([part.at(layout, length) for part, layout, _, _ in found])
        return WordLayout(rows, length, at).spread(self.head(torch.cat([x for _, _, x, _ in found])))

    def begin(self, batch: Tensors) -> tuple[torch.Tensor, DecodingState]:
        """Return logits [B, V] of the first words of targets, and the state. batch: prompts, padded on the left."""
        found = [self._read(part) for part in groups_of(batch)]
        last = [(kept.rows, layout.spread(x)[:, -1]) for _, layout, x, kept in found]
        return self._logits(last), DecodingState([kept for *_, kept in found], 1)

    def extend(self, ids: torch.Tensor, state: DecodingState) -> tuple[torch.Tensor, DecodingState]:
        """Add the words `ids`, int64 [B], and return logits [B, V] of the next words, and the new state.

        Raises UsageError if a target becomes longer than the model's limit."""
        if state.place > self.settings.longest_target:
            raise UsageError(
                "the answer is longer than the model takes",
                got=f"{state.place} words",
                allowed=f"up to {self.settings.longest_target} (model.longest_target)",
            )
        found = [self._said(ids[kept.rows], state.place, kept) for kept in state.parts]
        return self._logits([(kept.rows, x) for x, kept in found]), DecodingState(
            [kept for _, kept in found], state.place + 1
        )

    def _logits(self, found: list[tuple[torch.Tensor, torch.Tensor]]) -> torch.Tensor:
        """Return logits, float [B, V]. found: for each group, the numbers of its rows, and float [R, width], their words."""
        order = torch.cat([rows for rows, _ in found]).argsort()
        logits: torch.Tensor = self.head(torch.cat([x for _, x in found])[order])
        return logits

    def _read(self, part: RowGroup) -> tuple[RowGroup, WordLayout, torch.Tensor, RowCache]:
        """Run everything except the head. Return the group, its layout, its words, float [T, width], and the rows' cache."""
        there, prompt = part.there, part.batch["prompt_mask"] > 0
        layout, seen = layout_of(there), self._look(part)
        place = there.cumsum(1) - prompt.sum(1, keepdim=True)  # 0 on <answer>
        x, near = self._begun(layout.words(part.batch["input_ids"]), layout.words(place), layout, None)
        x, pairs = self._through(x, layout, _visible(there, prompt), None, seen)
        return part, layout, x, RowCache(part.rows, pairs, there, seen, near)

    def _said(self, ids: torch.Tensor, place: int, kept: RowCache) -> tuple[torch.Tensor, RowCache]:
        """Add one word to each row, int64 [R], and return its vectors, float [R, width], and the new cache."""
        one = WordLayout(len(ids), 1, torch.arange(len(ids), device=ids.device))
        mask = torch.cat([kept.mask, torch.ones_like(kept.mask[:, :1])], 1)
        x, near = self._begun(ids, torch.full_like(ids, place), one, kept.near)
        x, pairs = self._through(x, one, mask[:, None, None], kept.pairs, kept.seen)
        return x, RowCache(kept.rows, pairs, mask, kept.seen, near)

    def _look(self, part: RowGroup) -> TokenPlaces | None:
        """Encode the pictures that exist, and only these, and return their places."""
        if not part.pictures:
            return None
        there = part.batch["image_mask"] > 0  # [R, P]
        found = self.encoder(part.batch["pixel_values"][there])  # [N, M, C]
        shape = (*there.shape, *found.shape[1:])
        places = found.view(shape) if there.all() else found.new_zeros(shape).index_put((there,), found)
        if self.slots is not None:
            places = places + self.slots[: shape[1], None]
        places, mask = places.flatten(1, 2), None
        if not there.all():
            mask = there.repeat_interleave(shape[2], 1)[:, None, None]
        return TokenPlaces(self.keys(places), mask)

    def _begun(
        self, ids: torch.Tensor, place: torch.Tensor, layout: WordLayout, before: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the first vectors of words, float [T, width], and the vectors of each row's last words for the next call.

        ids, place: int64 [T]."""
        x = self.embedding(ids)
        rows = layout.spread(x)
        if before is None:
            before = rows.new_zeros(layout.rows, NEAR, rows.shape[2])
        rows = torch.cat([before, rows], 1)
        earlier = torch.cat([rows[:, i : i + layout.length] for i in range(NEAR)], 2)
        x = x + self.near(layout.words(earlier)) + self.order(place + self.settings.longest_prompt - 1)
        return x, rows[:, -NEAR:]

    def _through(
        self,
        x: torch.Tensor,
        layout: WordLayout,
        mask: torch.Tensor,
        before: list[Pair] | None,
        seen: TokenPlaces | None,
    ) -> tuple[torch.Tensor, list[Pair]]:
        """Return words, [T, width], after all blocks, and keys and values by block."""
        pairs = []
        for i, block in enumerate(self._blocks):
            x, kept = block(x, layout, mask, None if before is None else before[i], seen)
            pairs.append(kept)
        return self.norm(x), pairs

    @property
    def _blocks(self) -> list[Block]:
        return [block for block in self.blocks if isinstance(block, Block)]


def _visible(there: torch.Tensor, prompt: torch.Tensor) -> torch.Tensor:
    """Return bool [B, 1, L, L], True where the word of the third axis sees the word of the last axis.

    Padding sees itself, because a softmax over no words would be NaN."""
    length = there.shape[1]
    before = torch.ones(length, length, dtype=torch.bool, device=there.device).tril()
    seen = (before | (prompt[:, None] & prompt[:, :, None])) & there[:, None]
    return (seen | torch.eye(length, dtype=torch.bool, device=there.device))[:, None]
