"""Lists of positions for torch's DataLoader, so that each rank gets its part of the global order.

A position is absolute: epoch * samples + the place in that epoch's order. A position contains its epoch, so a worker process that
is kept for several epochs never repeats an epoch.

EPOCHS. Each iteration yields one epoch, and the next iteration the next epoch. An iteration that was left in the middle counts as
not begun. When the last list is taken, the run is at the start of the next epoch, so no iteration is empty.

STATE is a state of vladata.load. It must count the batches that the loop got, but a DataLoader with workers takes lists ahead of
the loop; there the sampler's state is refused, except for torchdata, which keeps the state of each list until its batch is given.

ACCELERATE. Its `prepare` gives process r every n-th list of a batch sampler. The sampler notices this (callers.py) and yields the
lists of all ranks in turn, so that each process gets the same lists as without `prepare`. Settings that would lose samples are
refused. There is no attribute `batch_size`: with it `prepare` would fill the last lists with samples of the first ones.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from vladata.errors import UsageError
from vladata.loaders.checks import flag, whole_number
from vladata.loaders.in_torch.callers import asked_by, call_origin
from vladata.loaders.in_torch.ranks import Place, distributed, given
from vladata.loaders.order import LoadOrder
from vladata.loaders.ordering.cursor import Cursor
from vladata.loaders.ordering.cuts import Cuts, cuts


class Positions(list[int]):
    """Absolute positions that are read together. cursor: a place of their run, by which a mixture deals its sources."""

    cursor: Cursor | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """The rest of an epoch, from `begin`, divided by `cuts`."""

    begin: Cursor
    cuts: Cuts

    def after(self, batches: int) -> Cursor:
        """Return the run's place after `batches` batches of every rank; after the last batch, the start of the next epoch."""
        if batches >= len(self.cuts):
            return self.begin.at(self.begin.epoch + 1, 0)
        return self.begin.at(self.begin.epoch, self.cuts.bounds(batches)[0])


def course(order: LoadOrder, cursor: Cursor, batch_size: int, world: int, drop_last: bool) -> Course:
    """Return the rest of the cursor's epoch, or the next epoch if nothing is left of it. Raises UsageError."""
    begin = order.resumed(cursor, batch_size * world)
    left = cuts(order.samples, begin.position, batch_size, world, drop_last)
    if len(left):
        return Course(begin, left)
    return Course(begin.at(begin.epoch + 1, 0), cuts(order.samples, 0, batch_size, world, drop_last))


class Ordered(Protocol):
    """A dataset whose samples have a global order."""

    @property
    def order(self) -> LoadOrder: ...

    def sampled_by(self, sampler: "GlobalSampler") -> None: ...


class GlobalSampler:
    """A batch sampler: DataLoader(dataset, batch_sampler=GlobalSampler(dataset, 32)).

    Each list has batch_size positions, at the end of an epoch perhaps fewer; all ranks have the same number of lists (cuts.py).
    course: the course of the latest iteration; None before the first.
    """

    def __init__(
        self,
        dataset: Ordered,
        batch_size: int,
        rank: int | None = None,
        world: int | None = None,
        drop_last: bool = False,
        epoch: int = 0,
        resume: Mapping[str, Any] | None = None,
    ) -> None:
        """Check the arguments. batch_size: positions of a list.   rank, world: None takes them from torch.distributed
        (ranks.py).   epoch: the first epoch.   resume: a state, of any number of ranks and any batch size. Raises
        UsageError."""
        self.order, self.drop_last = dataset.order, flag("drop_last", drop_last)
        self._each, self._place = whole_number("batch_size", batch_size, 1), given(rank, world)
        self._start: Cursor | None = (
            None  # place of the next iteration; None if no state was loaded and no epoch has ended
        )
        self._epoch = whole_number("epoch", epoch, 0)  # of the next iteration, if _start is None
        self._loaded, self._ahead, self._taken = False, False, 0
        self.course: Course | None = None
        dataset.sampled_by(self)
        if resume is not None:
            self.load_state_dict(resume)

    @property
    def sampler(self) -> "GlobalSampler":
        """The sampler itself: accelerate passes set_epoch on to the `sampler` of a batch sampler that it has wrapped."""
        return self

    @property
    def epoch(self) -> int:
        """The epoch of the next iteration."""
        return self._next((self._place or distributed())[1]).begin.epoch

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch of the next iteration: the whole epoch, or the rest of it if a state in its middle was loaded.

        Calls by accelerate are ignored: its count begins at 0 in every process, even after a resume.
        Raises UsageError for an epoch before the epoch of a state that was just loaded.
        """
        if asked_by("accelerate", "__iter__") or whole_number("epoch", epoch, 0) == self.epoch:
            return
        if self._loaded:
            not_behind(epoch, self.epoch)
        if self._start is not None and epoch > self._start.epoch:
            self._start = self._start.at(epoch, 0)
        else:
            self._start, self._epoch = None, epoch

    def __len__(self) -> int:
        """Return the number of lists of a whole epoch."""
        (_, world), dealt = self._found_place()
        return len(cuts(self.order.samples, 0, self._each, world, self.drop_last)) * (world if dealt else 1)

    def __iter__(self) -> Iterator[list[int]]:
        (rank, world), dealt = self._found_place()
        self.course = self._next(world)
        self._taken, self._ahead, self._loaded = 0, call_origin().ahead, False
        return self._lists(self.course, range(world) if dealt else (rank,))

    def _lists(self, course: Course, ranks: Sequence[int]) -> Iterator[list[int]]:
        first = course.begin.epoch * self.order.samples
        for k in range(len(course.cuts)):
            self._taken = k + 1
            for rank in ranks:
                if self._taken == len(course.cuts) and rank == ranks[-1]:
                    self._start = course.after(self._taken)
                start, stop = course.cuts.part(k, rank)
                positions = Positions(range(first + start, first + stop))
                positions.cursor = course.begin
                yield positions

    def state_dict(self) -> dict[str, Any]:
        """Return the run's place after the last list that was taken, as JSON data. Raises UsageError if the loop may not have got
        the batches of all these lists yet."""
        if self._ahead and not asked_by("torchdata"):
            raise not_known("the loader takes lists", "the sampler")
        if self.course is None:
            return self._next(self._found_place()[0][1]).begin.to_json()
        return self.course.after(self._taken).to_json()

    def after(self, batches: int) -> Cursor:
        """Return the run's place after the loop has had `batches` batches of the latest iteration."""
        assert self.course is not None, "a batch was given, so an iteration has begun"
        return self.course.after(batches)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue in the next iteration from the place of `state`. Raises UsageError for other data, or another run's state."""
        cursor = Cursor.from_json(state)
        cursor.fits(self.order.identity)
        self._start, self._loaded, self._ahead, self.course = cursor, True, False, None

    def _next(self, world: int) -> Course:
        """Return the course of the next iteration."""
        start = self.order.begin(self._each * world, self._epoch) if self._start is None else self._start
        return course(self.order, start, self._each, world, self.drop_last)

    def _found_place(self) -> tuple[Place, bool]:
        """Return rank and world, and True if accelerate distributes the lists of all ranks."""
        who = call_origin()
        if who.sent:
            raise _refused(
                "dispatch_batches=True reads in one process, which has one rank's part of the order"
            )
        if who.dealt is None:
            return self._place or distributed(), False
        if who.stateful:
            raise _refused("use_stateful_dataloader=True keeps no epoch where there are several processes")
        if self._place not in (None, who.dealt):
            raise UsageError(
                "accelerate has another rank and world than the sampler was given",
                got=f"rank {self._place[0]} of {self._place[1]}",
                allowed=f"rank {who.dealt[0]} of {who.dealt[1]}",
                hint="Leave rank and world out.",
            )
        return who.dealt, True


def not_behind(epoch: int, loaded: int) -> None:
    """Raise UsageError if set_epoch goes back before the epoch of a state that was just loaded."""
    if epoch < loaded:
        raise UsageError(
            "set_epoch goes back before the epoch of the loaded state, so samples would be read again",
            got=epoch,
            allowed=f"{loaded} or more",
            hint=f"Begin counting epochs at the state's epoch: range({loaded}, ...).",
        )


def not_known(what: str, who: str) -> UsageError:
    """Return the error for an object that does not know how many batches the loop has got.

    what: what is ahead of the loop, "worker processes make batches".   who: the object, "the dataset".
    """
    return UsageError(
        f"{what} ahead of the loop, so {who} does not know which batches the loop has got",
        hint="Wrap the loader, loader = resumable(loader), and keep loader.state_dict(); "
        "or keep the state of torchdata's StatefulDataLoader.",
    )


def _refused(says: str) -> UsageError:
    return UsageError(
        f"accelerate: {says}",
        hint="Leave that option out. resumable(loader) has a state of the batches that the loop got, on any number of processes.",
    )


def refuse_wrappers() -> None:
    """Raise UsageError if accelerate's `prepare` has wrapped a dataset of one rank's batches: it would divide them again."""
    who = call_origin()
    if who.dealt or who.sent:
        raise UsageError(
            "accelerate's prepare would divide the batches of this rank among all ranks again",
            hint="Do not pass the loader to prepare, or pass resumable(loader), which prepare returns unchanged.",
        )
