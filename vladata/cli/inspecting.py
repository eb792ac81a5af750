"""The samples that `vladata inspect` shows, in order: some of the whole output, or of one task, source or episode."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vladata.cli.sheet import COLUMNS, Cell
from vladata.errors import ChecksumMismatch, UsageError, nearest
from vladata.mixtures.mixture import Mixture
from vladata.records import Sample
from vladata.shards.dataset import Dataset
from vladata.shards.parts import MixturePart

Opened = Dataset | Mixture
Positions = range | np.ndarray

SPREAD = 24  # samples of a sheet that are taken from all over an output
MOST = 128  # samples of a sheet
SEARCHED = 1 << 20  # samples of a virtual mixture that are searched; it has no index of its own
OF_MIXTURES = 8  # columns of a mixture's sheet: most mixtures have windows of 64 samples


def positions_of(dataset: Opened, task: str, source: str, episode: str) -> Positions:
    """Return the positions of the samples of a task, source and episode, "" for any: in an episode by step, else as stored.

    Raises UsageError for a task, source or episode that the output does not have.
    """
    asked = [
        (name, wanted)
        for name, wanted in (("source", source), ("task", task), ("episode", episode))
        if wanted
    ]
    if not asked:
        return range(len(dataset))
    if source and not isinstance(dataset.manifest.part, MixturePart):
        raise UsageError("only a mixture has sources", where="--source", got=source)
    found = np.arange(min(len(dataset), SEARCHED) if isinstance(dataset, Mixture) else len(dataset))
    for name, wanted in asked:
        found = _having(dataset, found, name, wanted)
    if not episode:
        return found
    steps = [int(step) for step in _column(dataset, found, "step").to_pylist()]
    return np.asarray(found[np.argsort(steps, kind="stable")])


def spread(positions: Positions, wanted: int) -> list[int]:
    """Return `wanted` of the positions, evenly spaced, or all."""
    if not len(positions):
        return []
    at = np.linspace(0, len(positions) - 1, min(wanted, len(positions))).round().astype(int)
    return [int(positions[i]) for i in np.unique(at).tolist()]


def read(dataset: Opened, positions: Sequence[int]) -> list[Sample]:
    """Return the samples at these positions. Raises ChecksumMismatch if one is damaged."""
    samples = [dataset[i] for i in positions]
    for sample in samples:
        if set(sample.fields) != set(dataset.manifest.fields):
            hint = "vladata verify names every file that is damaged."
            raise ChecksumMismatch("a sample is damaged", where=sample.key, hint=hint)
    return samples


def cells_of(dataset: Opened, positions: Positions, asked: bool, episode: str) -> tuple[list[Cell], int, str]:
    """Return the cells of a sheet, its number of columns, and a description of what it shows.

    asked: True if a task or source was asked for. If not, a sheet of a mixture shows one window, and one of another output
    shows evenly spaced samples.
    """
    part = dataset.manifest.part
    if episode:
        chosen = spread(positions, MOST)
        cells = [Cell(sample, f"step {sample.step}, {sample.task}") for sample in read(dataset, chosen)]
        return cells, OF_MIXTURES, f"{len(chosen)} of {len(positions):,} samples of {episode}, by their steps"
    if not isinstance(part, MixturePart):
        chosen = spread(positions, SPREAD)
        return [Cell(sample) for sample in read(dataset, chosen)], COLUMNS, f"{len(chosen)} samples"
    window = min(part.window, MOST)
    chosen = spread(positions, SPREAD) if asked else list(range(min(window, len(dataset))))
    sources = _column(dataset, np.array(chosen, np.int64), "source").to_pylist()
    samples = read(dataset, chosen)
    cells = [Cell(sample, f"{name}, {sample.task}") for name, sample in zip(sources, samples, strict=True)]
    if asked:
        return cells, COLUMNS, f"{len(chosen)} samples"
    whole = "a window" if window == part.window else f"a window of {part.window:,}"
    return cells, OF_MIXTURES, f"the first {len(chosen)} samples of {whole}, in their order"


def _having(dataset: Opened, positions: np.ndarray, name: str, wanted: str) -> np.ndarray:
    column = _column(dataset, positions, name)
    found = np.asarray(positions[pc.equal(column, wanted).to_numpy(zero_copy_only=False)])
    if not len(found):
        known = [] if name == "episode" else pc.unique(column).to_pylist()
        example = (
            f"Such as {column[0].as_py()}." if name == "episode" and len(column) else nearest(wanted, known)
        )
        raise UsageError(f"the output has no such {name}", where=f"--{name}", got=wanted, hint=example)
    return found


def _column(dataset: Opened, positions: np.ndarray, name: str) -> pa.Array:
    """Return a column of the index for some positions, as text or numbers; a virtual mixture has the indexes of its sources."""
    if isinstance(dataset, Dataset):
        return _taken(dataset, positions, name)
    opened = dataset.opened
    source, rows, _ = opened.found(positions)
    if name == "source":
        return pa.array([opened.job.sources[each].name for each in source.tolist()])
    values = np.empty(len(positions), object)
    for number in np.unique(source).tolist():
        here = source == number
        values[here] = _taken(opened.datasets[number], rows[here], name).to_pylist()
    return pa.array(values.tolist())


def _taken(dataset: Dataset, rows: np.ndarray, name: str) -> pa.Array:
    taken = dataset.index[name].take(pa.array(rows)).combine_chunks()
    array = pa.concat_arrays(taken.chunks) if isinstance(taken, pa.ChunkedArray) else taken
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array
