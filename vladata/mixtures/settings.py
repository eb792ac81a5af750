"""A mixture as it was asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from vladata.runs.settings import OutputSettings
from vladata.spec.mixture import MixtureSpec, Weights


@dataclass(frozen=True)
class MixSettings(OutputSettings):
    """out: folder or URL of the mixture.

    asked:             the name or path that the mixture was asked for by, where it was.
    places:            source -> path of its dataset, in place of what the mixture says.
    root:              folder in which the other sources lie under their names.
    only_given:        whether sources without a dataset are left out.
    weights:           what weights mean, where the mixture does not establish it.
    batch_size:        samples of a training batch, which then is the window; 0 leaves the window of the mixture.
    samples_per_shard: 0 takes about 1,000; else whole windows. Its order is always "shuffled".
    """

    spec: MixtureSpec
    out: str
    places: Mapping[str, str]
    asked: str = ""
    root: str = ""
    only_given: bool = False
    weights: Weights | None = None
    split: str = "train"
    batch_size: int = 0
    samples_per_shard: int = field(default=0, kw_only=True)
    least_samples: ClassVar[int] = 0
