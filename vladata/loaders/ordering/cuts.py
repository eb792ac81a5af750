"""The rest of an epoch, cut into global batches, and each global batch into the parts of the ranks.

A global batch is batch_size * world consecutive positions; rank r has the r-th part of it, batch_size consecutive positions. At
the end of an epoch fewer samples may be left over. Then all ranks still have the same number of batches, none of them empty, and
no sample comes twice:

    left over        the last batches
    none             are whole
    world or more    one more batch is divided among the ranks; if it does not divide evenly, the first ranks have one sample more
    fewer            the last two batches share their samples, the first with one more if their number is odd, so that each
                     rank has samples of both. With a batch size of 1 they would have too few samples for that: then one batch
                     has all of these samples, 1 or 2 for each rank.

With drop_last the samples that are left over are not loaded.
"""

from dataclasses import dataclass

from vladata.errors import UsageError


@dataclass(frozen=True, slots=True)
class Cuts:
    """The global batches of the positions begin..samples of an epoch.

    samples: number of samples in the epoch.   begin: the position at which this run begins: 0, or where another run stopped.
    """

    samples: int
    begin: int
    batch_size: int
    world: int
    drop_last: bool

    @property
    def batch(self) -> int:
        """Samples of a whole global batch."""
        return self.batch_size * self.world

    def __len__(self) -> int:
        """Return the number of batches of each rank."""
        return len(self._tail) + self._whole

    def bounds(self, k: int) -> tuple[int, int]:
        """Return the first position of global batch k (0 <= k < len), and the position after its last."""
        if not 0 <= k < len(self):
            raise IndexError(f"batch {k} of {len(self)}")
        late = k - self._whole
        if late < 0:
            return self.begin + k * self.batch, self.begin + (k + 1) * self.batch
        start = self.begin + self._whole * self.batch + sum(self._tail[:late])
        return start, start + self._tail[late]

    def part(self, k: int, rank: int) -> tuple[int, int]:
        """Return the first position of `rank` (0 <= rank < world) in global batch k, and the position after its last."""
        if not 0 <= rank < self.world:
            raise IndexError(f"rank {rank} of {self.world}")
        start, stop = self.bounds(k)
        each, more = divmod(stop - start, self.world)
        first = start + rank * each + min(rank, more)
        return first, first + each + (rank < more)

    @property
    def _whole(self) -> int:
        """The number of whole batches before the tail."""
        whole, left = divmod(self.samples - self.begin, self.batch)
        return whole - 1 if whole and 0 < left < self.world and not self.drop_last else whole

    @property
    def _tail(self) -> tuple[int, ...]:
        """The numbers of samples of the batches after the whole ones."""
        left = (self.samples - self.begin) % self.batch
        if not left or self.drop_last:
            return ()
        if left >= self.world:
            return (left,)
        both = self.batch + left
        return (both - both // 2, both // 2) if both // 2 >= self.world else (both,)


def cuts(samples: int, begin: int, batch_size: int, world: int, drop_last: bool) -> Cuts:
    """Return the batches of positions begin..samples. Raises UsageError if a rank would have none, or for wrong numbers."""
    for name, value in (("batch_size", batch_size), ("world", world)):
        if value < 1:
            raise UsageError(f"{name} must be 1 or more", got=value)
    rest, batch = samples - begin, batch_size * world
    if not 0 <= begin <= samples:
        raise UsageError("the position is not in the epoch", got=begin, allowed=f"0 to {samples}")
    if begin == 0 and rest < (least := batch if drop_last else world):
        raise UsageError(
            "an epoch has fewer samples than a global batch, and drop_last leaves incomplete batches out"
            if drop_last
            else "an epoch has fewer samples than there are ranks",
            got=samples,
            allowed=f"{least} or more (batch_size {batch_size}, world {world})",
            hint="Take fewer ranks, or a smaller batch size." if drop_last else "Take fewer ranks.",
        )
    if 0 < rest < world and not drop_last:
        raise UsageError(
            "fewer samples are left of the epoch than there are ranks",
            got=rest,
            allowed=f"{world} or more, one for each rank",
            hint=f"Finish the epoch on {rest} ranks or fewer; or go on with the next epoch (position 0 of epoch + 1).",
        )
    return Cuts(samples, begin, batch_size, world, drop_last)
