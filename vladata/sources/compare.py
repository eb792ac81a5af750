"""Compare the features that a schema declares with those of a dataset.

A different size of pictures is a remark: the same data is published in several sizes, and no chain uses a picture. A different
type or shape of numbers is a fault, since the schema's columns may then have another meaning.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from vladata.sources.features import Leaf, Shape
from vladata.sources.source import Source
from vladata.spec.dataset import DatasetSpec

KINDS = {"image": "image", "video": "image", "text": "string"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One feature that differs from its declaration. remark: True if no computation depends on it."""

    key: str
    declared: str
    found: str
    remark: bool

    def __str__(self) -> str:
        return f"{self.key}: declared {self.declared}, but the data has {self.found}"


def differences(spec: DatasetSpec, source: Source) -> Iterator[Difference]:
    """Yield the declared features that differ in the data, in the schema's order. Keys that the data lacks are not reported."""
    for key, feature in (spec.features or {}).items():
        leaf = source.columns.get(key)
        if leaf is None:
            continue
        dtype = declared_dtype(leaf)
        same = feature.shape is None or _agree(feature.shape, value_shape(leaf))
        if dtype != feature.dtype or not same:
            declared = _spelled(feature.dtype, feature.shape)
            remark = dtype == feature.dtype == "image"
            yield Difference(key, declared, spelled(leaf), remark)


def declared_dtype(leaf: Leaf) -> str:
    """Return the name of the leaf's type in a schema's `features`."""
    return KINDS.get(leaf.kind, leaf.dtype)


def value_shape(leaf: Leaf) -> Shape:
    """Return the shape of one value, of a step or of the episode, including the lists around it; None = any length."""
    return (*leaf.lengths[leaf.per_step :], *leaf.shape)


def spelled(leaf: Leaf) -> str:
    """Return the leaf's type for messages: "float32[7]", "image[64,64,3]", or the class of a feature that cannot be read."""
    if leaf.kind == "unsupported":
        return leaf.tfds_class
    return _spelled(declared_dtype(leaf), value_shape(leaf))


def _agree(declared: tuple[int, ...], found: Shape) -> bool:
    """Return True if the shapes are equal where both are known; a scalar equals one column."""
    if declared in ((), (1,)) and found in ((), (1,)):
        return True
    pairs = zip(declared, found, strict=False)
    return len(declared) == len(found) and all(two in (None, one) for one, two in pairs)


def _spelled(dtype: str, shape: Shape | None) -> str:
    if shape is None:
        return dtype
    sizes = ",".join("?" if size is None else str(size) for size in shape)
    return f"{dtype}[{sizes}]" if shape else dtype
