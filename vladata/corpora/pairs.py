"""The pairs of a record: a declaration becomes functions once, which are then called with each record.

Rule: one fault costs as little as possible. If a question has no answer, only its pair is rejected; if the list of questions is
not a list, the whole record is. A record that gives no pair is rejected, never left out silently.

A caption is about all images of its record, and so is a question without marks. If a question has marks, there must be as many
marks as images, and they give the order of the images. The text that the model must write has no mark.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from vladata.corpora import documents
from vladata.corpora.conversations import said
from vladata.corpora.examine import Image
from vladata.corpora.fields import follow, listed, taken_apart, weighed, words
from vladata.corpora.marks import Marks, ordered, unmarked
from vladata.corpora.record import Record
from vladata.corpora.turns import Speakers, marks_in, names_in
from vladata.errors import DataError, UnfitRecord
from vladata.spec.corpus import CorpusSpec
from vladata.spec.corpus_pairs import Caption, Conversation, Interleaved, Question

Answers = list[tuple[str, float]]


class CorpusPair(NamedTuple):
    """One pair: columns of rows.ROWS."""

    task: str
    context: list[str]
    question: str
    answers: Answers
    images: tuple[Image, ...]


Pairs = Iterator[CorpusPair | DataError]
Maker = Callable[[Record], Pairs]


def pair_maker(spec: CorpusSpec) -> Maker:
    """Return a function that yields the pairs of a record, and an error instead of an unfit pair.

    The function raises an error that makes the whole record unfit.
    """
    makers = [_MAKERS[type(pair)](pair, spec) for pair in spec.pairs]
    if len(makers) == 1:
        return makers[0]

    def all_of(record: Record) -> Pairs:
        for make in makers:
            try:
                yield from make(record)
            except DataError as fault:  # this kind of pair is unfit; other kinds may be fit
                yield fault

    return all_of


def _captions(pair: Caption, spec: CorpusSpec) -> Maker:
    parts, marks = taken_apart(pair.text, spec), Marks(spec.marks)

    def make(record: Record) -> Pairs:
        found = record.value(parts)
        images = _all_of(record.own(), record.lacks)
        for text in found if type(found) is list else (found,):
            try:
                caption = words(text, pair.text)
                marks.refuse(caption, pair.text)
                yield CorpusPair("caption", [], "", [(caption, 1.0)], images)
            except DataError as fault:
                yield fault

    return make


def _questions(pair: Question, spec: CorpusSpec) -> Maker:
    if pair.each:
        return _each_question(pair, pair.each, spec)
    asks, answers, marks = (
        taken_apart(pair.question, spec),
        taken_apart(pair.answers, spec),
        Marks(spec.marks),
    )

    def make(record: Record) -> Pairs:
        question, given = record.value(asks), record.value(answers)
        images = record.own()
        if type(question) is not list:
            yield _question(pair, question, given, images, record.lacks, marks)
            return
        given = listed(given, pair.answers)
        if len(given) != len(question):
            what = f"{len(question):,} questions and {len(given):,} answers"
            raise UnfitRecord("malformed_record", what, where=pair.answers)
        for one, other in zip(question, given, strict=True):
            yield _question(pair, one, other, images, record.lacks, marks)

    return make


def _each_question(pair: Question, each: str, spec: CorpusSpec) -> Maker:
    items, marks = taken_apart(each, spec), Marks(spec.marks)
    asks, answers = tuple(pair.question.split(".")), tuple(pair.answers.split("."))

    def make(record: Record) -> Pairs:
        found = listed(record.value(items), each)
        images = record.own()
        for item in found:
            question, given = follow(item, asks), follow(item, answers)
            yield _question(pair, question, given, images, record.lacks, marks)

    return make


def _question(
    pair: Question, question: Any, given: Any, images: tuple[Image, ...], lacks: str, marks: Marks
) -> CorpusPair | DataError:
    try:
        text, numbers = marks.read(words(question, pair.question), pair.question)
        answers = weighed(given, pair.answers)
        for answer, _ in answers:
            marks.refuse(answer, pair.answers)
        if not numbers:
            return CorpusPair(pair.task, [], text, answers, _all_of(images, lacks))
        shown = tuple(images[i] for i in ordered(numbers, len(images), pair.question))
        if len(images) == 1:
            text = words(unmarked(text), pair.question)
        return CorpusPair(pair.task, [], text, answers, shown)
    except DataError as fault:
        return fault


def _all_of(images: tuple[Image, ...], lacks: str) -> tuple[Image, ...]:
    """Return all images of a record, for a text without marks. Raises an error if a declared image is missing."""
    if lacks:
        raise UnfitRecord(
            "missing_image",
            "the record has fewer images than are declared, and its text has no marks that would say how many are right",
            where=lacks,
        )
    return images


def _conversation(pair: Conversation, spec: CorpusSpec) -> Maker:
    turns, marks, speakers = taken_apart(pair.turns, spec), Marks(spec.marks), Speakers(pair)

    def make(record: Record) -> Pairs:
        found = listed(record.value(turns), pair.turns)
        images = record.own()
        if not any(marks_in(turn.get(pair.says), marks) for turn in found if isinstance(turn, dict)):
            images = _all_of(images, record.lacks)
        _refuse_another_order(found, pair, images)
        context: list[str] = []
        for exchange in said(found, speakers, len(images), marks):
            if isinstance(exchange, DataError):
                yield exchange
                continue
            question, answer, shown = exchange
            if shown:
                seen = tuple(images[i] for i in shown)
                yield CorpusPair("conversation", list(context), question, [(answer, 1.0)], seen)
            else:
                what = "expected an image in this exchange or before it, found none"
                yield UnfitRecord("missing_image", what, where=pair.turns, got=question)
            context += (question, answer)

    return make


def _refuse_another_order(turns: list[Any], pair: Conversation, images: tuple[Image, ...]) -> None:
    """Raise UnfitRecord if the turns of a conversation name the images in another order than the record has them."""
    if len(images) < 2:
        return
    files = [image.file.rpartition("/")[2] for image in images]
    named = names_in(turns, pair.says)
    if named != files and sorted(named) == sorted(files):
        raise UnfitRecord(
            "malformed_record",
            "the parts of the turns name the images in another order than the record",
            where=pair.turns,
            got=", ".join(named),
            allowed=", ".join(files),
            hint=f'Declare the names of the parts: `image: {{file: ["{{{pair.turns}.{pair.says}.image}}"]}}`.',
        )


def _interleaved(pair: Interleaved, spec: CorpusSpec) -> Maker:
    paths, marks = [taken_apart(path, spec) for path in pair.reads], Marks(spec.marks)

    def make(record: Record) -> Pairs:
        texts, items, *before = (listed(record.value(parts), ".".join(parts)) for parts in paths)
        pieces = documents.in_order(texts, items, before[0] if before else None)
        question, answer, images = documents.rendered(pieces, record.pick, marks)
        yield CorpusPair("interleaved", [], question, [(answer, 1.0)], images)

    return make


_MAKERS: dict[type, Callable[[Any, CorpusSpec], Maker]] = {
    Caption: _captions,
    Question: _questions,
    Conversation: _conversation,
    Interleaved: _interleaved,
}
