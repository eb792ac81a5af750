"""The settings of a mixture."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from vladata.runs.settings import OutputSettings
from vladata.spec.mixture import MixtureSpec, Weights


@dataclass(frozen=True)
class MixSettings(OutputSettings):
    """The settings of a mixture. The order is always "shuffled".

    out:               the folder or URL of the mixture.
    asked:             the name or path of the spec, if it was given by one.
    places:            source -> path of its dataset, instead of the path in the spec.
    root:              folder that holds the other sources under their names.
    only_given:        True leaves out sources without a dataset.
    weights:           the meaning of the weights, if the spec does not give it.
    batch_size:        number of samples of a training batch, which becomes the window; 0 keeps the window of the spec.
    samples_per_shard: a whole number of windows; 0 takes about 1,000 samples.
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
