"""The turns of a conversation as questions and answers, each with the images that were shown up to it.

    <image> What is this?   A cat.        image 1
    And this? <image>       A dog.        images 1 and 2

Rule: the turns before an answer are its question. Several of them are joined into one question, and an answer that follows an
answer continues it. A question after the last answer is left out. A turn that is not a text makes its exchange unfit, and the
later exchanges do not have it as context.

An exchange shows the images whose marks are in it or before it, and no others. There must be as many marks as images, or the
conversation is unfit. Only a single image may have no mark; then it is shown from the first turn on. If a conversation is about
one image, the mark is removed, since the image comes before all words. With several images the marks stay in their places, one
for each image, so an unfit exchange with marks makes the whole conversation unfit.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from vladata.corpora.fields import words
from vladata.corpora.marks import UNNUMBERED, Marks, Numbers, ordered, unmarked
from vladata.corpora.turns import Speakers, marks_in, spoken
from vladata.errors import DataError, UnfitRecord
from vladata.spec.corpus_pairs import Conversation

MOST_EXCHANGES = 100
LONGEST = 128 << 10
"""The most characters of all turns together. Each answer has all turns before it as context, so rows grow with its square."""


class Said(NamedTuple):
    """One exchange. shown: the images of the record whose marks are in it or before it, by their numbers from 0, in order."""

    question: str
    answer: str
    shown: tuple[int, ...]


@dataclass(slots=True)
class _Exchange:
    """The turns of one question and its answer.

    asked, answered: the texts of the turns; "" for a turn that is not a text.
    numbers:         the images that the marks in the question name.
    fault:           the error of the first turn that is not a text; None without one.
    """

    asked: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    numbers: Numbers = field(default_factory=list)
    fault: DataError | None = None


def said(turns: list[Any], speakers: Speakers, images: int, marks: Marks) -> Iterator[Said | DataError]:
    """Yield the exchanges of a conversation about `images` images, or the error of an unfit exchange.

    Raises the error that makes the whole conversation unfit.
    """
    pair = speakers.pair
    exchanges = _exchanges(turns, speakers, marks)
    length = sum(len(text) for each in exchanges for text in (*each.asked, *each.answered))
    if len(exchanges) > MOST_EXCHANGES or length > LONGEST:
        allowed = f"{MOST_EXCHANGES} exchanges of {LONGEST:,} characters together"
        raise UnfitRecord("too_large", "the conversation is too long", where=pair.turns, allowed=allowed)
    if not exchanges or not exchanges[0].answered:
        raise UnfitRecord("missing_text", "nobody answers", where=pair.turns)
    shown = _shown(exchanges, pair, images)
    for exchange, so_far in zip(exchanges, shown, strict=True):
        if exchange.answered:
            yield _told(exchange, pair, images, so_far)


def _exchanges(turns: list[Any], speakers: Speakers, marks: Marks) -> list[_Exchange]:
    found: list[_Exchange] = []
    pair = speakers.pair
    for turn in turns:
        does = speakers.does(turn)
        if does == "asks":
            if not found or found[-1].answered:
                found.append(_Exchange())
            _ask(turn.get(pair.says), found[-1], f"{pair.turns}, {pair.says}", marks)
        elif does:
            if not found:
                raise UnfitRecord("malformed_record", "an answer before any question", where=pair.turns)
            _answer(turn.get(pair.says), found[-1], f"{pair.turns}, {pair.says}", marks)
        elif marks_in(
            turn.get(pair.says), marks
        ):  # without these marks the others would stand for wrong images
            raise UnfitRecord(
                "malformed_record",
                "a turn of a speaker that is left out holds the mark of an image",
                where=f"{pair.turns}, {pair.says}",
                got=turn.get(pair.speaker),
                hint="Declare its speaker under `asks` of the pair, and the turn becomes part of a question.",
            )
    return found


def _ask(value: Any, exchange: _Exchange, name: str, marks: Marks) -> None:
    """Add the question in a turn to its exchange."""
    try:
        text, numbers = spoken(value, name, marks)
    except DataError as fault:
        text, numbers = "", [UNNUMBERED] * marks_in(value, marks)
        exchange.fault = exchange.fault or fault
    exchange.asked.append(text)
    exchange.numbers += numbers


def _answer(value: Any, exchange: _Exchange, name: str, marks: Marks) -> None:
    """Add the answer in a turn to its exchange."""
    try:
        text, numbers = spoken(value, name, marks)
        if numbers:  # a model would learn to write the mark as a word
            raise UnfitRecord("malformed_record", "an answer holds the mark of an image", where=name)
    except DataError as fault:
        text = ""
        exchange.fault = exchange.fault or fault
    exchange.answered.append(text)


def _shown(exchanges: list[_Exchange], pair: Conversation, images: int) -> list[tuple[int, ...]]:
    """Return the images that each exchange shows: those whose marks are in it or before it."""
    numbers = [number for each in exchanges for number in each.numbers]
    if images == 1 and not numbers:
        return [(0,)] * len(exchanges)
    faults = [each.fault for each in exchanges if each.fault]
    if len(numbers) != images and faults:  # a mark may be missing because its turn is not a text
        raise faults[0]
    lost = next((each.fault for each in exchanges if each.fault and each.numbers), None)
    if images > 1 and lost:
        raise lost
    order = ordered(numbers, images, pair.turns)
    found, so_far = [], 0
    for each in exchanges:
        so_far += len(each.numbers)
        found.append(tuple(order[:so_far]))
    return found


def _told(exchange: _Exchange, pair: Conversation, images: int, shown: tuple[int, ...]) -> Said | DataError:
    """Return the question, answer and images of an exchange, or the error that makes it unfit."""
    if exchange.fault:
        return exchange.fault
    question, answer = "\n".join(exchange.asked), "\n".join(exchange.answered)
    try:
        return Said(words(unmarked(question) if images == 1 else question, pair.turns), answer, shown)
    except DataError as fault:
        return fault
