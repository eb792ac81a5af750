"""One batch: consecutive positions of the order, read, decoded into one array, and handed to the collator.

A batch is what `Samples.read_batch` gives (vladata/shards/reading/columns.py), but for the encoded images. In their place, where
there are cameras, and beside it:

    images      uint8 (float32 where normalised) [B, K, C, h, w, 3], RGB: frames, the sample's own step first, and cameras
    image_mask  bool [B, K, C], whether the picture is there; one that is not is black
    position    int64 [B], the place in the global order of the epoch
    epoch       int, from 0

AT RANDOM. What is drawn for a sample is a function of the seed, the epoch and its key, so a picture is the same whatever rank,
batch or thread makes it, and after any resume. The seed of a sample: keys.seed_of(seed, "augment", epoch, key).

FAULTS. A sample that cannot be read, rendered or decoded is a LoadError that names its dataset, shard and key. It is raised; or,
where faults are skipped, the sample is left out and counted by its reason. No other sample takes its place: those that are left
have the positions that they would have had, and every rank has as many batches as the others. A batch whose samples are all
faulty is a batch of none.
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

if TYPE_CHECKING:  # needs much that nobody needs who renders nothing again
    from vladata.loaders.rendering.rerender import Rerender

AT_ONCE = 32  # samples that a thread decodes in one go; a batch of more is shared between threads
UNREADABLE = (
    "unreadable"  # the reason of a fault that has none of its own: the file is gone, or the disk fails
)

Batch = dict[str, Any]


@dataclass(frozen=True)
class Making:
    """What all batches of a loader are made by.

    pictures:  None where there are no cameras.   wanted: columns that are read, None: all.
    rerender:  by another recipe than the stored one; None: as they are stored.
    following: of texts that name places on pictures, where loading moves those; else None.
    rooms:     where pixels lie; of a size for the largest batch.
    seed:      of what is drawn at random for pictures.   skip: whether faulty samples are left out.
    shown:     digest of a stored action contract -> the image half of what is loaded of its samples.
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
    """A batch, or what the collator made of it, and what the loader takes down when the loop has it.

    after:   where the loader stands then.   skipped: reason -> samples that were left out.
    """

    batch: Any
    after: Cursor
    skipped: Counter[str]


@dataclass
class BatchJob:
    """The batch of positions start..stop of the cursor's epoch. after: where the loader stands when the loop has it."""

    making: Making
    cursor: Cursor
    start: int
    stop: int
    after: Cursor
    _faults: dict[int, LoadError] = field(
        default_factory=dict
    )  # by their place among those that were decoded

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
        """Take down what was left out of the columns. faults: by their places among those that were left."""
        if faults:
            self._left_out += (fault for _, fault in faults)
            self._here = np.delete(self._here, [n for n, _ in faults])

    def _decode(self, first: int, stop: int) -> None:
        """The pictures of samples first..stop, each into its place; and their texts, where those name what has moved."""
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
        """Return the batch, without the samples that are faulty, as the collator wants it."""
        making, batch, here = self.making, self._batch, self._here
        if self._faults:
            left = [n for n in range(len(here)) if n not in self._faults]
            here, batch = here[left], taken(batch, left)
        batch["position"] = self.start + here
        batch["epoch"] = self.cursor.epoch
        skipped = Counter(map(reason_of, [*self._left_out, *self._faults.values()]))
        return Made(batch if making.collate is None else making.collate(batch), self.after, skipped)


def parts_of(samples: int) -> int:
    """In how many parts a batch of that many is decoded."""
    return max(1, round(samples / AT_ONCE))


def reason_of(fault: BaseException | None) -> str:
    """The reason of the error, or of what caused it, as rejected.jsonl says it: "bad_image", "truncated_file", ..."""
    while fault is not None:
        if isinstance(found := getattr(fault, "reason", None), str):
            return found
        fault = fault.__cause__
    return UNREADABLE
