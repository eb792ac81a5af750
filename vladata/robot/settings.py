"""A conversion as it was asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from vladata.errors import UsageError
from vladata.runs.settings import OutputSettings
from vladata.shards.naming import EPISODES, FORMATS, PICTURES, Format
from vladata.sources.readers import NATIVE
from vladata.spec.dataset import DatasetSpec
from vladata.spec.recipe import RecipeSpec
from vladata.spec.select import EVERYTHING, Select
from vladata.spec.windows import ONE_STEP

WHOLE = "episodes"
"""The recipe of whole episodes where none is named."""


def recipe_name(asked: str | None, fmt: Format) -> str:
    """Return the recipe that was asked for, or the one of whole episodes. UsageError if samples are to be made by none."""
    if asked is not None:
        return asked
    if fmt in EPISODES:
        return WHOLE
    raise UsageError(
        "samples are rendered by a recipe, and none is given",
        hint="Name one: rt2-pali-x, say. `vladata recipes list` lists them.",
    )


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
    kept:        statistics and bounds of another output; None if they are measured.
    fps, pictures: of LeRobot: frames a second, 0 as the schema says; "images" in Parquet files, or "video".

    Whole episodes are written in the order of the source, and step by step: UsageError for another order, or a recipe of windows.
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
    fps: float = 0
    pictures: str = "images"
    formats: ClassVar[tuple[Format, ...]] = (*FORMATS, *EPISODES)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.is_whole and self.order == "shuffled":
            raise UsageError(
                f"format {self.format} has whole episodes, which are written in the order of the source",
                got="order shuffled",
                allowed="source",
                hint="Leave --order out: who reads episodes shuffles them, and only samples are written shuffled.",
            )
        if self.is_whole and self.recipe.windows != ONE_STEP:
            raise UsageError(
                f"format {self.format} has whole episodes, of which a reader makes the windows that it wants",
                where=f"recipe {self.recipe.name}, windows",
                got=f"history {self.recipe.windows.history}, chunk {self.recipe.windows.chunk}",
                hint="Take a recipe without windows; episodes keeps pictures as they are.",
            )

        if self.pictures not in PICTURES:
            raise UsageError(
                "there is no such form of pictures", got=self.pictures, allowed=", ".join(PICTURES)
            )
        if self.format != "lerobot" and (self.fps or self.pictures != "images"):
            raise UsageError(
                "fps and pictures are of format lerobot", got=f"format {self.format}", allowed="lerobot"
            )

    @property
    def is_whole(self) -> bool:
        """True if whole episodes are written, and no samples."""
        return self.format in EPISODES

    @property
    def choice(self) -> Choice:
        return Choice(self.recipe.select, self.keep_ranges, self.errata)
