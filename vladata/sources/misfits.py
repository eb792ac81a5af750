"""Compare the roles that a schema gives to fields with the types of the dataset.

    a camera             a field with one picture per step (cameras.py lists them)
    the instruction      one text, in every step or outside; several texts with language.take; integers with language.decode
    state, operations    one number or one row of numbers per step, of the width that the reference needs
    the end              one number or one row of numbers per step, of the width that `terminate.form` needs
    tests of filters     text for matches and non_empty, numbers for the others

Then the chain is run on an example episode with these columns (rehearse.py). This finds faults that only an operation detects: a
rotation of the wrong width, more names than columns. So a dataset without misfits can be converted, if its values are good.
"""

import math
import re
from collections.abc import Iterator

import numpy as np

from vladata.errors import SourceError, VladataError
from vladata.sources.cameras import camera_refusal, turn_refusal
from vladata.sources.compare import Difference, spelled, value_shape
from vladata.sources.features import INTEGERS, Leaf, Shape
from vladata.sources.readers import NATIVE
from vladata.sources.rehearse import rehearse
from vladata.sources.source import Source
from vladata.spec.dataset import DatasetSpec
from vladata.spec.references import Columns, Reference, place_in_list, resolve
from vladata.spec.selection import LENGTH, OF_TEXTS, EpisodeTest, FilterEpisode, FilterSteps, Test
from vladata.transforms.select_columns import select_columns
from vladata.transforms.terminate import FORMS

_ASKED = re.compile(r"\.(drop|keep)\[\d+\]\.path$")  # the path of a reference in a filter's test


def misfits(spec: DatasetSpec, source: Source, chain: str | None = None) -> Iterator[Difference]:
    """Yield the fields that do not fit their role in the schema, each field and role once. Raises MissingKey for missing keys."""
    found = [*_without_cameras(spec, source, chain), *_cameras(spec, source)]
    yield from found


def require_fit(spec: DatasetSpec, source: Source, chain: str | None) -> None:
    """Raise SourceError with every misfit if the chain cannot run on the data. Cameras are not checked here."""
    if found := list(_without_cameras(spec, source, chain)):
        one = len(found) == 1
        what = f"{len(found)} field{' does' if one else 's do'} not fit schema {spec.name}"
        advice = "Correct the schema; `vladata schemas infer` drafts one from the data."
        raise SourceError(
            what, where=f"{source.url}, {source.described_in}", hint="\n  ".join([*map(str, found), advice])
        )


def _without_cameras(spec: DatasetSpec, source: Source, chain: str | None) -> Iterator[Difference]:
    references = spec.resolve(source.step_columns, chain, source.values)
    found = [
        *_language(spec, source),
        *_numbers(spec, source, references, chain),
        *_tests(spec, source, chain),
    ]
    yield from found
    if not found and not any(
        _is_open(source.columns[r.path], source) for r in references.values() if not r.is_register
    ):
        try:
            rehearse(spec, source, chain)
        except VladataError as fault:
            name = f"chain {chain or spec.actions.default}"
            yield Difference(name, "an action that can be computed", str(fault), False)


def _cameras(spec: DatasetSpec, source: Source) -> Iterator[Difference]:
    for camera in spec.cameras:
        for key in spec.camera_keys(camera):
            reference = resolve(key, source.columns)
            leaf = source.columns[reference.path if reference else key]
            place = place_in_list(reference) if reference else None
            refusal = camera_refusal(leaf, place, source.reader) or turn_refusal(spec, camera, leaf)
            if refusal:
                told = f"{spelled(leaf)}: {refusal.why}. {refusal.advice}"
                yield Difference(key, f"a camera (cameras.{camera})", told, False)


def _language(spec: DatasetSpec, source: Source) -> Iterator[Difference]:
    padded = spec.language.decode == "utf8_bytes_padded"
    for name, key in spec.language.references():
        leaf = source.columns[key]
        shape = value_shape(leaf)
        if _is_open(leaf, source):
            continue
        if leaf.kind == "unsupported":
            yield Difference(key, f"the instruction ({name})", f"{spelled(leaf)}: {leaf.reason}", False)
        elif padded and not _may_be_padded(leaf):
            told = f"integers that are bytes of text ({name}, decode: utf8_bytes_padded)"
            labels = ", numbers of labels" if leaf.tfds_class == "ClassLabel" else ""
            yield Difference(key, told, f"{spelled(leaf)}{labels}", False)
        elif not padded and leaf.kind != "text":
            also = "; decode: utf8_bytes_padded reads integers" if _may_be_padded(leaf) else ""
            yield Difference(key, f"the instruction ({name})", f"{spelled(leaf)}, not text{also}", False)
        elif not padded and shape and spec.language.take is None:
            also = "choose one with language.take: first, drawn or a number"
            yield Difference(key, f"one text ({name})", f"{spelled(leaf)}, several; {also}", False)
        elif not padded and _is_beyond(spec.language.take, shape):
            told = f"text {spec.language.take} of several ({name})"
            yield Difference(key, told, f"{spelled(leaf)}, counted from 0", False)


def _is_beyond(take: object, shape: Shape) -> bool:
    """Return True if a value of this shape has `take` texts or fewer, so that text number `take` (from 0) does not exist."""
    return isinstance(take, int) and None not in shape and take >= math.prod(map(int, filter(None, shape)))


def _is_open(leaf: Leaf, source: Source) -> bool:
    """Return True if only TFDS knows the type of the leaf, when it reads it."""
    return leaf.kind == "unsupported" and source.reader != NATIVE


def _may_be_padded(leaf: Leaf) -> bool:
    """Return True if the leaf may be integers that are bytes of text; numbers of labels are not."""
    return leaf.dtype in INTEGERS and len(value_shape(leaf)) == 1 and leaf.tfds_class != "ClassLabel"


def _numbers(
    spec: DatasetSpec, source: Source, references: dict[str, Reference], chain: str | None
) -> Iterator[Difference]:
    """Yield the misfits of the fields of state, operations and the end."""
    seen = set()
    for name, text in spec.references(chain):
        reference = references[text]
        if reference.is_register or name.startswith(("cameras.", "language.")) or _ASKED.search(name):
            continue
        if _is_open(source.columns[reference.path], source):
            continue
        why = _no_numbers(source.columns[reference.path], reference.columns)
        if not why and name == "terminate.path" and spec.terminate.form:
            wanted, width = FORMS[spec.terminate.form][0], _width(source.columns[reference.path], reference)
            why = "" if width == wanted else f"{width} columns; form: {spec.terminate.form} has {wanted}"
        if why and (text, why) not in seen:
            seen.add((text, why))
            leaf = source.columns[reference.path]
            yield Difference(text, f"numbers ({name})", f"{spelled(leaf)}: {why}", False)


def _tests_of(spec: DatasetSpec, chain: str | None) -> Iterator[Test]:
    """Yield the tests of the filters of a chain, and of success."""
    for operation in spec.chain(chain).operations:
        if isinstance(operation, FilterSteps):
            yield from operation.drop
        elif isinstance(operation, FilterEpisode):
            yield from operation.keep
    if spec.success:
        yield spec.success


def _tests(spec: DatasetSpec, source: Source, chain: str | None) -> Iterator[Difference]:
    for test in _tests_of(spec, chain):
        reference = resolve(test.path, source.step_columns) or resolve(test.path, source.values)
        if test.path == LENGTH or reference is None or reference.is_register:
            continue
        leaf = source.columns[reference.path]
        if _is_open(leaf, source):
            continue
        if test.test in OF_TEXTS:
            why = "" if leaf.kind == "text" and not value_shape(leaf) else "not one text"
        else:
            why = _no_numbers(leaf, reference.columns)
        if why:
            told = "an episode" if isinstance(test, EpisodeTest) else "a step"
            yield Difference(
                test.path, f"the value of {told} for {test.test}", f"{spelled(leaf)}: {why}", False
            )


def _no_numbers(leaf: Leaf, columns: Columns) -> str:
    """Return the reason why a chain cannot compute with these columns of the leaf; "" if it can."""
    shape = value_shape(leaf)
    if leaf.kind != "number":
        return leaf.reason or "not numbers"
    if None in shape:
        return "a list or an array of any length"
    if len(shape) > 1:
        return "an array of several dimensions, but a chain computes with one number or one row of numbers per step"
    try:
        select_columns(np.zeros((1, shape[0] or 0 if shape else 1)), columns, "", "")
    except SourceError:
        return f"it has {shape[0] if shape else 1} columns"
    return ""


def _width(leaf: Leaf, reference: Reference) -> int:
    shape = value_shape(leaf)
    width = (shape[0] or 0) if shape else 1
    if isinstance(reference.columns, slice):
        return len(range(width)[reference.columns])
    return width if reference.columns is None else len(reference.columns)
