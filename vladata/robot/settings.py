"""The settings of a conversion of robot episodes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from vladata.errors import UsageError
from vladata.runs.settings import OutputSettings
from vladata.shards.naming import EPISODES, FORMATS, LANGUAGE, PICTURES, VIDEO_CODECS, Format
from vladata.sources.readers import NATIVE
from vladata.spec.dataset import DatasetSpec
from vladata.spec.recipe import RecipeSpec
from vladata.spec.select import EVERYTHING, Select
from vladata.spec.windows import ONE_STEP

WHOLE = "episodes"
"""The default recipe of whole episodes."""


def recipe_name(asked: str | None, fmt: Format) -> str:
    """Return the recipe that was given, or the default of whole episodes. Raises UsageError for samples without a recipe."""
    if asked is not None:
        return asked
    if fmt in EPISODES:
        return WHOLE
    raise UsageError(
        "samples need a recipe, but none was given",
        hint="Give one, for example rt2-pali-x. `vladata recipes list` lists them.",
    )


@dataclass(frozen=True)
class Choice:
    """The selection of episodes and steps.

    keep_ranges, errata: files that select and correct episodes, paths or URLs; "" for none.
    """

    select: Select = EVERYTHING
    keep_ranges: str = ""
    errata: str = ""


_OF_LEROBOT = {"pictures": PICTURES, "video_codec": VIDEO_CODECS, "language": LANGUAGE}
"""Setting -> the values that it can have, the default first."""


def _only_lerobot(name: str, fmt: str) -> UsageError:
    return UsageError(f"{name} is only for format lerobot", got=f"format {fmt}", allowed="lerobot")


ALL = Choice()
"""The choice of all fit steps."""


@dataclass(frozen=True)
class Kept:
    """The values that a conversion takes from another output instead of measuring them.

    statistics, contract: those of the output's manifest.
    measured:             the origin of the statistics, in words.
    """

    statistics: Mapping[str, Any]
    contract: Mapping[str, Any]
    measured: str


@dataclass(frozen=True)
class Settings(OutputSettings):
    """The settings of a conversion of robot episodes.

    source, out: the folder of the dataset and the output folder: paths or fsspec URLs.
    limit:       the most episodes to take, from the start of the split; 0 takes all.
    measured:    the split of the statistics, in TFDS's syntax; "" for the converted split.
    keep_ranges, errata: as in Choice.
    annotations: annotation tables, paths or URLs; a later table overrides an earlier one.
    kept:        statistics and bounds of another output; None if they are measured.
    check_pictures: True to decode every picture for the index, so that a damaged one is rejected before anything is planned.

    For LeRobot only:
    fps:         frames a second; 0 takes the frequency of the schema.
    pictures:    "images" (in Parquet files) or "video".
    video_codec: the codec of videos.
    language:    plans and annotations as "rows" of the language columns, or as "text" columns.

    Raises UsageError if whole episodes are to be written with a recipe of windows, or in another order than that of the source.
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
    check_pictures: bool = False
    fps: float = 0
    pictures: str = "images"
    video_codec: str = "h264"
    language: str = "rows"
    formats: ClassVar[tuple[Format, ...]] = (*FORMATS, *EPISODES)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.is_whole and self.order == "shuffled":
            raise UsageError(
                f"format {self.format} has whole episodes, which must be written in the order of the source",
                got="order shuffled",
                allowed="source",
                hint="Leave out --order: readers of whole episodes shuffle them; only samples are written shuffled.",
            )
        if self.is_whole and self.recipe.windows != ONE_STEP:
            raise UsageError(
                f"format {self.format} has whole episodes, so a recipe with windows cannot be used; readers make windows",
                where=f"recipe {self.recipe.name}, windows",
                got=f"history {self.recipe.windows.history}, chunk {self.recipe.windows.chunk}",
                hint="Use a recipe without windows; recipe episodes keeps pictures unchanged.",
            )
        self._check_lerobot()

    def _check_lerobot(self) -> None:
        """Raise UsageError for an unknown value of a LeRobot setting, and for such a setting with another format."""
        for name, allowed in _OF_LEROBOT.items():
            value = getattr(self, name)
            if value not in allowed:
                raise UsageError(f"unknown {name}", got=value, allowed=", ".join(allowed))
            if self.format != "lerobot" and value != allowed[0]:
                raise _only_lerobot(name, self.format)
        if self.format != "lerobot" and self.fps:
            raise _only_lerobot("fps", self.format)
        if self.video_codec != VIDEO_CODECS[0] and self.pictures != "video":
            raise UsageError(
                "a video codec is only for videos",
                got=f"video_codec {self.video_codec}, pictures {self.pictures}",
                hint="Write videos: --pictures video.",
            )

    @property
    def is_whole(self) -> bool:
        """True if whole episodes are written instead of samples."""
        return self.format in EPISODES

    @property
    def choice(self) -> Choice:
        return Choice(self.recipe.select, self.keep_ranges, self.errata)
