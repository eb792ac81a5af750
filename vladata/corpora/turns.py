"""The turns of a conversation: their speakers and their texts.

    {"from": "human", "value": "<image>\\nWhat?"}
    {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "a.jpg"}}, {"type": "text", "text": "What?"}]}

Rule: speakers are compared without regard to capitals. A speaker that the declaration does not name makes the conversation
unfit, since the conversation would lack words of this speaker. A turn is a text, or a list of parts, each a text or an image. A
part that is an image becomes a mark. If the part has no name of an image but an `index`, this is the number of its image, from 0.
"""

from typing import Any

from vladata.corpora.fields import words
from vladata.corpora.marks import UNNUMBERED, Marks, Numbers
from vladata.corpora.rows import IMAGE_MARK
from vladata.errors import UnfitRecord
from vladata.spec.corpus_pairs import Conversation

TEXTS = ("text", "input_text", "output_text")
IMAGES = ("image", "image_url", "input_image")


class Speakers:
    """The speakers of a conversation. The declaration says which speakers ask and which answer."""

    def __init__(self, pair: Conversation) -> None:
        self.pair = pair
        self._known: dict[str, str] = {}
        for does, names in (("asks", pair.asks), ("answers", pair.answers), ("", pair.left_out)):
            self._known |= {name.strip().casefold(): does for name in names}

    def does(self, turn: Any) -> str:
        """Return "asks" or "answers" for the speaker of a turn; "" for a speaker that is left out."""
        pair = self.pair
        if not isinstance(turn, dict):
            raise UnfitRecord("malformed_record", "a turn is not a map", where=pair.turns, got=turn)
        speaker, where = turn.get(pair.speaker), f"{pair.turns}, {pair.speaker}"
        if not isinstance(speaker, str):
            hint = f"The turn has the keys {', '.join(map(str, turn))[:128]}: `speaker` and `says` of the pair name two of them."
            raise UnfitRecord(
                "malformed_record", "a turn has no speaker", where=where, got=speaker, hint=hint
            )
        does = self._known.get(speaker.strip().casefold())
        if does is None:
            hint = "Declare the speaker under `asks`, `answers` or `left_out` of the pair."
            allowed = ", ".join((*pair.asks, *pair.answers, *pair.left_out))
            raise UnfitRecord(
                "malformed_record", "an unknown speaker", where=where, got=speaker, allowed=allowed, hint=hint
            )
        return does


def spoken(value: Any, name: str, marks: Marks) -> tuple[str, Numbers]:
    """Return the text of a turn, with each mark replaced by IMAGE_MARK, and the images that the marks name."""
    if not isinstance(value, list):
        return marks.read(words(value, name), name)
    texts: list[str] = []
    numbers: Numbers = []
    for part in value:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind in IMAGES:
            texts.append(IMAGE_MARK)
            index = (
                None if part.get(kind) is not None else part.get("index")
            )  # if the part does not name its image
            numbers.append(index if type(index) is int else UNNUMBERED)
        elif kind in TEXTS:
            text, found = marks.read(words(part.get("text"), f"{name}, text"), name)
            texts.append(text)
            numbers += found
        else:
            got = part if kind is None else kind
            allowed = f"maps with the type {', '.join((*TEXTS, *IMAGES))}"
            raise UnfitRecord(
                "malformed_record",
                "a part of a turn is neither text nor image",
                where=name,
                got=got,
                allowed=allowed,
            )
    return words("\n".join(texts), name), numbers


def marks_in(value: Any, marks: Marks) -> int:
    """Return the number of images that a turn shows, even if its text cannot be in a sample."""
    if isinstance(value, str):
        return marks.count(value)
    if not isinstance(value, list):
        return 0
    parts = [part for part in value if isinstance(part, dict)]
    return sum(
        1 if part.get("type") in IMAGES else marks_in(part.get("text"), marks)
        for part in parts
        if not isinstance(part.get("text"), list)
    )


def names_in(turns: list[Any], says: str) -> list[str]:
    """Return the names of image files, without folders, in the parts of all turns."""
    parts = [part for turn in turns if isinstance(turn, dict) for part in _parts(turn.get(says))]
    named = [part.get(part["type"]) for part in parts if part.get("type") in IMAGES]
    return [name.rpartition("/")[2] for name in named if isinstance(name, str)]


def _parts(value: Any) -> list[dict[str, Any]]:
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []
