"""Which words of a padded batch are there, and which of its rows are computed together.

Linear layers and norms are computed for the words alone, one after another (`words`, [T, ...]). Attention needs rows (`spread`),
all as long as the longest: rows with pictures and rows without, long ones and short ones are computed apart.
"""

from dataclasses import dataclass

import torch

from vladata.consumer.models.backbone import Tensors


@dataclass(frozen=True, eq=False)
class Layout:
    """rows, length: of the padded batch.   at: int64 [T], the place of each word in the flat padded batch."""

    rows: int
    length: int
    at: torch.Tensor

    def spread(self, x: torch.Tensor) -> torch.Tensor:
        """[T, ...] -> [rows, length, ...], 0 where there is no word."""
        out = x.new_zeros(self.rows * self.length, *x.shape[1:]).index_copy(0, self.at, x)
        return out.unflatten(0, (self.rows, self.length))

    def words(self, x: torch.Tensor) -> torch.Tensor:
        """[rows, length, ...] -> [T, ...]."""
        return x.flatten(0, 1).index_select(0, self.at)


def layout_of(mask: torch.Tensor) -> Layout:
    """The layout of a batch. mask: [B, L], true where there is a word."""
    rows, length = mask.shape
    return Layout(rows, length, mask.flatten().nonzero()[:, 0])


@dataclass(frozen=True, eq=False)
class Part:
    """Rows of a batch that are computed together, cut to the columns that they use.

    rows:   int64 [R], their numbers in the batch, rising.   first: the column of the batch that they begin at.
    batch:  what the batch says of them.   pictures: whether they have any.
    """

    rows: torch.Tensor
    first: int
    batch: Tensors
    pictures: bool

    @property
    def there(self) -> torch.Tensor:
        """bool [R, l], where there is a word."""
        return self.batch["attention_mask"] > 0

    def at(self, layout: Layout, length: int) -> torch.Tensor:
        """int64 [T]: the places of its words in the whole batch, flat. length: of the rows of that."""
        return self.rows[layout.at // layout.length] * length + self.first + layout.at % layout.length


WORDS, PICTURES = ("input_ids", "attention_mask", "prompt_mask"), ("pixel_values", "image_mask")


def parts_of(batch: Tensors) -> list[Part]:
    """Rows that are alike: with pictures or without, and of lengths within a power of two."""
    there = batch["attention_mask"] > 0
    pictured = there.new_zeros(len(there))
    if PICTURES[0] in batch:
        pictured = (batch["image_mask"] > 0).any(1)
    kinds = 2 * there.sum(1).clamp(min=1).log2().ceil().long() + pictured
    return [_part(batch, there, (kinds == kind).nonzero()[:, 0], bool(kind % 2)) for kind in kinds.unique()]


def _part(batch: Tensors, there: torch.Tensor, rows: torch.Tensor, pictures: bool) -> Part:
    used = there[rows].any(0).nonzero()[:, 0]
    first, stop = int(used[0]), int(used[-1]) + 1
    own = {name: batch[name][rows, first:stop] for name in WORDS}
    own |= {name: batch[name][rows] for name in PICTURES if pictures}
    return Part(rows, first, own, pictures)
