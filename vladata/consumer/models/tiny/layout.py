"""Which words of a padded batch are there.

Linear layers and norms are computed for these alone, one after another (`words`, [T, ...]); attention needs rows (`spread`).
"""

from dataclasses import dataclass

import torch


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

    def of_rows(self, chosen: torch.Tensor) -> tuple["Layout", torch.Tensor]:
        """The layout of some rows, and which of our words are theirs, int64 [T']. chosen: int64 [R], rising."""
        new = torch.full((self.rows,), -1, dtype=torch.int64, device=self.at.device)
        new[chosen] = torch.arange(len(chosen), device=self.at.device)
        row = new[self.at // self.length]
        mine = (row >= 0).nonzero()[:, 0]
        at = row[mine] * self.length + self.at[mine] % self.length
        return Layout(len(chosen), self.length, at), mine


def layout_of(mask: torch.Tensor) -> Layout:
    """The layout of a batch. mask: [B, L], true where there is a word."""
    rows, length = mask.shape
    return Layout(rows, length, mask.flatten().nonzero()[:, 0])
