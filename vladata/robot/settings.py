"""A conversion as it was asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vladata.runs.settings import OutputSettings
from vladata.sources.readers import NATIVE
from vladata.spec.dataset import DatasetSpec
from vladata.spec.recipe import RecipeSpec
from vladata.spec.select import EVERYTHING, Select


@dataclass(frozen=True)
class Choice:
    """Which episodes and steps are asked for.

    keep_ranges, errata: files that choose and correct episodes, paths or URLs; "" is none.
    """

    select: Select = EVERYTHING
    keep_ranges: str = ""
    errata: str = ""


ALL = Choice()
"""Everything that is fit."""


@dataclass(frozen=True)
class Kept:
    """What a conversion takes over from another output instead of measuring it.

    statistics, contract: of its manifest.   measured: what they are of, in its words.
    """

    statistics: Mapping[str, Any]
    contract: Mapping[str, Any]
    measured: str


@dataclass(frozen=True)
class Settings(OutputSettings):
    """source, out: folder of the dataset and output folder, paths or fsspec URLs.
    limit:       the most episodes to take, from the start of the split; 0 takes all.
    measured:    the split whose steps the statistics are of, as TFDS writes it; "" is what is converted.
    keep_ranges, errata: as in Choice.
    annotations: annotation tables, paths or URLs; the later counts over the earlier.
    kept:        statistics and bounds of another output; None where they are measured.
    """

    source: str
    out: str
    spec: DatasetSpec
    recipe: RecipeSpec
    split: str = "train"
    limit: int = 0
    measured: str = ""
    reader: str = NATIVE
    keep_ranges: str = ""
    errata: str = ""
    annotations: tuple[str, ...] = ()
    kept: Kept | None = None

    @property
    def choice(self) -> Choice:
        return Choice(self.recipe.select, self.keep_ranges, self.errata)
