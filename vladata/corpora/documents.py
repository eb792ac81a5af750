"""An interleaved document as one question and one answer.

    texts   ["A red door.", nothing, "Behind it,", nothing, "a garden."]
    images  [nothing, door, nothing, gate, nothing]

    question  A red door.\\n<image>\\nBehind it,\\n<image>      answer  a garden.

Rule: the answer is the last text, and the question is everything before it. Images after the last text are left out. A document
without an image before its last text is rejected.
"""

from collections.abc import Callable
from typing import Any

from vladata.corpora.examine import Image
from vladata.corpora.fields import LONGEST_RECORD, has_words, words
from vladata.corpora.marks import Marks
from vladata.corpora.rows import IMAGE_MARK
from vladata.errors import UnfitRecord

MOST_IMAGES = 64
Piece = tuple[str, Any]
"""A text or "", and an image, the name of an image, or None."""


def in_order(texts: list[Any], items: list[Any], before: list[Any] | None) -> list[Piece]:
    """Return the pieces of a document, in order. before: for each image, the number of the text that it comes before, or None."""
    if before is not None:
        return _by_number(texts, items, before)
    if len(texts) != len(items):
        what = f"{len(texts):,} texts and {len(items):,} images, but a text or an image is expected at each place"
        raise UnfitRecord("malformed_record", what, allowed="lists as long as each other")
    pieces: list[Piece] = []
    for i, (text, item) in enumerate(zip(texts, items, strict=True)):
        if _is_there(text) and _is_there(item):
            raise UnfitRecord("malformed_record", "a text and an image in one place", where=f"place {i}")
        if _is_there(item):
            pieces.append(("", item))
        elif has_words(text):
            pieces.append((words(text, f"text {i}"), None))
    return pieces


def _by_number(texts: list[Any], items: list[Any], before: list[Any]) -> list[Piece]:
    """Put each image before the text whose number is in `before`."""
    places: dict[int, list[Any]] = {}
    if len(before) != len(items):
        raise UnfitRecord("malformed_record", f"{len(items):,} images and {len(before):,} places for them")
    for item, place in zip(items, before, strict=True):
        if isinstance(place, bool) or not isinstance(place, int) or not 0 <= place < len(texts):
            allowed = f"whole numbers from 0 to {len(texts) - 1}"
            raise UnfitRecord(
                "malformed_record",
                "an image is to stand before a text that does not exist",
                got=place,
                allowed=allowed,
            )
        places.setdefault(place, []).append(item)
    pieces: list[Piece] = []
    for i, text in enumerate(texts):
        pieces += [("", item) for item in places.get(i, ())]
        if has_words(text):
            pieces.append((words(text, f"text {i}"), None))
    return pieces


def rendered(
    pieces: list[Piece], pick: Callable[[Any], Image], marks: Marks
) -> tuple[str, str, tuple[Image, ...]]:
    """Return the question, the answer, and the images of the question in their order. pick: gives the image of an item."""
    last = max((i for i, (text, _) in enumerate(pieces) if text), default=-1)
    if last < 0:
        raise UnfitRecord("missing_text", "the document has no text")
    asked = pieces[:last]
    items = [item for text, item in asked if not text]
    if not items:
        raise UnfitRecord("missing_image", "expected an image before the document's last text, found none")
    if len(items) > MOST_IMAGES:
        raise UnfitRecord(
            "too_large", "a document of too many images", got=len(items), allowed=f"{MOST_IMAGES}"
        )
    for i, (text, _) in enumerate(pieces):
        marks.refuse(text, f"piece {i} of the document")
    question = "\n".join(text or IMAGE_MARK for text, _ in asked)
    if len(question) > LONGEST_RECORD:
        raise UnfitRecord(
            "too_large",
            "the document is too long",
            got=len(question),
            allowed=f"{LONGEST_RECORD:,} characters",
        )
    return question, pieces[last][0], tuple(pick(item) for item in items)


def _is_there(place: Any) -> bool:
    return place is not None and place != "" and place != b""
