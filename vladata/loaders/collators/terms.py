"""Facts that a collator needs about its samples: contracts, statistics and the templates of targets, by contract.

A loader gives these facts to its collator (`bound`), also if another recipe renders the samples. To use a collator without a
loader:

    plain = Plain(actions="quantiles").bound(terms_of(vladata.open(OUT)))
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from vladata.actions.contract import codec_from_contract
from vladata.actions.protocol import Codec
from vladata.errors import UsageError
from vladata.language.target import Target
from vladata.mixtures.mixture import Mixture
from vladata.shards.sequence import Samples


@dataclass(frozen=True)
class Terms:
    """Facts by the digest of a contract.
    contracts:  digest -> action contract.
    statistics: digest -> {action, state}.
    targets:    digest -> task -> templates of its targets.
    """

    contracts: Mapping[str, Mapping[str, Any]]
    statistics: Mapping[str, Mapping[str, Any]]
    targets: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)

    @cached_property
    def codecs(self) -> dict[str, Codec]:
        """Digest -> the codec of its actions."""
        return {digest: codec_from_contract(contract) for digest, contract in self.contracts.items()}

    @cached_property
    def readers(self) -> dict[tuple[str, str], tuple[Target, ...]]:
        """(digest, task) -> the readers of its targets."""
        return {
            (digest, task): tuple(map(Target, templates))
            for digest, tasks in self.targets.items()
            for task, templates in tasks.items()
        }


class RenderedTerms(Protocol):
    """Contracts, statistics and words of samples that another recipe renders (rerender.py)."""

    @property
    def contracts(self) -> Mapping[str, Mapping[str, Any]]:
        """Digest -> action contract."""

    @property
    def statistics(self) -> Mapping[str, Mapping[str, Any]]:
        """Digest -> {action, state}."""

    @property
    def words(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Digest -> the words of its samples, in the form of a manifest's `prompts`."""


def terms_of(samples: Samples, rendered: RenderedTerms | None = None) -> Terms:
    """Return the terms of an opened dataset or mixture: stored, or rendered by another recipe if `rendered` is given."""
    words: Mapping[str, Sequence[Mapping[str, Any]]]
    statistics: Mapping[str, Mapping[str, Any]]
    if rendered is None:
        contracts = samples.contracts
        words = {digest: each.prompts for digest, each in samples.manifest.part.contracted.items()}
        sources = samples.datasets.values() if isinstance(samples, Mixture) else [samples]
        statistics = agreed(item for each in sources for item in each.manifest.statistics.items())
    else:
        contracts, statistics, words = rendered.contracts, rendered.statistics, rendered.words
    targets: dict[str, dict[str, tuple[str, ...]]] = {}
    for digest, several in words.items():
        tasks = targets.setdefault(digest, {})
        for task, said in (item for each in several for item in each["tasks"].items()):
            tasks[task] = tuple(dict.fromkeys((*tasks.get(task, ()), said["target"])))
    return Terms(contracts, statistics, targets)


def agreed(found: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, Mapping[str, Any]]:
    """Return digest -> statistics, without contracts for which two sources have different statistics: a contract with fixed
    bounds does not contain statistics, so a sample does not show by which of the two it must be scaled."""
    kept: dict[str, Mapping[str, Any]] = {}
    unlike = set[str]()
    for digest, statistics in found:
        if kept.setdefault(digest, statistics) != statistics:
            unlike.add(digest)
    return {digest: statistics for digest, statistics in kept.items() if digest not in unlike}


def known(terms: Terms | None, digest: str, where: str) -> Mapping[str, Any]:
    """Return the contract of a sample. Raises UsageError if the collator does not know it."""
    if terms is None:
        raise UsageError(
            "the collator was not given the contracts of the samples",
            where=where,
            hint="Give it to vladata.load(..., collate=...), or call .bound(terms_of(dataset)).",
        )
    if digest not in terms.contracts:
        raise UsageError(
            "the collator does not know the contract of this sample",
            where=where,
            got=digest,
            allowed=", ".join(terms.contracts) or "none",
        )
    return terms.contracts[digest]
