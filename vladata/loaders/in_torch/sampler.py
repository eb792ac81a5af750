"""GlobalSampler: lists of positions for torch's DataLoader, so that each rank gets its part of the global order.

A position is absolute: epoch * samples + the place in that epoch's order. So a worker process that lives on never gives an epoch
again: which epoch it is comes with the position.

EPOCHS. An iteration gives an epoch, the next one the next. One of which not all lists were taken counts as not begun. When the
last list is taken the run stands at the start of the next epoch, so no iteration is empty, and no loop has to ask beyond the end.

STATE is that of vladata.load. It must count the batches that the loop got, and a DataLoader with workers takes lists ahead of
that; there the sampler's state is refused, unless torchdata asks, which keeps the state of each list until its batch is given.

ACCELERATE. Its `prepare` gives process r every n-th list of a batch sampler. The sampler sees that (callers.py), and gives the
lists of all ranks in turn, so that each process has what it has without `prepare`. What would lose samples is refused. There is
no attribute `batch_size`, from which `prepare` would conclude that the last lists are to be filled up with samples of the first.
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
    """Absolute positions that are read together. cursor: the run that they are of, by which a mixture deals its sources."""

    cursor: Cursor | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """The rest of an epoch, from `begin`, as `cuts` deals it."""

    begin: Cursor
    cuts: Cuts

    def after(self, batches: int) -> Cursor:
        """Return where a run stands when every rank has that many batches: with the last one at the start of the next epoch."""
        if batches >= len(self.cuts):
            return self.begin.at(self.begin.epoch + 1, 0)
        return self.begin.at(self.begin.epoch, self.cuts.bounds(batches)[0])


def course(order: LoadOrder, cursor: Cursor, batch_size: int, world: int, drop_last: bool) -> Course:
    """Return the rest of the cursor's epoch, or where nothing is left of it the next one. Raises UsageError."""
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

    Each list has batch_size positions, at the end of an epoch maybe fewer; all ranks have as many lists (cuts.py).
    course: of the iteration that began last; None before the first.
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
        """batch_size: positions of a list.   rank, world: those of torch.distributed where they are not given (ranks.py).
        epoch: the first.   resume: a state, of any number of ranks and any batch size. Raises UsageError."""
        self.order, self.drop_last = dataset.order, flag("drop_last", drop_last)
        self._each, self._place = whole_number("batch_size", batch_size, 1), given(rank, world)
        self._start: Cursor | None = (
            None  # of the next iteration; None where no state was loaded, no epoch ended
        )
        self._epoch = whole_number("epoch", epoch, 0)  # that of the next iteration, where _start is None
        self._loaded, self._ahead, self._taken = False, False, 0
        self.course: Course | None = None
        dataset.sampled_by(self)
        if resume is not None:
            self.load_state_dict(resume)

    @property
    def sampler(self) -> "GlobalSampler":
        """Itself: accelerate hands set_epoch on to the `sampler` of a batch sampler that it has wrapped."""
        return self

    @property
    def epoch(self) -> int:
        """The epoch of the next iteration."""
        return self._next((self._place or distributed())[1]).begin.epoch

    def set_epoch(self, epoch: int) -> None:
        """Let the next iteration be that epoch: from its start, or the rest of it where a state in the middle of it was loaded.

        accelerate calls this with a count that begins at 0 in every process, whatever was resumed; that is not heeded.
        Raises UsageError for an epoch before that of a state which was just loaded.
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
        """How many lists a whole epoch has."""
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
        """Return where the run stands after the last list that was taken, as JSON. Raises UsageError where that is not what the
        loop has got."""
        if self._ahead and not asked_by("torchdata"):
            raise not_known("the loader takes lists", "the sampler")
        if self.course is None:
            return self._next(self._found_place()[0][1]).begin.to_json()
        return self.course.after(self._taken).to_json()

    def after(self, batches: int) -> Cursor:
        """Return where the run stands when the loop has had that many batches of the iteration that began last."""
        assert self.course is not None, "a batch was given, so an iteration has begun"
        return self.course.after(batches)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Let the next iteration go on where `state` stands. Raises UsageError where it is none, or of another run."""
        cursor = Cursor.from_json(state)
        cursor.fits(self.order.identity)
        self._start, self._loaded, self._ahead, self.course = cursor, True, False, None

    def _next(self, world: int) -> Course:
        """The next iteration."""
        start = self.order.begin(self._each * world, self._epoch) if self._start is None else self._start
        return course(self.order, start, self._each, world, self.drop_last)

    def _found_place(self) -> tuple[Place, bool]:
        """Rank and world, and whether accelerate deals the lists of all ranks."""
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
                "accelerate deals the lists to other ranks than the sampler was given",
                got=f"rank {self._place[0]} of {self._place[1]}",
                allowed=f"rank {who.dealt[0]} of {who.dealt[1]}",
                hint="Leave rank and world out.",
            )
        return who.dealt, True


def not_behind(epoch: int, loaded: int) -> None:
    """Raise UsageError where set_epoch goes back behind the epoch of a state that was just loaded."""
    if epoch < loaded:
        raise UsageError(
            "set_epoch goes back behind the state that was loaded, and its samples would be read again",
            got=epoch,
            allowed=f"{loaded} or more",
            hint=f"Count epochs from that of the state: range({loaded}, ...).",
        )


def not_known(what: str, who: str) -> UsageError:
    """The error for a state that is asked of one who does not know what the loop has got."""
    return UsageError(
        f"{what} ahead of the loop, so {who} does not know which batches the loop has got",
        hint="Wrap the loader, loader = resumable(loader), and keep loader.state_dict(); "
        "or keep the state of torchdata's StatefulDataLoader.",
    )


def _refused(says: str) -> UsageError:
    return UsageError(
        f"accelerate: {says}",
        hint="Leave that option out. resumable(loader) has the state of what the loop got, on any number of processes.",
    )


def refuse_wrappers() -> None:
    """Raise UsageError where accelerate's `prepare` has wrapped a dataset that gives a rank's batches, and deals them again."""
    who = call_origin()
    if who.dealt or who.sent:
        raise UsageError(
            "accelerate's prepare would deal the batches of this rank to all ranks once more",
            hint="Leave the loader out of it, or give it as resumable(loader), which prepare hands back as it is.",
        )
