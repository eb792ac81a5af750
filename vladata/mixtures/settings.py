"""The settings of a mixture."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from vladata.runs.settings import OutputSettings
from vladata.spec.mixture import MixtureSpec, Weights


@dataclass(frozen=True)
class MixSettings(OutputSettings):
    """The settings of a mixture. out: its folder or URL.

    asked:             the name or path of the mixture's spec, if it came from one.
    places:            source -> path of its dataset, in place of the mixture's own path.
    root:              folder that holds the other sources under their names.
    only_given:        True leaves out sources without a dataset.
    weights:           the meaning of the weights, if the mixture does not establish it.
    batch_size:        samples of a training batch, which then is the window; 0 leaves the window of the mixture.
    samples_per_shard: a whole number of windows; 0 takes about 1,000 samples. The order is always "shuffled".
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
