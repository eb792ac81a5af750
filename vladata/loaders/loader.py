"""Loader: the batches of one rank, with a place in the global order that can be kept and gone on from.

THE PLACE is that of the last batch that the loop was given; what is made ahead of it does not count. So a state is right whenever
it is asked for: in the loop, between loops, after an error. A loop begins where the last one stopped: it gives the rest of the
epoch, and the next loop the next epoch. After the last batch of an epoch and before the end of the loop the place is the end of
that epoch, whose rest is no batch: who resumes there has an empty loop first, as a count of epochs expects.

There is one place and so one loop at a time: a new one ends the one before, which says so where it is advanced again.
"""

import threading
import weakref
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vladata.errors import UsageError
from vladata.loaders.batch import BatchJob, Made, Making
from vladata.loaders.checks import whole_number
from vladata.loaders.order import LoadOrder
from vladata.loaders.ordering.cursor import Cursor
from vladata.loaders.ordering.cuts import Cuts, cuts
from vladata.loaders.pictures.image_contract import only_half
from vladata.loaders.pool import InOrder


@dataclass(frozen=True, slots=True)
class Share:
    """Which batches are this rank's, and how they are made ahead.

    workers: threads, 0 for none.   ahead: batches that are made or under way beside the one that the loop has.
    """

    batch_size: int
    rank: int
    world: int
    drop_last: bool
    endless: bool
    workers: int
    ahead: int


class Loader:
    """Batches for a training loop: what `vladata.load` gives.

    `for batch in loader` gives the rest of the epoch, the next `for` the next epoch; an endless loader goes on over epochs.
    skipped: reason -> faulty samples that were left out of the batches that the loop was given, since this loader was made.
    """

    def __init__(self, making: Making, share: Share, start: Cursor) -> None:
        self._making, self._share, self._cursor = making, share, start
        self._loop: weakref.ref[_Loop] | None = None
        self.skipped: Counter[str] = Counter()
        for cursor in (start, start.at(start.epoch, 0)):
            self._cuts(cursor)  # raises where not every rank has a batch

    def __iter__(self) -> Iterator[Any]:
        self._end_loop()
        loop = _Loop(self)
        self._loop = weakref.ref(loop)
        return loop

    def __len__(self) -> int:
        """How many batches a whole epoch has for this rank, at every rank the same. TypeError of an endless loader."""
        if self._share.endless:
            raise TypeError("an endless loader has no length")
        return len(self._cuts(self._cursor.at(self._cursor.epoch, 0)))

    @property
    def making(self) -> Making:
        """What all batches are made by."""
        return self._making

    @property
    def image_contract(self) -> Mapping[str, Any]:
        """The image half of the contract: what is stored, and what loading makes of it (pictures/image_contract.py).

        UsageError where sources of a mixture differ in it, where nothing has an action contract, or no pictures are loaded."""
        return only_half(self._making.shown)

    @property
    def share(self) -> Share:
        """Which batches are this rank's."""
        return self._share

    @property
    def cursor(self) -> Cursor:
        """Where the loader stands."""
        return self._cursor

    @property
    def epoch(self) -> int:
        """The epoch that the next batch is of, from 0; after the last batch of a loop that is not over yet, its epoch."""
        return self._cursor.epoch

    @property
    def image_contracts(self) -> Mapping[str, Mapping[str, Any]]:
        """Digest of each stored action contract -> the image half of what is loaded of its samples."""
        return self._making.shown

    def state_dict(self) -> dict[str, Any]:
        """Return where the loader stands, as JSON: numbers and texts. It is the same on every rank."""
        return self._cursor.to_json()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where a state says, of this run or of one with other ranks, batch sizes and threads.

        Raises UsageError, which says what differs, where it is of another dataset, seed or order."""
        cursor = resumed(self._making.order, self._share, state)
        self._cuts(cursor)
        self._move(cursor)

    def set_epoch(self, epoch: int) -> None:
        """Let the next loop give this epoch: from its start, or where it is this one already, from where the loader stands."""
        whole_number("epoch", epoch, least=0)
        if epoch != self._cursor.epoch:
            self._move(self._cursor.at(epoch, 0))

    def close(self) -> None:
        """End the loop that is under way, and its threads. The loader can be used again."""
        self._end_loop()

    def _move(self, cursor: Cursor) -> None:
        self._end_loop()
        self._cursor = cursor

    def _end_loop(self) -> None:
        loop = self._loop() if self._loop else None
        self._loop = None
        if loop is not None:
            loop.close()

    def _jobs(self) -> Iterator[BatchJob]:
        """The batches from here to the end of the epoch, or for ever."""
        rank, cursor = self._share.rank, self._cursor
        while True:
            parts = self._cuts(cursor)
            for k in range(len(parts)):
                after = cursor.at(cursor.epoch, parts.bounds(k)[1])
                yield BatchJob(self._making, cursor, *parts.part(k, rank), after)
            if not self._share.endless:
                return
            cursor = cursor.at(cursor.epoch + 1, 0)

    def _cuts(self, cursor: Cursor) -> Cuts:
        """How the rest of an epoch is cut into batches. Raises UsageError where a rank would have none."""
        share = self._share
        samples = self._making.order.samples
        return cuts(samples, cursor.position, share.batch_size, share.world, share.drop_last)


def resumed(order: LoadOrder, share: Share, state: Mapping[str, Any]) -> Cursor:
    """Return the place that a state says. Raises UsageError where it is none, or one of another run."""
    return order.resumed(Cursor.from_json(state), share.batch_size * share.world)


class _Loop(Iterator[Any]):
    """One loop over a loader."""

    def __init__(self, loader: Loader) -> None:
        share = loader._share
        self._loader, self._turn, self._over = loader, threading.Lock(), False
        self._results: InOrder[Made] = InOrder(loader._jobs(), share.workers, share.ahead)

    def __next__(self) -> Any:
        loader = self._loader
        with self._turn:  # of threads that share a loop each gets other batches
            if self._over:
                raise StopIteration
            if loader._loop is None or loader._loop() is not self:
                raise UsageError(
                    "this loop is over: another one over the same loader has begun, or its place was set",
                    hint="A loader has one place. Make another loader for a second loop at the same time.",
                )
            try:
                made = next(self._results)
            except StopIteration:
                self._over = True
                loader._cursor = loader._cursor.at(loader._cursor.epoch + 1, 0)
                raise
            except BaseException:
                self._over = True
                raise
            loader.skipped += made.skipped
            loader._cursor = made.after
            return made.batch

    def close(self) -> None:
        """End the threads; the loader stays where it is."""
        self._results.close()
