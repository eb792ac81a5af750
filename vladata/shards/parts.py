"""The part of a manifest that its kind decides: what the samples are made from, and how. Robot, episodes, web, mixture.

A part says the action contracts of its samples and their statistics, so that nobody has to ask for the kind; LACKS_ACTIONS:
whether a sample may name no contract. Specs, contracts and statistics stay the JSON data that they are; the wing that wrote
them knows what they mean.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

Data = Mapping[str, Any]
"""JSON data."""


@dataclass(frozen=True, slots=True)
class Contracted:
    """An action contract, the statistics that belong to it, and the words of the samples that are spelled by it: several where
    a mixture's sources have others."""

    contract: Data
    statistics: Data
    prompts: tuple[Data, ...]


@dataclass(frozen=True, slots=True)
class EpisodeSource:
    """The RLDS folder. split, limit: as asked for; 0 is no limit.   measured: the split whose statistics they are."""

    name: str
    version: str
    split: str
    limit: int
    measured: str


@dataclass(frozen=True, slots=True)
class RobotPart:
    """Of converted episodes.

    schema, recipe:      the specs in full. chain: the action chain that was used.
    every:               recorded steps that a sample's action stands for.
    keep_ranges, errata: SHA-256 of the files that were given to choose and correct episodes; "" where none was.
    annotations:         what became of the rows of annotation tables (annotations/told.py); {} where none was given.
    statistics:          {action, state} of the measured steps; those whose image then does not decode are among them.
    clipping:            {steps, clipped}: how many of the planned steps lie beyond the codec's bounds, {dimension: steps}.
    contract:            the action contract, with its digest.
    prompts:             {tasks, instruction, digest}: the words of its samples, by task, which no contract holds.
    """

    KIND: ClassVar = "robot"
    LACKS_ACTIONS: ClassVar = False
    source: EpisodeSource
    schema: Data
    chain: str
    every: int
    keep_ranges: str
    errata: str
    annotations: Data
    recipe: Data
    statistics: Data
    clipping: Data
    contract: Data
    prompts: Data

    @property
    def contracted(self) -> Mapping[str, Contracted]:
        """Digest -> the one contract."""
        return {self.contract["digest"]: Contracted(self.contract, self.statistics, (self.prompts,))}


@dataclass(frozen=True, slots=True)
class WrittenEpisodes:
    """What whole episodes became. episodes: of the source, of which something was written.   stretches: written as episodes of
    their own.   cut: the episodes among them of which several were, since steps in their middle were left out."""

    episodes: int
    stretches: int
    cut: int


@dataclass(frozen=True, slots=True)
class EpisodesPart(RobotPart):
    """Of episodes that were written whole. What RobotPart says of samples is said of steps; no step is spelled.

    written: what became of them.
    """

    KIND: ClassVar = "episodes"
    written: WrittenEpisodes


@dataclass(frozen=True, slots=True)
class CorpusSource:
    """The corpus.

    files:       how many.
    model:       what said similarities.
    without:     digests of outputs whose images are not taken.
    passed_over: what is no record, by what it is -> how many.
    """

    name: str
    files: int
    split: str
    limit: int
    model: str
    without: tuple[str, ...]
    passed_over: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Filtered:
    """What a filter took."""

    filter: str
    pairs: int


@dataclass(frozen=True, slots=True)
class TaskCounts:
    """Pairs of a task. fit: that were fit.   written: of which a sample was written."""

    fit: int
    written: int


@dataclass(frozen=True, slots=True)
class WebPart:
    """Of a converted web corpus.

    corpus, recipe: the specs in full.
    filters:        in the order in which they acted.
    lists:          path -> SHA-256 of the lists that filters read.
    tasks:          task -> its pairs.
    """

    KIND: ClassVar = "web"
    LACKS_ACTIONS: ClassVar = True
    source: CorpusSource
    corpus: Data
    recipe: Data
    filters: tuple[Filtered, ...]
    lists: Mapping[str, str]
    tasks: Mapping[str, TaskCounts]

    @property
    def contracted(self) -> Mapping[str, Contracted]:
        """Nothing: its samples have no actions."""
        return {}


@dataclass(frozen=True, slots=True)
class MixedDataset:
    """A source of a mixture.

    manifest:  the digest of its manifest.
    share:     its part of all samples, "2/3".
    samples:   how many different ones it has, after what `left` says (reason -> samples) is not taken.
    used:      how many of the mixture are its own; repeats: how often each comes.
    kind:      of its dataset; made_from: what of its manifest says how it was made.
    """

    name: str
    dataset: str
    manifest: str
    share: str
    samples: int
    used: int
    repeats: float
    left: Mapping[str, int]
    kind: str
    made_from: Data


@dataclass(frozen=True, slots=True)
class Pointers:
    """Of a virtual mixture: what decides its order, and where its sources lie, local ones relative to it."""

    job: Data
    places: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MixturePart:
    """Of a mixture.

    mixture: the spec in full. window: samples in which the ratio is exact.
    samples: of an epoch; epoch: what ends it, in words.
    level:   how many materialised mixtures deep it is.
    contracts: digest -> each action contract of its samples; a sample's `contract` names its own.
    virtual: None where its samples are in its own shards.
    """

    KIND: ClassVar = "mixture"
    LACKS_ACTIONS: ClassVar = True
    mixture: Data
    split: str
    window: int
    samples: int
    epoch: str
    level: int
    sources: tuple[MixedDataset, ...]
    contracts: Mapping[str, Contracted]
    virtual: Pointers | None

    @property
    def contracted(self) -> Mapping[str, Contracted]:
        """Digest -> each of the contracts."""
        return self.contracts


Part = RobotPart | EpisodesPart | WebPart | MixturePart
PARTS: Mapping[str, type[Part]] = {
    part.KIND: part for part in (RobotPart, EpisodesPart, WebPart, MixturePart)
}
