"""One batch: consecutive positions of the order, read, decoded into one array, and handed to the collator.

A batch has the columns of `Samples.read_batch` (vladata/shards/reading/columns.py) without the encoded images. It also has these
columns, the first two only where there are cameras:

    images      uint8 (float32 where normalised) [B, K, C, h, w, 3], RGB: frames, the sample's own step first, and cameras
    image_mask  bool [B, K, C], True where the picture is there; a missing picture is black
    position    int64 [B], the place in the global order of the epoch
    epoch       int, from 0

RANDOMNESS. Random choices for a sample depend on the seed, the epoch and its key only, so a picture is the same whatever rank,
batch or thread makes it, and after any resume. The seed of a sample is keys.seed_of(seed, "augment", epoch, key).

FAULTS. A sample that cannot be read, rendered or decoded gives a LoadError that names its dataset, shard and key. The error is
raised; or, if faults are skipped, the sample is left out and counted by its reason. No other sample takes its place: the
remaining samples keep their positions, and all ranks have the same number of batches. A batch whose samples are all faulty has
no samples.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from vladata.errors import BadImage, LoadError, UnfitRecord
from vladata.keys import seed_of
from vladata.loaders.order import LoadOrder
from vladata.loaders.ordering.cursor import Cursor
from vladata.loaders.ordering.store import Store
from vladata.loaders.pictures.following import Following
from vladata.loaders.pictures.picturing import Picturing
from vladata.loaders.pool import Part
from vladata.loaders.rooms import Rooms
from vladata.shards.reading.columns import taken

if TYPE_CHECKING:  # it imports a lot that a loader without another recipe does not need
    from vladata.loaders.rendering.rerender import Rerender

AT_ONCE = 32  # samples that a thread decodes in one part; a larger batch is divided among threads
UNREADABLE = "unreadable"  # the reason of a fault that has no reason: the file is gone, or the disk fails

Batch = dict[str, Any]


@dataclass(frozen=True)
class Making:
    """The settings by which a loader makes all its batches.

    pictures:  decodes the pictures; None if there are no cameras.   wanted: columns that are read; None for all.
    rerender:  renders samples by another recipe than the stored one; None if they stay as they are stored.
    following: corrects the texts that name places on pictures, where loading moves the pictures; else None.
    rooms:     memory for pixels, large enough for the largest batch.
    seed:      seed of the random changes of pictures.   skip: True if faulty samples are left out.
    shown:     digest of a stored action contract -> the image half of the contract of its samples after loading.
    """

    store: Store
    order: LoadOrder
    pictures: Picturing | None
    wanted: Sequence[str] | None
    collate: Callable[[Batch], Any] | None
    skip: bool
    rerender: "Rerender | None" = None
    following: Following | None = None
    rooms: Rooms = field(default_factory=lambda: Rooms(0, 0))
    seed: int = 0
    shown: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Made:
    """A batch, or the collator's result.

    after:   the loader's place once the loop has the batch.   skipped: reason -> number of samples that were left out.
    """

    batch: Any
    after: Cursor
    skipped: Counter[str]


@dataclass
class BatchJob:
    """The batch of positions start..stop of the cursor's epoch. after: the loader's place when the loop has it."""

    making: Making
    cursor: Cursor
    start: int
    stop: int
    after: Cursor
    _faults: dict[int, LoadError] = field(default_factory=dict)  # by their place among the decoded samples

    def begin(self) -> Sequence[Part]:
        """Read the samples, and return the parts in which their pictures are decoded."""
        making, pictures = self.making, self.making.pictures
        self._places = making.order.places(self.cursor, self.start, self.stop)
        self._here = np.arange(len(self._places))  # the place of each sample that is left
        self._left_out: list[LoadError] = []
        faults: list[tuple[int, LoadError]] | None = [] if making.skip else None
        self._batch = making.store.read_batch(self._places, making.wanted, faults)
        self._leave_out(faults)
        if making.rerender is not None:
            faults = [] if making.skip else None
            self._batch = making.rerender.columns(self._batch, self.cursor.epoch, faults)
            self._leave_out(faults)
        self._encoded = self._batch.pop("images", ())
        if pictures is None:
            return ()
        count = len(self._encoded)
        self._batch["images"] = making.rooms.take((count, *pictures.shape), pictures.dtype)
        self._batch["image_mask"] = np.zeros((count, *pictures.shape[:2]), bool)
        edges = np.linspace(0, count, parts_of(count) + 1).astype(int).tolist()
        return [partial(self._decode, first, stop) for first, stop in itertools.pairwise(edges)]

    def _leave_out(self, faults: Sequence[tuple[int, LoadError]] | None) -> None:
        """Record the samples that were left out of the columns. faults: their errors, by places among the samples before."""
        if faults:
            self._left_out += (fault for _, fault in faults)
            self._here = np.delete(self._here, [n for n, _ in faults])

    def _decode(self, first: int, stop: int) -> None:
        """Decode the pictures of samples first..stop, each into its place, and correct texts that name places on pictures that
        were cropped or resized."""
        making, batch, encoded = self.making, self._batch, self._encoded
        pictures, following = making.pictures, making.following
        assert pictures is not None
        images, shown, seed = batch["images"], batch["image_mask"], 0
        for n in range(first, stop):
            try:
                if pictures.augment is not None:
                    seed = seed_of(making.seed, "augment", self.cursor.epoch, batch["key"][n])
                named = following.places(batch, n) if following is not None else None
                moved = pictures.into(encoded[n], images[n], shown[n], seed, named)
                if following is not None and named is not None and moved is not None:
                    following.write(batch, n, named, moved)
            except (BadImage, UnfitRecord) as fault:
                self._unfit(n, fault)

    def _unfit(self, n: int, fault: BadImage | UnfitRecord) -> None:
        place = self._here[n]
        source = self.making.store.sources[self._places.source[place]]
        where = f"{source.where(int(self._places.row[place]))}, {self._batch['key'][n]}"
        what = f"{fault.where} of the sample cannot be loaded: {fault.what}"
        error = LoadError(what, where=where, hint=fault.hint)
        error.got, error.allowed, error.__cause__ = fault.got, fault.allowed, fault
        if not self.making.skip:
            raise error
        self._faults[n] = error

    def end(self) -> Made:
        """Return the batch without faulty samples, or the collator's result for it."""
        making, batch, here = self.making, self._batch, self._here
        if self._faults:
            left = [n for n in range(len(here)) if n not in self._faults]
            here, batch = here[left], taken(batch, left)
        batch["position"] = self.start + here
        batch["epoch"] = self.cursor.epoch
        skipped = Counter(map(reason_of, [*self._left_out, *self._faults.values()]))
        return Made(batch if making.collate is None else making.collate(batch), self.after, skipped)


def parts_of(samples: int) -> int:
    """Return the number of parts in which a batch of `samples` samples is decoded."""
    return max(1, round(samples / AT_ONCE))


def reason_of(fault: BaseException | None) -> str:
    """Return the reason of the error, or of its cause, in the words of rejected.jsonl: "bad_image", "truncated_file", ..."""
    while fault is not None:
        if isinstance(found := getattr(fault, "reason", None), str):
            return found
        fault = fault.__cause__
    return UNREADABLE
