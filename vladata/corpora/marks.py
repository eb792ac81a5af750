"""The marks that stand for images in the texts of a corpus, as its declaration lists them.

    "<Image>\\nWhat is this?"                       marks: ["<Image>"]       "<image>\\nWhat is this?", one image
    "Is <image2> larger than <image1>?"            marks: ["<image{1}>"]    "Is <image> larger than <image>?", images 2 and 1

Rule: in a row of the index a mark is IMAGE_MARK, and each mark stands for one image, in their order. A text about the only image
of a record has no mark, since that image comes before all words. A mark is never left as a word: a text with an undeclared
word that looks like a mark is unfit, and so is a mark in the text that the model must write.
"""

import re
from collections.abc import Sequence

from vladata.corpora.rows import IMAGE_MARK
from vladata.errors import UnfitRecord
from vladata.sizes import counted

Numbers = list[int]
"""The number (from 0) of the image that each mark of a text names, in order; UNNUMBERED for a mark without a number."""
UNNUMBERED = 1 << 30

_THING = "image|img|picture|photo|video|vision|audio|media|im_start|im_end|im_patch"
_WHOLE = r"pic|fig(?:ure)?|boi|eoi"
"""Words that stand for an image only as a whole word: <topic> and <config> contain the other words by chance."""
_GAP = r"[\s\u200b-\u200d\u2060\ufeff]"
_LOOKS = re.compile(
    rf"(?:<|&lt;|\uff1c)[|/]?{_GAP}{{0,4}}"
    rf"(?:(?:\d{{1,3}}(?:st|nd|rd|th) )?[\w-]{{0,24}}(?:{_THING})[\w:#=.,()?/-]{{0,32}}|(?:{_WHOLE})[_-]?\d{{0,4}})"
    r"(?: [\w:#.,-]{1,12}|(?:\s+[\w-]{1,16}\s?=\s?(?:\"[^\"<>]{0,256}\"|'[^'<>]{0,256}'|[^\s<>\"']{1,256})){1,8})?"
    rf"{_GAP}{{0,4}}[|/]{{0,2}}(?:>|&gt;|\uff1e)"
    r"|(?-i:\[(?:IMG|IMAGE)(?:[ _-]?(?:\d{1,4}|BREAK|END))?\])"
    r"|\[(?:img|image)[ _-]?\d{1,4}\]",
    re.IGNORECASE,
)
_DECLARABLE = re.compile(r'[^\d"{}]*(?:\d{1,6})?[^\d"{}]*')
_GLUED = re.compile(rf"(?<=\S)(?:{IMAGE_MARK}(?=\r?\n\S)|(\r?\n){IMAGE_MARK}(?=\S))")
_BETWEEN = re.compile(rf"(?<=[A-Za-z0-9]){IMAGE_MARK}(?=[A-Za-z0-9])")
_RUN = re.compile(rf"( ?)(?:{IMAGE_MARK}( ?))+")
_DIGITS = re.compile(r"\{(\d+)\}|\d+")


class Marks:
    """The marks that a corpus declares. A number in braces is that of the first image: "<image{1}>", "<|image_{0}|>"."""

    def __init__(self, declared: Sequence[str]) -> None:
        self._firsts: list[int] = []
        self._declared = re.compile("|".join(map(self._pattern, sorted(declared, key=len, reverse=True))))

    def _pattern(self, mark: str) -> str:
        before, number, after = _apart(mark)
        if number is None:
            return re.escape(mark)
        self._firsts.append(number)
        return rf"{re.escape(before)}(\d{{1,6}}){re.escape(after)}"

    def read(self, text: str, name: str) -> tuple[str, Numbers]:
        """Return the text with each mark replaced by IMAGE_MARK, and the images that the marks name.

        Raises UnfitRecord for words that only look like a mark. name: the name of the text, for errors.
        """
        found = list(self._declared.finditer(text))
        rest = self._declared.sub("\0", text) if found else text
        if "<\0>" in rest:
            raise _undeclared(f"<{found[0][0]}>", name)
        if ("<" in rest or "[" in rest or "&lt;" in rest or "\uff1c" in rest) and (
            looks := _LOOKS.search(rest)
        ):
            raise _undeclared(looks[0], name)
        return (self._declared.sub(IMAGE_MARK, text), [*map(self._number, found)]) if found else (text, [])

    def _number(self, found: re.Match[str]) -> int:
        group = found.lastindex
        return UNNUMBERED if group is None else int(found[group]) - self._firsts[group - 1]

    def count(self, text: str) -> int:
        """Return the number of marks in a text, which may be wrong otherwise."""
        return sum(1 for _ in self._declared.finditer(text))

    def refuse(self, text: str, name: str) -> None:
        """Raise UnfitRecord for a text with a mark, which a model would learn to write as a word."""
        if self.read(text, name)[1]:
            raise UnfitRecord(
                "malformed_record", f"the text holds the mark of an image, {IMAGE_MARK}", where=name
            )


def ordered(numbers: Numbers, images: int, name: str) -> list[int]:
    """Return the image of each mark. Raises UnfitRecord if there are not as many marks as images."""
    if len(numbers) != images:
        raise UnfitRecord(
            "malformed_record",
            f"{counted(len(numbers), 'mark')} for {counted(images, 'image')}",
            where=name,
        )
    named = [number for number in numbers if number != UNNUMBERED]
    if not named:
        return list(range(images))
    if sorted(numbers) != list(range(images)):
        got = ", ".join("no number" if n == UNNUMBERED else str(n + 1) for n in numbers)
        what = f"the marks do not name each of {counted(images, 'image')} once"
        raise UnfitRecord("malformed_record", what, where=name, got=f"image {got}")
    return numbers


def unmarked(text: str) -> str:
    """Return the text without IMAGE_MARK.

    A line with only a mark is removed. A mark within a line becomes one space, so that the words around it stay separate.
    """
    text = _BETWEEN.sub(
        " ", _GLUED.sub(lambda found: found[1] or "", text.replace(f"{IMAGE_MARK}\r\n", f"{IMAGE_MARK}\n"))
    )
    text = text.replace(f"{IMAGE_MARK}\n", "").replace(f"\n{IMAGE_MARK}", "")
    return _RUN.sub(lambda found: found[1] or found[2], text)


def _apart(mark: str) -> tuple[str, int | None, str]:
    """Return (text before the number of a mark, the first number, text after it); the number is None for a mark without one."""
    found = _DIGITS.search(mark)
    if found is None or found[1] is None:
        return mark, None, ""
    return mark[: found.start()], int(found[1]), mark[found.end() :]


def _undeclared(text: str, name: str) -> UnfitRecord:
    hint = "Replace it with a mark that the corpus declares."
    if text.isprintable() and _DECLARABLE.fullmatch(text):
        declared = _DIGITS.sub(lambda found: f"{{{min(int(found[0]), 1)}}}", text, count=1)
        hint = f'If it stands for an image, declare it in the schema: `marks: ["{declared}"]`.'
    return UnfitRecord(
        "malformed_record",
        "the text holds something that looks like the mark of an image, but the corpus declares no such mark",
        where=name,
        got=text,
        hint=hint,
    )
