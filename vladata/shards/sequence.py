"""A sequence of samples by position, sliced and selected without a copy: the result of vladata.open, of any kind.

A slice or a selection is a sequence of the same output with fewer samples, or another order. It can be pickled at any moment, for
workers of a data loader: open files are not pickled, and are opened again by the process that reads. Many threads may read it at
once, and so may processes that were forked meanwhile.
"""

import operator
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Self, overload

import numpy as np

from vladata import notebook
from vladata.actions.contract import codec_from_contract
from vladata.actions.protocol import Codec
from vladata.actions.statistics import Statistics
from vladata.errors import LoadError, UnknownName, UsageError, VladataError
from vladata.language.target import Target, targets_of
from vladata.records import Sample
from vladata.shards.manifest import Manifest
from vladata.shards.reading.columns import Columns, Shapes, shapes_of
from vladata.shards.reading.reader import Faults
from vladata.shards.storage import Output

Positions = range | np.ndarray
SHOWN = 3  # samples whose pictures and texts a notebook shows


class Samples(ABC):
    """The samples of an output, or some of them, by position, and facts about the samples from the manifest."""

    def __init__(self, output: Output, manifest: Manifest, positions: Positions) -> None:
        """Make a sequence. positions: the position of each of its samples in the whole output."""
        self._output, self.manifest, self._positions = output, manifest, positions
        self._shapes: Shapes | None = None

    @abstractmethod
    def _samples_at(self, positions: np.ndarray) -> tuple[list[Sample], Faults]:
        """Return the samples at positions of the whole output, int64 [B], in their order, without faulty ones, and the faults."""

    @abstractmethod
    def _columns_at(self, positions: np.ndarray, wanted: Sequence[str]) -> tuple[Columns, Faults]:
        """Return the wanted columns of the samples at positions of the whole output, without faulty samples, and the faults."""

    @abstractmethod
    def _where_at(self, position: int) -> str:
        """Return the dataset and shard of the sample at a position of the whole output."""

    @abstractmethod
    def _at(self, positions: Positions) -> Self:
        """Return the samples at these positions of the whole output."""

    def __repr__(self) -> str:
        manifest, name = self.manifest, type(self).__name__
        part = "" if len(self) == manifest.samples else f"{len(self):,} of its samples; "
        cameras = notebook.listed(manifest.cameras) or "none"
        return f"<{name} {notebook.cut(self.url, 200)}: {part}{manifest.told()}; cameras {cameras}>"

    def _repr_html_(self) -> str:
        """Return the sequence as notebooks show it: counts, contracts, and the first samples with pictures and texts."""
        rows = [("samples", notebook.cell(f"{len(self):,}")), ("output", notebook.cell(self.manifest.told()))]
        rows += [(f"contract {digest[:12]}", notebook.cell(each)) for digest, each in self.contracts.items()]
        rows += [(f"sample {i}", self._shown(i)) for i in range(min(SHOWN, len(self)))]
        return notebook.table(f"{type(self).__name__} {self.url}", rows)

    def _shown(self, i: int) -> str:
        """Return the HTML of a sample: pictures, prompt and target; or why it cannot be loaded."""
        try:
            sample = self[i]
        except (VladataError, OSError) as fault:
            return notebook.cell(str(fault))
        pictures = "".join(map(notebook.thumbnail, sample.images.values()))
        return f"{pictures}<br>{notebook.cell(sample.prompt)}<br>{notebook.cell(sample.target)}"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._output, self.manifest, self._positions)

    @property
    def url(self) -> str:
        """The folder or URL of the output."""
        return self._output.url

    @property
    def positions(self) -> Positions:
        """The position of each sample in the whole output."""
        return self._positions

    def __len__(self) -> int:
        return len(self._positions)

    @overload
    def __getitem__(self, i: int) -> Sample: ...

    @overload
    def __getitem__(self, i: slice) -> Self: ...

    def __getitem__(self, i: int | slice) -> "Sample | Self":
        """Return sample i, counted from the end if i is negative, or the sequence of a slice. Raises IndexError."""
        if isinstance(i, slice):
            return self._at(self._positions[i])
        i, count = operator.index(i), len(self)
        if not -count <= i < count:
            raise IndexError(f"sample {i} of {count}")
        found, wrong = self._samples_at(np.array([self._positions[i]], np.int64))
        if wrong:
            raise wrong[0].__cause__ or wrong[0]
        return found[0]

    def read(self, positions: Sequence[int] | np.ndarray) -> list[Sample]:
        """Return the samples at `positions` of this sequence, in that order, read shard by shard. Raises IndexError beyond its
        length, LoadError for a sample that cannot be loaded."""
        found, wrong = self._samples_at(self._at_positions(positions))
        if wrong:
            raise wrong[min(wrong)]
        return found

    def read_batch(
        self,
        positions: Sequence[int] | np.ndarray,
        wanted: Collection[str] | None = None,
        faults: list[tuple[int, LoadError]] | None = None,
    ) -> Columns:
        """Return the samples at `positions` as columns (vladata/shards/reading/columns.py lists them with their shapes).

        wanted: the names of the columns, all for None; other columns cost little.
        faults: a list to which (place among `positions`, LoadError) is added for each sample that cannot be loaded, and is left
                out; without it the LoadError is raised.
        Images are views of the bytes that were read: bytes(image) can be pickled.
        """
        names = self.shapes.wanted(wanted)
        columns, wrong = self._columns_at(self._at_positions(positions), names)
        tell(wrong, faults)
        return columns

    def where(self, i: int) -> str:
        """Return the dataset and the shard of sample i, for errors."""
        return self._where_at(int(self._positions[i]))

    @property
    def shapes(self) -> Shapes:
        """The names and sizes of the columns of `read_batch`."""
        if self._shapes is None:
            self._shapes = shapes_of(self.manifest)
        return self._shapes

    def _at_positions(self, positions: Sequence[int] | np.ndarray) -> np.ndarray:
        """Return the positions in the whole output for positions of this sequence, int64 [B]. Raises IndexError."""
        count, given = len(self), np.asarray(positions)
        if given.ndim != 1 or (len(given) and not np.issubdtype(given.dtype, np.integer)):
            raise TypeError(
                f"positions must be a list of whole numbers, got {type(positions).__name__} of {given.dtype}"
            )
        given = given.astype(np.int64)
        beyond = given[(given < -count) | (given >= count)]
        if len(beyond):
            raise IndexError(f"sample {beyond[0]} of {count}")
        return self.absolute(np.where(given < 0, given + count, given))

    def absolute(self, rows: np.ndarray) -> np.ndarray:
        """Return the positions in the whole output, int64 [n], of samples 0 <= i < len of this sequence, int64 [n]."""
        here = self._positions
        return here.start + here.step * rows if isinstance(here, range) else np.asarray(here[rows])

    def __iter__(self) -> Iterator[Sample]:
        return (self[i] for i in range(len(self)))

    def select(self, positions: Iterable[int]) -> Self:
        """Return the samples at `positions` of this sequence, in that order; one may come twice. Raises IndexError beyond the
        end."""
        if not isinstance(positions, np.ndarray):
            positions = np.fromiter((operator.index(position) for position in positions), np.int64)
        return self._at(self._at_positions(positions))

    @property
    def contracts(self) -> Mapping[str, Mapping[str, Any]]:
        """The action contracts by their digest, to which a sample's `contract` refers: one for a robot dataset, several for a
        mixture, none for a web corpus."""
        return self.manifest.contracts

    @property
    def contract(self) -> Mapping[str, Any]:
        """The action contract: the meaning of the numbers of a target. Raises UsageError unless there is exactly one contract."""
        return _only(self.contracts, "contract", self.url)

    @property
    def codec(self) -> Codec:
        """The codec that reads and writes the actions of targets, from the contract. Raises UsageError unless there is exactly
        one contract."""
        return codec_from_contract(self.contract)

    def task(self, name: str) -> Target:
        """Return the reader of the targets of a task: `dataset.task("action").parse(sample.target)["action"].text`.

        Raises UnknownName if no recipe of the dataset has the task, UsageError if recipes of a mixture word it differently.
        """
        worded = [words for each in self.manifest.part.contracted.values() for words in each.prompts]
        known = targets_of(worded)
        if name not in known:
            raise UnknownName("task", name, list(known), self.url)
        if len(found := known[name]) > 1:
            raise UsageError(
                "the recipes of the mixture word this task differently",
                where=f"{self.url}, task {name}",
                got=", ".join(target.template for target in found),
                hint="Open the source whose samples these are.",
            )
        return found[0]

    @property
    def statistics(self) -> dict[str, Statistics]:
        """Exact statistics of "action" and "state", over the written steps. Raises UsageError unless there is exactly one
        contract."""
        found = _only(self.manifest.statistics, "statistics", self.url)
        return {name: Statistics.from_json(value) for name, value in found.items()}


def tell(wrong: Faults, faults: list[tuple[int, LoadError]] | None) -> None:
    """Add errors of samples to `faults`, in the order of the places; if `faults` is None, raise the first error."""
    told = sorted(wrong.items(), key=lambda fault: fault[0])
    if told and faults is None:
        raise told[0][1]
    if faults is not None:
        faults += told


def _only(by_contract: Mapping[str, Mapping[str, Any]], what: str, where: str) -> Mapping[str, Any]:
    if len(by_contract) != 1:
        raise UsageError(
            f"the dataset has no {what}: none of its samples has actions"
            if not by_contract
            else f"the dataset has {len(by_contract)} action contracts, each with its own {what}",
            where=where,
            hint=".contracts has all of them; a sample names its own.",
        )
    return next(iter(by_contract.values()))
