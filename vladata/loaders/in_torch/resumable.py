"""A DataLoader whose state counts the batches that the loop got, whatever was fetched ahead of the loop."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from vladata.errors import LoadError, UsageError
from vladata.loaders.ordering.cursor import Cursor


class Stateful(Protocol):
    """A GlobalSampler or a LoaderDataset."""

    def after(self, batches: int) -> Cursor:
        """Return the run's place after the loop has had `batches` batches of the latest iteration."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state: Mapping[str, Any]) -> None: ...


class Resumable:
    """A wrapper of a DataLoader, torch's or one that accelerate has prepared, whose state counts the batches that the loop got.

    An iteration yields the rest of the epoch, and the next iteration the next epoch, as with vladata.load. The wrapper is not a
    DataLoader, so accelerate's `prepare` returns it unchanged; batches stay on the CPU, unless the wrapped loader was prepared
    before.
    """

    def __init__(self, loader: Any) -> None:
        self.loader = loader
        self._source, self._skipped = _source(loader)
        self._cursor: Cursor | None = None  # after the last batch; None before the first
        self._begun = self._left = False  # _left: the loop was left in the middle

    @property
    def dataset(self) -> Any:
        """The dataset of the loader."""
        return self.loader.dataset

    @property
    def sampler(self) -> Any:
        """Not a sampler: raises UsageError, since accelerate's skip_first_batches uses it to skip batches a second time."""
        raise UsageError(
            "a resumable loader cannot skip batches: its state says where to go on",
            hint="Load the state and skip no batches; with the Trainer of Hugging Face set ignore_data_skip=True.",
        )

    def __len__(self) -> int:
        """Return the number of batches of a whole epoch."""
        return len(self.loader)

    def __iter__(self) -> Iterator[Any]:
        if self._left:
            self._source.load_state_dict(self.state_dict())
        if self._begun and self._skipped:
            raise UsageError(
                "a loader that skips batches would skip them in every epoch",
                hint="Use the loader itself, without skip_first_batches, for the following epochs.",
            )
        self._begun, given = True, self._skipped
        for batch in self._batches():
            given += 1
            self._cursor = self._source.after(given)
            self._left = self._cursor.position > 0  # the last batch ends an epoch, and the next one begins
            yield batch

    def _batches(self) -> Iterator[Any]:
        """Yield the batches of the loader. Raises LoadError if a worker process died with a finished batch: torch then cannot get
        the batch, and reports only the lost connection."""
        try:
            yield from self.loader
        except (ConnectionError, EOFError) as fault:
            raise LoadError(
                "a worker process of the DataLoader has died, and a batch is lost with it",
                got=f"{type(fault).__name__}: {fault}",
                hint="Workers are mostly killed because memory is short. state_dict() says where to go on.",
            ) from fault

    def state_dict(self) -> dict[str, Any]:
        """Return the loop's place, as JSON data: a state of vladata.load, the same on all ranks."""
        return self._source.state_dict() if self._cursor is None else self._cursor.to_json()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue in the next iteration from the place of `state`. Raises UsageError for other data, or another run's state."""
        self._source.load_state_dict(state)
        self._cursor, self._left = None, False


def resumable(loader: Any) -> Resumable:
    """Return the loader with a state that counts the loop's batches. Raises UsageError unless it uses a GlobalSampler or a
    LoaderDataset."""
    return Resumable(loader)


def _source(loader: Any) -> tuple[Stateful, int]:
    """Return the sampler or dataset behind a loader's batches, and the number of batches that accelerate skips."""
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
            "this loader cannot be resumed",
            got=type(loader).__name__,
            allowed="a DataLoader with batch_sampler=GlobalSampler(...), or of a LoaderDataset",
        )
    return sampler, skipped


def _is_ours(candidate: Any) -> bool:
    return all(hasattr(candidate, name) for name in ("after", "state_dict", "load_state_dict"))
