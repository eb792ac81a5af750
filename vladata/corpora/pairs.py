"""The pairs of a record: a declaration turned into functions, once, that each record goes through.

Rule: one fault costs as little as it can. A question without an answer is a rejected pair beside good ones; a record whose
list of questions is no list is rejected as a whole. A record that gives no pair at all is rejected, never passed over.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from vladata.corpora import documents
from vladata.corpora.conversations import said
from vladata.corpora.examine import Image
from vladata.corpora.fields import follow, listed, taken_apart, weighed, words
from vladata.corpora.record import Record
from vladata.errors import DataError, UnfitRecord
from vladata.spec.corpus import CorpusSpec
from vladata.spec.corpus_pairs import Caption, Conversation, Interleaved, Question

Answers = list[tuple[str, float]]


class Made(NamedTuple):
    """One pair: columns of rows.ROWS."""

    task: str
    context: list[str]
    question: str
    answers: Answers
    images: tuple[Image, ...]


Pairs = Iterator[Made | DataError]
Maker = Callable[[Record], Pairs]


def pair_maker(spec: CorpusSpec) -> Maker:
    """What gives all pairs of a record; a pair that is unfit as its error. Raises what makes the whole record unfit."""
    makers = [_MAKERS[type(pair)](pair, spec) for pair in spec.pairs]
    if len(makers) == 1:
        return makers[0]

    def all_of(record: Record) -> Pairs:
        for make in makers:
            try:
                yield from make(record)
            except DataError as fault:  # of one kind of pair; another may be there all the same
                yield fault

    return all_of


def _captions(pair: Caption, spec: CorpusSpec) -> Maker:
    parts = taken_apart(pair.text, spec)

    def make(record: Record) -> Pairs:
        found = record.value(parts)
        images = record.own()
        for text in found if type(found) is list else (found,):
            try:
                yield Made("caption", [], "", [(words(text, pair.text), 1.0)], images)
            except DataError as fault:
                yield fault

    return make


def _questions(pair: Question, spec: CorpusSpec) -> Maker:
    if pair.each:
        return _each_question(pair, pair.each, spec)
    asks, answers = taken_apart(pair.question, spec), taken_apart(pair.answers, spec)

    def make(record: Record) -> Pairs:
        question, given = record.value(asks), record.value(answers)
        images = record.own()
        if type(question) is not list:
            yield _question(pair, question, given, images)
            return
        given = listed(given, pair.answers)
        if len(given) != len(question):
            what = f"{len(question):,} questions and {len(given):,} answers"
            raise UnfitRecord("malformed_record", what, where=pair.answers)
        for one, other in zip(question, given, strict=True):
            yield _question(pair, one, other, images)

    return make


def _each_question(pair: Question, each: str, spec: CorpusSpec) -> Maker:
    items = taken_apart(each, spec)
    asks, answers = tuple(pair.question.split(".")), tuple(pair.answers.split("."))

    def make(record: Record) -> Pairs:
        found = listed(record.value(items), each)
        images = record.own()
        for item in found:
            yield _question(pair, follow(item, asks), follow(item, answers), images)

    return make


def _question(pair: Question, question: Any, given: Any, images: tuple[Image, ...]) -> Made | DataError:
    try:
        return Made(pair.task, [], words(question, pair.question), weighed(given, pair.answers), images)
    except DataError as fault:
        return fault


def _conversation(pair: Conversation, spec: CorpusSpec) -> Maker:
    turns = taken_apart(pair.turns, spec)

    def make(record: Record) -> Pairs:
        found = listed(record.value(turns), pair.turns)
        images = record.own()
        context: list[str] = []
        for exchange in said(found, pair, len(images)):
            if isinstance(exchange, DataError):
                yield exchange
                continue
            question, answer = exchange
            yield Made("conversation", list(context), question, [(answer, 1.0)], images)
            context += exchange

    return make


def _interleaved(pair: Interleaved, spec: CorpusSpec) -> Maker:
    paths = [taken_apart(path, spec) for path in pair.reads]

    def make(record: Record) -> Pairs:
        texts, items, *before = (listed(record.value(parts), ".".join(parts)) for parts in paths)
        pieces = documents.in_order(texts, items, before[0] if before else None)
        question, answer, images = documents.rendered(pieces, record.pick)
        yield Made("interleaved", [], question, [(answer, 1.0)], images)

    return make


_MAKERS: dict[type, Callable[[Any, CorpusSpec], Maker]] = {
    Caption: _captions,
    Question: _questions,
    Conversation: _conversation,
    Interleaved: _interleaved,
}
