"""The specs by which the samples of an output were made, source by source, from which they are rendered again.

A robot dataset or a web corpus is one source. The sources of a virtual mixture are opened. The manifest of a materialised mixture
has the specs of each source, but not the data that was left out of the source; samples are assigned to sources by their `dataset`
and `contract`, which are read from the first sample of each source.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from vladata.actions.contract import codec_from_contract
from vladata.actions.protocol import Codec
from vladata.actions.statistics import Statistics
from vladata.errors import UsageError
from vladata.mixtures.mixture import Mixture
from vladata.robot.windowed import rule_in
from vladata.shards.dataset import Dataset
from vladata.shards.parts import MixedDataset, MixturePart, RobotPart, WebPart
from vladata.shards.sequence import Samples
from vladata.spec.dataset import DatasetSpec
from vladata.spec.recipe import RecipeSpec
from vladata.transforms.windows import WindowRule

Whose = tuple[str, str]
"""`dataset` and `contract` of a sample, which identify its source."""


@dataclass(frozen=True)
class StoredRobot:
    """The specs and facts by which the samples of a converted robot dataset were made.

    name:       of the source in a mixture; else of the dataset.
    dataset:    the value of the field `dataset` in its samples.
    statistics: {action, state}, as JSON.
    output:     the opened dataset with its ledger, annotations and index; None for a source of a materialised mixture.
    """

    name: str
    dataset: str
    spec: DatasetSpec
    recipe: RecipeSpec
    every: int
    contract: Mapping[str, Any]
    statistics: Mapping[str, Any]
    output: Dataset | None

    @property
    def whose(self) -> Whose:
        """The identity of its samples."""
        return self.dataset, self.contract["digest"]

    @cached_property
    def codec(self) -> Codec:
        """The codec of its actions."""
        return codec_from_contract(self.contract)

    @cached_property
    def rule(self) -> WindowRule:
        """The rule of its windows."""
        return rule_in(self.contract, self.codec)

    @property
    def part(self) -> RobotPart | None:
        """The part of its own manifest; None for a source of a materialised mixture."""
        return None if self.output is None else self.output.manifest.of(RobotPart)

    def measured(self, column: str) -> Statistics:
        """Return the statistics of "action" or "state"."""
        return Statistics.from_json(self.statistics[column])


@dataclass(frozen=True)
class StoredWeb:
    """The recipe by which the samples of a converted web corpus were made; names as in StoredRobot."""

    name: str
    dataset: str
    recipe: RecipeSpec

    @property
    def whose(self) -> Whose:
        """The identity of its samples."""
        return self.dataset, ""


Stored = StoredRobot | StoredWeb


def stored_in(samples: Samples, name: str = "") -> Iterator[Stored]:
    """Yield the sources of an output, each once. name: the output's name as a source of a mixture.

    Raises UsageError for a mixture with a materialised mixture as a source, whose specs are not in the manifest.
    """
    part = samples.manifest.part
    if isinstance(samples, Mixture):
        for inner, dataset in samples.datasets.items():
            yield from stored_in(dataset, f"{name}/{inner}" if name else inner)
        return
    assert isinstance(samples, Dataset), "every output except a virtual mixture has shards"
    whole = samples._at(range(samples.manifest.samples))
    name = name or samples.manifest.name
    if isinstance(part, RobotPart):
        specs = _schema(part.schema), _recipe(part.recipe)
        yield StoredRobot(name, _named(whole), *specs, part.every, part.contract, part.statistics, whole)
    elif isinstance(part, WebPart):
        yield StoredWeb(name, _named(whole), _recipe(part.recipe))
    elif isinstance(part, MixturePart):  # the fourth kind, whole episodes, has no samples
        for source in part.sources:
            yield from _mixed(source, whole)


def _mixed(source: MixedDataset, whole: Dataset) -> Iterator[Stored]:
    """Yield a source of a materialised mixture; nothing if the source has no sample."""
    row = first_row(whole, source.name)
    if row is None:
        return
    sample = whole[row]
    made = source.made_from
    if source.kind == "web":
        yield StoredWeb(source.name, sample.dataset, _recipe(made["recipe"]))
        return
    if source.kind != "robot":
        raise UsageError(
            "it is not known how the samples of this source were made, since it is a materialised mixture itself",
            where=f"{whole.url}, {source.name}",
            hint="Open that mixture, or mix its sources directly.",
        )
    contracted = whole.manifest.part.contracted[sample.contract]
    specs = _schema(made["schema"]), _recipe(made["recipe"])
    yield StoredRobot(
        source.name, sample.dataset, *specs, made["every"], contracted.contract, contracted.statistics, None
    )


def first_row(mixture: Dataset, source: str) -> int | None:
    """Return the first row of index.arrow with this `source`; None if there is none."""
    start = 0
    for chunk in mixture.index["source"].chunks:
        code = pc.index(chunk.dictionary, source)
        found: int = pc.index(chunk.indices, pa.scalar(code.as_py(), chunk.indices.type)).as_py()
        if found >= 0:
            return start + found
        start += len(chunk)
    return None


def _named(dataset: Dataset) -> str:
    """Return the dataset's name as its samples have it."""
    return dataset[0].dataset if len(dataset) else dataset.manifest.name


def _schema(data: Mapping[str, Any]) -> DatasetSpec:
    return DatasetSpec.model_validate_json(orjson.dumps(data))


def _recipe(data: Mapping[str, Any]) -> RecipeSpec:
    return RecipeSpec.model_validate_json(orjson.dumps(data))
