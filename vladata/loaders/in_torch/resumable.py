"""resumable: a DataLoader whose state counts the batches that the loop got, whatever was fetched ahead of it."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from vladata.errors import LoadError, UsageError
from vladata.loaders.ordering.cursor import Cursor


class Stateful(Protocol):
    """A GlobalSampler or a LoaderDataset."""

    def after(self, batches: int) -> Cursor:
        """Return where the run stands when the loop has had that many batches of the iteration that began last."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state: Mapping[str, Any]) -> None: ...


class Resumable:
    """A DataLoader, torch's or one that accelerate has prepared, with the state of what the loop got.

    An iteration gives what is left of the epoch, the next one the next epoch, as of vladata.load. It is no DataLoader, so
    accelerate's `prepare` hands it back as it is; batches stay on the CPU, unless what it wraps was prepared before.
    """

    def __init__(self, loader: Any) -> None:
        self.loader = loader
        self._source, self._skipped = _source(loader)
        self._cursor: Cursor | None = None  # after the last batch; None before the first
        self._begun = self._left = False  # _left: in the middle of a loop

    @property
    def dataset(self) -> Any:
        """The dataset of the loader."""
        return self.loader.dataset

    @property
    def sampler(self) -> Any:
        """Raises UsageError: who asks is accelerate's skip_first_batches, which would skip what a state has skipped already."""
        raise UsageError(
            "a resumable loader skips no batches: its state says where to go on",
            hint="Load the state, and skip nothing; for the Trainer of Hugging Face ignore_data_skip=True.",
        )

    def __len__(self) -> int:
        """How many batches a whole epoch has."""
        return len(self.loader)

    def __iter__(self) -> Iterator[Any]:
        if self._left:
            self._source.load_state_dict(self.state_dict())
        if self._begun and self._skipped:
            raise UsageError(
                "a loader that skips batches would skip them in every epoch",
                hint="Take the loader itself, without skip_first_batches, for the epochs that follow.",
            )
        self._begun, given = True, self._skipped
        for batch in self._batches():
            given += 1
            self._cursor = self._source.after(given)
            self._left = (
                self._cursor.position > 0
            )  # with its last batch an epoch is over, and the next one begins
            yield batch

    def _batches(self) -> Iterator[Any]:
        """The batches of the loader. Raises LoadError where a worker process has died with a batch that it had ready: torch then
        cannot take it over, and shows the lost connection alone."""
        try:
            yield from self.loader
        except (ConnectionError, EOFError) as fault:
            raise LoadError(
                "a worker process of the DataLoader is gone, and a batch with it",
                got=f"{type(fault).__name__}: {fault}",
                hint="It was killed, mostly for want of memory. state_dict() says where to go on.",
            ) from fault

    def state_dict(self) -> dict[str, Any]:
        """Return where the loop stands, as JSON, the same on all ranks: a state of vladata.load."""
        return self._source.state_dict() if self._cursor is None else self._cursor.to_json()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Let the next iteration go on where `state` stands. Raises UsageError where it is none, or of another run."""
        self._source.load_state_dict(state)
        self._cursor, self._left = None, False


def resumable(loader: Any) -> Resumable:
    """Return the loader with a state of what the loop got. Raises UsageError for one without our sampler or LoaderDataset."""
    return Resumable(loader)


def _source(loader: Any) -> tuple[Stateful, int]:
    """What deals the batches of a loader, and how many of them accelerate skips."""
    dataset: Any = getattr(loader, "dataset", None)
    skipped = getattr(loader, "skip_batches", 0)
    if _is_ours(dataset):
        return dataset, skipped
    sampler: Any = getattr(loader, "batch_sampler", None)
    while sampler is not None and not _is_ours(sampler):
        skipped += getattr(sampler, "skip_batches", 0)
        sampler = getattr(sampler, "batch_sampler", None)
    if sampler is None:
        raise UsageError(
            "there is nothing to resume in this loader",
            got=type(loader).__name__,
            allowed="a DataLoader with batch_sampler=GlobalSampler(...), or of a LoaderDataset",
        )
    return sampler, skipped


def _is_ours(candidate: Any) -> bool:
    return all(hasattr(candidate, name) for name in ("after", "state_dict", "load_state_dict"))
