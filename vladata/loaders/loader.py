"""The batches of one rank, with a place in the global order that can be saved and resumed.

THE PLACE is after the last batch that the loop was given; batches that were made ahead do not count. So a state is right at any
time: in the loop, between loops, after an error. A loop begins where the last one stopped: it yields the rest of the epoch, and
the next loop the next epoch. After the last batch of an epoch and before the end of the loop, the place is the end of that epoch,
with no batch left: a run that resumes there has an empty loop first, as code that counts epochs expects.

A loader has one place, and so one loop at a time: a new loop ends the earlier one, which raises an error if it is advanced again.
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
    """The part of this rank in all batches, and the number of batches that are made ahead.

    workers: threads, 0 for none.   ahead: batches that are finished or being made, besides the one that the loop has.
    """

    batch_size: int
    rank: int
    world: int
    drop_last: bool
    endless: bool
    workers: int
    ahead: int


class Loader:
    """Batches for a training loop, from `vladata.load`.

    `for batch in loader` yields the rest of the epoch, and the next `for` the next epoch; the loop of an endless loader continues
    with the next epoch.
    skipped: reason -> number of faulty samples left out of the batches that the loop was given, since this loader was made.
    """

    def __init__(self, making: Making, share: Share, start: Cursor) -> None:
        self._making, self._share, self._cursor = making, share, start
        self._loop: weakref.ref[_Loop] | None = None
        self.skipped: Counter[str] = Counter()
        for cursor in (start, start.at(start.epoch, 0)):
            self._cuts(cursor)  # raises if a rank would have no batch

    def __iter__(self) -> Iterator[Any]:
        self._end_loop()
        loop = _Loop(self)
        self._loop = weakref.ref(loop)
        return loop

    def __len__(self) -> int:
        """Return the number of batches of a whole epoch, the same for every rank. Raises TypeError for an endless loader."""
        if self._share.endless:
            raise TypeError("an endless loader has no length")
        return len(self._cuts(self._cursor.at(self._cursor.epoch, 0)))

    @property
    def making(self) -> Making:
        """The settings by which all batches are made."""
        return self._making

    @property
    def image_contract(self) -> Mapping[str, Any]:
        """The image half of the contract: the stored pictures, and the changes by loading (pictures/image_contract.py).

        Raises UsageError if sources of a mixture have different halves, or there is no action contract, or no picture."""
        return only_half(self._making.shown)

    @property
    def share(self) -> Share:
        """The part of all batches that this rank gets."""
        return self._share

    @property
    def cursor(self) -> Cursor:
        """The loader's place in the order."""
        return self._cursor

    @property
    def epoch(self) -> int:
        """The epoch of the next batch, from 0; after the last batch of a loop that is not over yet, the epoch of that loop."""
        return self._cursor.epoch

    @property
    def image_contracts(self) -> Mapping[str, Mapping[str, Any]]:
        """Digest of each stored action contract -> the image half of the contract of its samples after loading."""
        return self._making.shown

    def state_dict(self) -> dict[str, Any]:
        """Return the loader's place, as JSON data: numbers and texts. It is the same on every rank."""
        return self._cursor.to_json()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from the place of a state, of this run or of a run with other ranks, batch sizes and threads.

        Raises UsageError, which names the difference, if the state has another dataset, seed or order."""
        cursor = resumed(self._making.order, self._share, state)
        self._cuts(cursor)
        self._move(cursor)

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch of the next loop, which begins at its start, or at the loader's place if that is in this epoch."""
        whole_number("epoch", epoch, least=0)
        if epoch != self._cursor.epoch:
            self._move(self._cursor.at(epoch, 0))

    def close(self) -> None:
        """End the running loop and its threads. The loader can be used again."""
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
        """Yield the batches from here to the end of the epoch, or for ever."""
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
        """Return the batches into which the rest of an epoch is cut. Raises UsageError if a rank would have none."""
        share = self._share
        samples = self._making.order.samples
        return cuts(samples, cursor.position, share.batch_size, share.world, share.drop_last)


def resumed(order: LoadOrder, share: Share, state: Mapping[str, Any]) -> Cursor:
    """Return the place of a state. Raises UsageError for other data, or a state of another run."""
    return order.resumed(Cursor.from_json(state), share.batch_size * share.world)


class _Loop(Iterator[Any]):
    """One loop over a loader."""

    def __init__(self, loader: Loader) -> None:
        share = loader._share
        self._loader, self._turn, self._over = loader, threading.Lock(), False
        self._results: InOrder[Made] = InOrder(loader._jobs(), share.workers, share.ahead)

    def __next__(self) -> Any:
        loader = self._loader
        with self._turn:  # threads that share a loop get different batches
            if self._over:
                raise StopIteration
            if loader._loop is None or loader._loop() is not self:
                raise UsageError(
                    "this loop has ended: another loop over the same loader has begun, or the loader's place was set",
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
        """End the threads; the loader keeps its place."""
        self._results.close()
