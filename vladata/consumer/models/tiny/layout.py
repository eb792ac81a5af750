"""The words of a padded batch without its padding, and the groups of rows that are computed together.

Linear layers and norms are computed only for the words, in one flat list (`words`, [T, ...]). Attention needs rows (`spread`),
all as long as the longest row. So rows with and without pictures, and long and short rows, are computed in separate groups.
"""

from dataclasses import dataclass

import torch

from vladata.consumer.models.backbone import Tensors


@dataclass(frozen=True, eq=False)
class WordLayout:
    """The places of the words in a padded batch.

    rows, length: the number and the length of the rows of the padded batch.
    at:           int64 [T], the place of each word in the flat padded batch."""

    rows: int
    length: int
    at: torch.Tensor

    def spread(self, x: torch.Tensor) -> torch.Tensor:
        """Return words, [T, ...], as padded rows, [rows, length, ...], with 0 where there is no word."""
        out = x.new_zeros(self.rows * self.length, *x.shape[1:]).index_copy(0, self.at, x)
        return out.unflatten(0, (self.rows, self.length))

    def words(self, x: torch.Tensor) -> torch.Tensor:
        """Return the words, [T, ...], of padded rows, [rows, length, ...]."""
        return x.flatten(0, 1).index_select(0, self.at)


def layout_of(mask: torch.Tensor) -> WordLayout:
    """Return the layout of a batch. mask: [B, L], true where there is a word."""
    rows, length = mask.shape
    return WordLayout(rows, length, mask.flatten().nonzero()[:, 0])


@dataclass(frozen=True, eq=False)
class RowGroup:
    """The rows of a batch that are computed together, cut to the columns that they use.

    rows:     int64 [R], their numbers in the batch, rising.
    first:    the first column of the batch that they use.
    batch:    their part of the batch.
    pictures: True if they have pictures.
    """

    rows: torch.Tensor
    first: int
    batch: Tensors
    pictures: bool

    @property
    def there(self) -> torch.Tensor:
        """Mask of the words, bool [R, l]."""
        return self.batch["attention_mask"] > 0

    def at(self, layout: WordLayout, length: int) -> torch.Tensor:
        """Return the places of the words in the flat whole batch, int64 [T]. length: the row length of the whole batch."""
        return self.rows[layout.at // layout.length] * length + self.first + layout.at % layout.length


WORDS, PICTURES = ("input_ids", "attention_mask", "prompt_mask"), ("pixel_values", "image_mask")


def groups_of(batch: Tensors) -> list[RowGroup]:
    """Return groups of similar rows: with pictures or without, and of lengths within a factor of two."""
    there = batch["attention_mask"] > 0
    pictured = there.new_zeros(len(there))
    if PICTURES[0] in batch:
        pictured = (batch["image_mask"] > 0).any(1)
    kinds = 2 * there.sum(1).clamp(min=1).log2().ceil().long() + pictured
    return [_group(batch, there, (kinds == kind).nonzero()[:, 0], bool(kind % 2)) for kind in kinds.unique()]


def _group(batch: Tensors, there: torch.Tensor, rows: torch.Tensor, pictures: bool) -> RowGroup:
    used = there[rows].any(0).nonzero()[:, 0]
    first, stop = int(used[0]), int(used[-1]) + 1
    own = {name: batch[name][rows, first:stop] for name in WORDS}
    own |= {name: batch[name][rows] for name in PICTURES if pictures}
    return RowGroup(rows, first, own, pictures)
