"""The turns of a conversation as questions and answers.

Rule: what is said before an answer is asked, in one question where several turns stand together; an answer that follows an
answer goes on with it. A question after the last answer is left out: nobody answered it. The mark of an image is taken out
of a conversation about one image, which stands before all words; of several the marks stay where they are, one an image.
"""

from collections.abc import Iterator
from typing import Any

from vladata.corpora.fields import words
from vladata.corpora.rows import IMAGE_MARK
from vladata.errors import UnfitRecord
from vladata.spec.corpus_pairs import Conversation

MOST_EXCHANGES = 100
LONGEST = 128 << 10
"""Characters of all turns. Each answer has all before it as context, so that rows grow with the square of this."""


def said(turns: list[Any], pair: Conversation, images: int) -> Iterator[tuple[str, str]]:
    """Question and answer of each exchange about `images` images."""
    exchanges: list[tuple[list[str], list[str]]] = []
    for turn in turns:
        speaker, text = _turn(turn, pair)
        if speaker in pair.asks:
            if not exchanges or exchanges[-1][1]:
                exchanges.append(([], []))
            exchanges[-1][0].append(text)
        elif speaker in pair.answers:
            if not exchanges:
                raise UnfitRecord("malformed_record", "an answer before any question", where=pair.turns)
            exchanges[-1][1].append(text)
    length = sum(len(text) for asked, answered in exchanges for text in (*asked, *answered))
    if len(exchanges) > MOST_EXCHANGES or length > LONGEST:
        allowed = f"{MOST_EXCHANGES} exchanges of {LONGEST:,} characters together"
        raise UnfitRecord("too_large", "the conversation is too long", where=pair.turns, allowed=allowed)
    if not exchanges or not exchanges[0][1]:
        raise UnfitRecord("missing_text", "nobody answers", where=pair.turns)
    _check_marks(exchanges, pair, images)
    for asked, answered in exchanges:
        if answered:
            question = "\n".join(asked)
            yield words(_unmarked(question) if images == 1 else question, pair.turns), "\n".join(answered)


def _turn(turn: Any, pair: Conversation) -> tuple[str, str]:
    if not isinstance(turn, dict):
        raise UnfitRecord("malformed_record", "a turn is no map", where=pair.turns, got=turn)
    speaker = turn.get(pair.speaker)
    if not isinstance(speaker, str):
        raise UnfitRecord(
            "malformed_record", "a turn has no speaker", where=f"{pair.turns}, {pair.speaker}", got=speaker
        )
    return speaker, words(turn.get(pair.says), f"{pair.turns}, {pair.says}")


def _check_marks(exchanges: list[tuple[list[str], list[str]]], pair: Conversation, images: int) -> None:
    """A mark without its image, or in an answer, would be trained on as a word."""
    marks = sum(text.count(IMAGE_MARK) for asked, _ in exchanges for text in asked)
    if any(IMAGE_MARK in text for _, answered in exchanges for text in answered):
        raise UnfitRecord("malformed_record", f"an answer holds the mark {IMAGE_MARK}", where=pair.turns)
    if images > 1 and marks != images:
        raise UnfitRecord(
            "malformed_record", f"{marks} marks {IMAGE_MARK} for {images} images", where=pair.turns
        )


def _unmarked(text: str) -> str:
    """The text without its marks, and without the line that held only one."""
    return text.replace(f"{IMAGE_MARK}\n", "").replace(f"\n{IMAGE_MARK}", "").replace(IMAGE_MARK, "")
