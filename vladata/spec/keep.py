"""Keep: the choice of image-text pairs of a corpus, `web.keep` in a recipe.

    keep:
      language: [en, pt]
      size: {min: 200}
      aspect: {max: 3}
      text: {min: 3, max: 500}
      similarity: 10%
      duplicates: {near: 2}

All of it is decided from the index, before an image is read. Filters act in the order of the class Keep below, whatever
the order in the file; a pair is counted under the first filter that removes it.
"""

import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from vladata.spec.strict import Line, Many, Short, Strict, matching, says, unrepeated, wrong
from vladata.spec.together import Problem, check

Task = Literal["caption", "vqa", "ocr", "conversation", "interleaved"]
NEAREST = 8  # bits; at more, unrelated images would count as copies


TAG = r"[a-z]{2,8}(-[a-z0-9]{1,8})*"

Tag = Annotated[
    str,
    AfterValidator(matching(TAG, 'a tag in small letters: "en", "pt-br"')),
    Field(json_schema_extra={"pattern": f"^{TAG}$"}),
]
"""The tag of a language: "en", "pt-br"."""


def _pattern(text: str) -> str:
    """Check a pattern by RE2's rules (no lookaround, no backreferences): Arrow runs it, over up to a hundred million texts."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        pc.match_substring_regex(pa.array([""]), text)
    except pa.ArrowInvalid as fault:
        reason = str(fault).removeprefix("Invalid regular expression: ")
        raise says(f"is not a regular expression of RE2: {reason}") from None
    return text


Pattern = Annotated[str, Field(min_length=1), AfterValidator(_pattern)]
"""A regular expression of RE2 that is searched for in the text. Case matters; (?i) at its beginning ignores it."""


def _share(text: str) -> str:
    if not re.fullmatch(r"\d{1,3}(\.\d{1,9})?%", text) or not 0 < Fraction(text[:-1]) <= 100:
        raise wrong(text, "a share of more than 0% and at most 100%")
    return text


def _one_at_least(*names: str) -> Callable[[Strict], Iterator[Problem]]:
    """Return a check of a map that needs one of these keys."""

    @check
    def has_one(self: Strict) -> Iterator[Problem]:
        if all(getattr(self, name) is None for name in names):
            yield (), f"has no condition; give {' or '.join(names)}"

    return has_one


class KeyLists(Strict):
    """Records by their key. Each file is text, one key on each line; it is given by path or URL."""

    allow: Line | None = None
    """The file with the keys of the records that are taken; all others are left out."""
    deny: Line | None = None
    """The file with the keys of the records that are left out."""

    _asks = _one_at_least("allow", "deny")


class ImageList(Strict):
    """Images by the digest of their bytes (xxh3-64). A pair is left out if one of its images is listed."""

    deny: Line
    """The path or URL of a text file with one digest on each line, 16 hexadecimal digits."""


class Size(Strict):
    """A condition on the shorter side of the image, which all images of a pair must meet."""

    min: int = Field(ge=1)
    """The fewest pixels of the shorter side."""


class Aspect(Strict):
    """A condition on the shape of the image, which all images of a pair must meet."""

    max: float = Field(ge=1)
    """The largest ratio of the longer side to the shorter."""


class AnswerTest(Strict):
    """Conditions on the answers, which all answers of a pair must meet (the recipe decides which one becomes the target)."""

    min: Annotated[int, Field(ge=1)] | None = None
    """The fewest characters."""
    max: Annotated[int, Field(ge=1)] | None = None
    """The most characters."""
    keep: Pattern | None = None
    """The pattern that must be found in every answer."""
    drop: Pattern | None = None
    """The pattern that must be found in no answer."""

    _asks = _one_at_least("min", "max", "keep", "drop")

    @check
    def _in_order(self) -> Iterator[Problem]:
        if self.min is not None and self.max is not None and self.max < self.min:
            yield ("max",), f"got {self.max}; allowed: {self.min} (min) or more"


class Similarity(Short):
    """A condition on the similarity of image and text, from the corpus or a model. `similarity: 10%` is short for {top: 10%}."""

    alone: ClassVar[str] = 'the best share, such as "10%"'

    top: Annotated[str, AfterValidator(_share)] | None = None
    """The share of pairs that is taken, the most similar ones of each task that earlier filters left: WebLI keeps "10%". The
    number is rounded up, so that at least one pair is left; of equally similar pairs the first are taken."""
    min: float | None = None
    """The least similarity that is taken."""

    @check
    def _one_of_them(self) -> Iterator[Problem]:
        if (self.top is None) == (self.min is None):
            yield (), "has no condition; give top or min" if self.top is None else "has top and min; give one"

    @property
    def share(self) -> Fraction:
        """The value of `top` as an exact part of one."""
        assert self.top, "asked only where there is a top"
        return Fraction(self.top[:-1]) / 100


class DuplicateRule(Strict):
    """Removal of images that are in several records; the first record keeps the image. Pairs of one record share their images and
    are not duplicates. A pair of several images is removed if each of its images is in an earlier record."""

    exact: bool = True
    """true: images with equal bytes are duplicates."""
    near: Annotated[int, Field(ge=0, le=NEAREST)] | None = None
    """The most bits, of 64, in which the perceptual hashes of two images may differ for the images to be duplicates. Needs an
    index with looks (these hashes)."""

    @check
    def _asks_something(self) -> Iterator[Problem]:
        if not self.exact and self.near is None:
            yield (), "has no condition; give near, or leave exact true"


class Keep(Strict):
    """The choice of pairs; a key that is left out sets no condition."""

    tasks: Annotated[Many[Task], Field(min_length=1), AfterValidator(unrepeated)] | None = None
    """The tasks that are taken."""
    language: Annotated[Many[Tag], Field(min_length=1), AfterValidator(unrepeated)] | None = None
    """The languages that are taken; a tag includes its regions: "pt" takes "pt-br". Pairs without a language are left out."""
    keys: KeyLists | None = None
    """Lists of records."""
    images: ImageList | None = None
    """A list of images to leave out."""
    decoded: bool | None = None
    """true: each image is decoded while the corpus is indexed, and rejected if it does not decode. Otherwise only its header
    and end are checked."""
    size: Size | None = None
    """A condition on the size of the images."""
    aspect: Aspect | None = None
    """A condition on the shape of the images."""
    text: AnswerTest | None = None
    """Conditions on the answers."""
    similarity: Similarity | None = None
    """A condition on the similarity of image and text."""
    duplicates: DuplicateRule | None = None
    """Removal of images that are in an earlier record."""
    allow_empty: bool = False
    """true: filters may remove all pairs of the corpus or of a task; otherwise that is an error."""


ALL_PAIRS = Keep()
"""No condition: every pair that was not rejected."""
