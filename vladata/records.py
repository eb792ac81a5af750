"""The two values that travel through vladata: an Episode that was read, and a Sample to write, whose fields are declared here.

Letters used in shape comments everywhere: T steps of an episode, D action dimensions, S state dimensions, N samples; K frames
that a sample shows, H actions that its target spells.
An episode is a table: named columns of equal length, never a list of step dicts, so that every operation is one numpy
expression over the whole episode. Code must not write into a given value: an operation returns a new Episode.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from vladata import keys, notebook
from vladata.errors import DataError
from vladata.fields import (
    Field,
    FieldGroup,
    FloatRows,
    Floats,
    IntegerField,
    IntegerRows,
    Integers,
    NumberField,
    TextField,
    declared,
)
from vladata.footage import Footage

Column = np.ndarray | Sequence[Any]
"""One field of all T steps: an array with T as its first axis, a list of T bytes-like images or texts (str), or the Footage of a
video (vladata/footage.py), which decodes its T frames on demand."""


@dataclass(frozen=True, slots=True)
class Place:
    """The place of an episode's record in its source.

    file:   name relative to the source's folder, "bridge_dataset-train.tfrecord-00003-of-01024".
    shard:  number of that file within its split, from 0.
    record: number of the record within the file, from 0.
    offset: byte at which the record's frame begins (TFRecord), or `record` again (formats whose records have no such byte).
    length: bytes of the record's payload, which it takes in memory.
    """

    file: str
    shard: int
    record: int
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Dropped:
    """The number of steps that a rule took out of an episode. whole: True if the rule takes whole episodes only."""

    rule: str
    steps: int
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Episode:
    """One episode as a table.

    dataset, split: names as the source has them.
    place:    the place of its record in the source.
    steps:    column name -> column of length T. Raw: RLDS paths without "steps/" ("observation/image_0", "action").
              Standardised: "action" float32 [T, D], "terminate" bool [T], "state" float32 [T, S], "instruction"
              list[str], "plan" likewise where the schema has one, and "images/<camera>" list of T encoded images
              (bytes-like), or, where the data has pixels, uint8 [T, height, width, channels] (a list of T arrays where
              sizes differ); nothing else. Arrays are in C order, except pixels that were turned.
    metadata: episode-level values by their path ("episode_metadata/file_path").
    numbers:  int64 [T], the RLDS step number of each step that is left, strictly rising.
    dropped:  the rules that took steps out, in the order in which they ran.
    """

    dataset: str
    split: str
    place: Place
    steps: Mapping[str, Column]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    numbers: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    dropped: tuple[Dropped, ...] = ()

    def __len__(self) -> int:
        return len(self.numbers)

    def __repr__(self) -> str:
        columns = notebook.listed(f"{name} {notebook.summary(column)}" for name, column in self.steps.items())
        return f"<Episode {self.id} of {notebook.cut(self.dataset)}: {len(self):,} steps; {columns}>"

    def _repr_html_(self) -> str:
        """Return the episode as notebooks show it: its columns, and the pictures of its first, middle and last step."""
        rows = [("source", notebook.cell(self.where)), ("steps", notebook.cell(f"{len(self):,}"))]
        rows += [(name, notebook.cell(value)) for name, value in self.metadata.items()]
        for name, column in self.steps.items():
            shown = notebook.cell(notebook.summary(column))
            if len(self) and notebook.are_pictures(column):
                at = dict.fromkeys((0, len(self) // 2, len(self) - 1))
                shown += "<br>" + " ".join(notebook.frame(column, step) for step in at)
            rows.append((name, shown))
        return notebook.table(f"Episode {self.id} of {self.dataset}", rows)

    @property
    def id(self) -> str:
        return keys.episode_id(self.split, self.place.shard, self.place.record)

    @property
    def where(self) -> str:
        """File, record and byte, for errors."""
        return f"{self.place.file}, record {self.place.record}, byte {self.place.offset:,}"

    def select(self, kept: np.ndarray, rule: str) -> "Episode":
        """Return the steps where `kept` (bool [T]) is True; the others are counted under `rule`. All columns are cut alike."""
        lost = len(self) - int(np.count_nonzero(kept))
        if lost == 0:
            return self
        chosen = np.flatnonzero(kept)
        steps = {
            name: column[chosen]
            if isinstance(column, np.ndarray | Footage)
            else [column[i] for i in chosen.tolist()]
            for name, column in self.steps.items()
        }
        dropped = (*self.dropped, Dropped(rule, lost))
        return replace(self, steps=steps, numbers=self.numbers[chosen], dropped=dropped)


@dataclass(frozen=True, slots=True)
class Sample:
    """One training sample, written as adjacent members of a shard.

    key:    unique in the dataset, holds no dot.
    images: camera -> encoded image (bytes-like, JPEG or PNG); frames before the sample's step are "primary-1", "primary-2", ...
    fields: the content of KEY.json, as it was rendered or read; the properties give each value with one type: sample.prompt.
    fault:  the reason why it cannot be written; None if it can.

    The attributes below are the declaration of the fields, each with its kind (fields.py). A sample of a web corpus has no
    action: there action, bins, state, contract, frames and mask are empty, terminate and valid are 0. Where targets spell chunks,
    action and bins hold n rows, H or fewer: docs/windows.md.
    """

    key: str
    images: Mapping[str, bytes]
    fields: Mapping[str, Any]
    fault: DataError | None = None

    prompt = TextField()
    """The text that the model reads."""
    target = TextField()
    """The text that the model is trained to write."""
    task = TextField()
    """"action"; in a web corpus "caption", "vqa", ..."""
    dataset = TextField()
    """The name of the dataset that the sample comes from."""
    split = TextField()
    """The split of that dataset."""
    episode = TextField()
    """"train-00003-000017": split, file number, record number."""
    step = IntegerField()
    """RLDS step number; in a web corpus the number of the pair in its record."""
    instruction = TextField()
    """The instruction, as rendered; in a web corpus the question."""
    plan = TextField()
    """The plan; "" if the recipe has none."""
    action = Floats(rows_with="mask")
    """float32 [D], the continuous dimensions, standardised, before binning, in the contract's order and units; [n, D] of a
    chunk."""
    terminate = IntegerField()
    """1 on the last step of an episode that ended, else 0; for a chunk 1 if the episode ends with one of its valid actions."""
    bins = Integers(rows_with="mask")
    """int32 [1 + D], what the target spells, terminate first; [n, 1 + D] of a chunk."""
    state = Floats()
    """float32 [S], proprioception, in the schema's order and units; empty if the schema has none."""
    loss_weight = NumberField()
    """The weight of the sample's loss in training, set by its task; 1 by default."""
    contract = TextField()
    """SHA-256 of the action contract."""
    source = FieldGroup(file=TextField(), offset=IntegerField(), length=IntegerField())
    """The record that holds the step: file name, byte of its frame, bytes of its payload."""
    frames = Integers(optional=True)
    """int32 [K], in outputs whose samples show several frames: the RLDS step number of each, the sample's own step first; a
    number that appears twice is a repeated frame."""
    mask = Integers(optional=True)
    """int32 [n], in outputs of chunks: 1 for each row of `action` that is the episode's own, 0 where the last one is repeated."""
    valid = IntegerField(optional=True)
    """The number of rows of `action` that are the episode's own, in outputs of chunks: they come first."""

    def __repr__(self) -> str:
        told = [f"{name} {notebook.summary(self.fields[name])}" for name in _TOLD if name in self.fields]
        images = notebook.listed(f"{name} {notebook.summary(image)}" for name, image in self.images.items())
        fault = f"; fault: {notebook.cut(self.fault.what)}" if self.fault else ""
        return f"<Sample {notebook.cut(self.key)}: {', '.join(told)}; images: {images or 'none'}{fault}>"

    def _repr_html_(self) -> str:
        """Return the sample as notebooks show it: its pictures and all its fields, long ones cut."""
        rows = [(name, notebook.thumbnail(image)) for name, image in self.images.items()]
        rows += [(name, notebook.cell(value)) for name, value in self.fields.items()]
        if self.fault:
            rows.append(("fault", notebook.cell(str(self.fault))))
        return notebook.table(f"Sample {self.key}", rows)

    @property
    def id(self) -> keys.SampleId:
        """The identity of the sample in its dataset."""
        return keys.SampleId(self.episode, self.step, self.task)


_TOLD = ("task", "prompt", "target", "action", "state")
"""The fields that one line about a sample shows."""
FIELDS = tuple(field for field in declared(Sample) if not field.optional)
"""The declared fields of every sample, in their order; an output's manifest names the fields that its samples have."""
OPTIONAL = {field.name: field for field in declared(Sample) if field.optional}
"""The declared fields that only some outputs have, by their names."""


def windowed(frames: bool, chunks: bool, bins_in_rows: bool = True) -> tuple[Field[Any], ...]:
    """Return the fields of samples that show several frames, and whose targets spell chunks.

    bins_in_rows: True if the bins of a chunk are rows, one for each action.
    """
    rows: dict[str, Field[Any]] = {}
    if chunks:
        rows = {"action": FloatRows("action")} | ({"bins": IntegerRows("bins")} if bins_in_rows else {})
    names = [*(["frames"] if frames else []), *(["mask", "valid"] if chunks else [])]
    return tuple(rows.get(field.name, field) for field in FIELDS) + tuple(OPTIONAL[name] for name in names)


def absent(given: Iterable[str]) -> dict[str, Any]:
    """Return the empty values of the declared fields that are not among `given`."""
    known = set(given)
    return {field.name: field.empty for field in FIELDS if field.name not in known}
