"""The part of a manifest that depends on its kind (robot, episodes, web, mixture): the sources of the samples and the settings.

Every part has the action contracts of its samples and their statistics, so that code need not look at the kind; LACKS_ACTIONS is
True if a sample may have no contract. Specs, contracts and statistics are JSON data here; the packages that wrote them interpret
them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

Data = Mapping[str, Any]
"""JSON data."""


@dataclass(frozen=True, slots=True)
class Contracted:
    """An action contract, the statistics that belong to it, and the words of its samples; several if the sources of a mixture
    have different words."""

    contract: Data
    statistics: Data
    prompts: tuple[Data, ...]


@dataclass(frozen=True, slots=True)
class EpisodeSource:
    """The robot dataset. split, limit: as given; 0 is no limit.   measured: the split from which the statistics come."""

    name: str
    version: str
    split: str
    limit: int
    measured: str


@dataclass(frozen=True, slots=True)
class RobotPart:
    """The part of converted episodes.

    schema, recipe:      the specs in full. chain: the action chain that was used.
    every:               number of recorded steps that a sample's action stands for.
    keep_ranges, errata: SHA-256 of the files that were given to choose and correct episodes; "" if none was given.
    annotations:         counts of the rows of annotation tables by their use (annotations/told.py); {} if none was given.
    statistics:          {action, state} of the measured steps, including steps whose image later does not decode.
    clipping:            {steps, clipped}: planned steps, and {dimension: steps} for those beyond the codec's bounds.
    contract:            the action contract, with its digest.
    prompts:             {tasks, instruction, digest}: the words of its samples, by task, which are not in the contract.
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
        """Digest -> contract, the only one."""
        return {self.contract["digest"]: Contracted(self.contract, self.statistics, (self.prompts,))}


@dataclass(frozen=True, slots=True)
class WrittenEpisodes:
    """Counts of whole episodes. episodes: episodes of the source, at least partly written.   stretches: written episodes.   cut:
    episodes of the source that were written as several, since steps in their middle were left out."""

    episodes: int
    stretches: int
    cut: int


@dataclass(frozen=True, slots=True)
class EpisodesPart:
    """The part of episodes that were written whole: the entries of RobotPart, for steps, without an action contract, since no

    action becomes text.
    written: the counts of episodes.
    """

    KIND: ClassVar = "episodes"
    LACKS_ACTIONS: ClassVar = True
    source: EpisodeSource
    schema: Data
    chain: str
    every: int
    keep_ranges: str
    errata: str
    annotations: Data
    recipe: Data
    statistics: Data
    written: WrittenEpisodes

    @property
    def contracted(self) -> Mapping[str, Contracted]:
        """No contracts, since there are no samples."""
        return {}


@dataclass(frozen=True, slots=True)
class CorpusSource:
    """The corpus.

    files:       their number.
    model:       the model that gave similarities.
    without:     digests of outputs whose images are not taken.
    passed_over: kind of content that is not a record -> how often it was found.
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
    """The counts of a filter."""

    filter: str
    pairs: int


@dataclass(frozen=True, slots=True)
class TaskCounts:
    """Counts of a task's pairs. fit: pairs that were fit for it.   written: pairs that were written as samples."""

    fit: int
    written: int


@dataclass(frozen=True, slots=True)
class WebPart:
    """The part of a converted web corpus.

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
        """No contracts, since its samples have no actions."""
        return {}


@dataclass(frozen=True, slots=True)
class MixedDataset:
    """A source of a mixture.

    manifest:  the digest of its manifest.
    share:     its part of all samples of the mixture, "2/3".
    samples:   the number of its different samples that are taken; left: reason -> number of samples that are not.
    used:      the number of the mixture's samples that come from this source; repeats: how often each comes.
    kind:      the kind of its dataset; made_from: the entries of its manifest about its sources and settings.
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
    """The settings that decide the order of a virtual mixture, and the places of its sources; a local place is relative to it."""

    job: Data
    places: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MixturePart:
    """The part of a mixture.

    mixture: the spec in full. window: samples in which the ratio is exact.
    samples: number of samples in an epoch; epoch: the rule that ends an epoch, in words.
    level:   the depth of materialised mixtures inside it.
    contracts: digest -> action contract of some of its samples; a sample's `contract` is the digest of its own.
    virtual: None if its samples are in its own shards.
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
        """Digest -> contract."""
        return self.contracts


Part = RobotPart | EpisodesPart | WebPart | MixturePart
PARTS: Mapping[str, type[Part]] = {
    part.KIND: part for part in (RobotPart, EpisodesPart, WebPart, MixturePart)
}
