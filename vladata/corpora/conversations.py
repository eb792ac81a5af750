"""The turns of a conversation as questions and answers.

Rule: what is said before an answer is asked, in one question where several turns stand together; an answer that follows an
answer goes on with it. A question after the last answer is left out: nobody answered it. A turn that is no text costs the
exchange that it belongs to, and that exchange is no context of those after it. The mark of an image is taken out of a
conversation about one image, which stands before all words; of several the marks stay where they are, one an image, so
that an exchange which takes marks with it costs the whole conversation.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from vladata.corpora.fields import words
from vladata.corpora.rows import IMAGE_MARK
from vladata.errors import DataError, UnfitRecord
from vladata.spec.corpus_pairs import Conversation

MOST_EXCHANGES = 100
LONGEST = 128 << 10
"""Characters of all turns. Each answer has all before it as context, so that rows grow with the square of this."""
_MARKS = re.compile(rf"( ?)(?:{IMAGE_MARK}( ?))+")


@dataclass(slots=True)
class _Exchange:
    """Turns that ask, and those that answer them; "" for one that is no text, and the first such one's error."""

    asked: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    fault: DataError | None = None


def said(turns: list[Any], pair: Conversation, images: int) -> Iterator[tuple[str, str] | DataError]:
    """Question and answer of each exchange about `images` images; of an unfit exchange its error.

    Raises what makes the whole conversation unfit.
    """
    exchanges = _exchanges(turns, pair)
    length = sum(len(text) for each in exchanges for text in (*each.asked, *each.answered))
    if len(exchanges) > MOST_EXCHANGES or length > LONGEST:
        allowed = f"{MOST_EXCHANGES} exchanges of {LONGEST:,} characters together"
        raise UnfitRecord("too_large", "the conversation is too long", where=pair.turns, allowed=allowed)
    if not exchanges or not exchanges[0].answered:
        raise UnfitRecord("missing_text", "nobody answers", where=pair.turns)
    if images > 1:
        _check_marks(exchanges, pair, images)
    for exchange in exchanges:
        if exchange.answered:
            yield _told(exchange, pair, images)


def _exchanges(turns: list[Any], pair: Conversation) -> list[_Exchange]:
    found: list[_Exchange] = []
    for turn in turns:
        speaker = _speaker(turn, pair)
        if speaker in pair.asks:
            if not found or found[-1].answered:
                found.append(_Exchange())
            _take(turn, found[-1], found[-1].asked, pair)
        elif speaker in pair.answers:
            if not found:
                raise UnfitRecord("malformed_record", "an answer before any question", where=pair.turns)
            _take(turn, found[-1], found[-1].answered, pair)
    return found


def _speaker(turn: Any, pair: Conversation) -> str:
    if not isinstance(turn, dict):
        raise UnfitRecord("malformed_record", "a turn is no map", where=pair.turns, got=turn)
    speaker = turn.get(pair.speaker)
    if not isinstance(speaker, str):
        raise UnfitRecord(
            "malformed_record", "a turn has no speaker", where=f"{pair.turns}, {pair.speaker}", got=speaker
        )
    return speaker


def _take(turn: dict[str, Any], exchange: _Exchange, texts: list[str], pair: Conversation) -> None:
    """Takes what is said in a turn into the asked or answered `texts` of its exchange."""
    try:
        texts.append(words(turn.get(pair.says), f"{pair.turns}, {pair.says}"))
    except DataError as fault:
        texts.append("")
        exchange.fault = exchange.fault or fault


def _check_marks(exchanges: list[_Exchange], pair: Conversation, images: int) -> None:
    """A mark without its image would be trained on as a word, and an image without its mark has no place."""
    marks = sum(text.count(IMAGE_MARK) for each in exchanges if not each.fault for text in each.asked)
    if marks != images:
        raise next((each.fault for each in exchanges if each.fault), None) or UnfitRecord(
            "malformed_record", f"{marks} marks {IMAGE_MARK} for {images} images", where=pair.turns
        )


def _told(exchange: _Exchange, pair: Conversation, images: int) -> tuple[str, str] | DataError:
    """Question and answer, or why they are none."""
    question, answer = "\n".join(exchange.asked), "\n".join(exchange.answered)
    if exchange.fault:
        return exchange.fault
    if IMAGE_MARK in answer:  # it would be trained on as a word
        return UnfitRecord("malformed_record", f"an answer holds the mark {IMAGE_MARK}", where=pair.turns)
    try:
        return words(_unmarked(question) if images == 1 else question, pair.turns), answer
    except DataError as fault:
        return fault


def _unmarked(text: str) -> str:
    """The text without its marks, without the line that held only one, and with one space where one stood in a line."""
    text = text.replace(f"{IMAGE_MARK}\n", "").replace(f"\n{IMAGE_MARK}", "")
    return _MARKS.sub(lambda found: found[1] or found[2], text)
