"""Keep: which image-text pairs of a corpus are taken, `web.keep` in a recipe.

    keep:
      language: [en, pt]
      size: {min: 200}
      aspect: {max: 3}
      text: {min: 3, max: 500}
      similarity: 10%
      duplicates: {near: 2}

All of it is decided from the index, before an image is read. Filters act in the order in which they stand below, whatever
the order in the file; a pair is booked under the first that takes it out.
"""

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, model_validator

from vladata.spec.strict import Line, Many, Short, Strict, matching, says, says_all, unrepeated, wrong

Task = Literal["caption", "vqa", "ocr", "conversation", "interleaved"]
NEAREST = 8  # bits; beyond it images that have nothing in common are taken for copies


TAG = r"[a-z]{2,8}(-[a-z0-9]{1,8})*"

Tag = Annotated[
    str,
    AfterValidator(matching(TAG, 'a tag in small letters: "en", "pt-br"')),
    Field(json_schema_extra={"pattern": f"^{TAG}$"}),
]
"""A language: "en", "pt-br"."""


def _pattern(text: str) -> str:
    """Patterns run over a hundred million texts, in Arrow: by RE2's rules, which has nothing that looks around or back."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        pc.match_substring_regex(pa.array([""]), text)
    except pa.ArrowInvalid as fault:
        reason = str(fault).removeprefix("Invalid regular expression: ")
        raise says(f"is no regular expression of RE2: {reason}") from None
    return text


Pattern = Annotated[str, Field(min_length=1), AfterValidator(_pattern)]
"""A regular expression of RE2, which counts where it is found. Small and capital letters differ; (?i) makes them one."""


def _share(text: str) -> str:
    if not re.fullmatch(r"\d{1,3}(\.\d{1,9})?%", text) or not 0 < Fraction(text[:-1]) <= 100:
        raise wrong(text, "a share of more than 0% and at most 100%")
    return text


def _one_at_least(*names: str) -> Callable[[Strict], Strict]:
    """A validator of a map that asks nothing without one of these keys."""

    def check(self: Strict) -> Strict:
        if all(getattr(self, name) is None for name in names):
            raise says(f"asks nothing; give {' or '.join(names)}")
        return self

    return check


class Keys(Strict):
    """Records by their key. Files are text, one key a line, by path or URL."""

    allow: Line | None = None
    """The records that are taken, and no others."""
    deny: Line | None = None
    """The records that are not."""

    _asks = model_validator(mode="after")(_one_at_least("allow", "deny"))


class Images(Strict):
    """Images by the digest of their bytes (xxh3-64). A pair is not taken where one of its images is named."""

    deny: Line
    """A text file by path or URL, one digest a line, 16 hexadecimal digits."""


class Size(Strict):
    """By the shorter side of the image; a pair is taken where all its images are large enough."""

    min: int = Field(ge=1)
    """The fewest pixels of it."""


class Aspect(Strict):
    """By the shape of the image; a pair is taken where all its images are so."""

    max: float = Field(ge=1)
    """The most that the longer side may be of the shorter."""


class Text(Strict):
    """By the answers, all of them: which one becomes the target is for the recipe to say."""

    min: Annotated[int, Field(ge=1)] | None = None
    """The fewest characters."""
    max: Annotated[int, Field(ge=1)] | None = None
    """The most characters."""
    keep: Pattern | None = None
    """What must be found in each."""
    drop: Pattern | None = None
    """What must be found in none."""

    _asks = model_validator(mode="after")(_one_at_least("min", "max", "keep", "drop"))

    @model_validator(mode="after")
    def _in_order(self) -> "Text":
        if self.min is not None and self.max is not None and self.max < self.min:
            says_all([(("max",), f"got {self.max}; allowed: not less than min, {self.min}")])
        return self


class Similarity(Short):
    """By how well image and text agree, as the corpus or a model says. A share alone is `top`."""

    alone: ClassVar[str] = 'the best share, such as "10%"'

    top: Annotated[str, AfterValidator(_share)] | None = None
    """The best share of each task, of what the filters before leave: "10%" is what WebLI keeps. Rounded up, so that of a few
    pairs one is left; of equals the first are taken."""
    min: float | None = None
    """The least that is taken."""

    @model_validator(mode="after")
    def _one_of_them(self) -> "Similarity":
        if (self.top is None) == (self.min is None):
            raise says("asks nothing; give top or min" if self.top is None else "has top and min; give one")
        return self

    @property
    def share(self) -> Fraction:
        """`top` as an exact part of one."""
        assert self.top, "asked only where there is a top"
        return Fraction(self.top[:-1]) / 100


class Duplicates(Strict):
    """Images that another record has as well; the first record keeps them. Pairs of one record share their images and are no
    duplicates. A pair of several images goes where each of them is an earlier record's."""

    exact: bool = True
    """The same bytes."""
    near: Annotated[int, Field(ge=0, le=NEAREST)] | None = None
    """The same look: perceptual hashes of 64 bits that differ in so many at most. Needs an index with looks."""

    @model_validator(mode="after")
    def _asks_something(self) -> "Duplicates":
        if not self.exact and self.near is None:
            raise says("asks nothing; give near, or leave exact true")
        return self


class Keep(Strict):
    """Which pairs are taken; what is left out asks nothing."""

    tasks: Annotated[Many[Task], Field(min_length=1), AfterValidator(unrepeated)] | None = None
    """By their task."""
    language: Annotated[Many[Tag], Field(min_length=1), AfterValidator(unrepeated)] | None = None
    """By their language; a tag takes its regions along: "pt" takes "pt-br". Pairs that say none are not taken."""
    keys: Keys | None = None
    """By name."""
    images: Images | None = None
    """Without the images that are named."""
    decoded: bool | None = None
    """Whether each image is decoded while the corpus is indexed, and rejected where it does not decode; else its header and
    end are looked at."""
    size: Size | None = None
    """By the size of the images."""
    aspect: Aspect | None = None
    """By the shape of the images."""
    text: Text | None = None
    """By the answers."""
    similarity: Similarity | None = None
    """By how well image and text agree."""
    duplicates: Duplicates | None = None
    """Without images that came before."""
    allow_empty: bool = False
    """Whether filters may leave nothing of the corpus or of one of its tasks."""


ALL_PAIRS = Keep()
"""Every pair that is fit."""
