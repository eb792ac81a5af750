"""Turns as questions and answers, and what one that is unfit costs."""

import pytest

from vladata.corpora.conversations import said
from vladata.corpora.fields import LONGEST_TEXT
from vladata.errors import DataError, UnfitRecord
from vladata.spec.corpus_pairs import Conversation

PAIR = Conversation(task="conversation", turns="turns")


def turns(*texts):
    return [{"from": ("human", "gpt")[i % 2], "value": text} for i, text in enumerate(texts)]


def told(given, images=1):
    """Question and answer of each exchange, of an unfit one its reason."""
    return [found.reason if isinstance(found, DataError) else found for found in said(given, PAIR, images)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "missing_text"),
        (" \n", "missing_text"),
        (None, "missing_text"),
        (float("nan"), "missing_text"),
        (True, "malformed_record"),
        (["a"], "malformed_record"),
        ("a\ud800", "bad_text"),
        ("x" * (LONGEST_TEXT + 1), "too_large"),
    ],
    ids=repr,
)
def test_a_turn_that_is_no_text_costs_its_exchange(text, reason):
    assert told(turns("a", "b", "c", text, "e", "f")) == [("a", "b"), reason, ("e", "f")]
    assert told(turns("a", "b", text, "d", "e", "f")) == [("a", "b"), reason, ("e", "f")]
    assert told(turns(text, "b", "c", "d")) == [reason, ("c", "d")]
    assert told(turns("a", text)) == [reason]


def test_what_the_error_says():
    (fault,) = said(turns("a", ""), PAIR, 1)
    assert str(fault) == "turns, value: a text without words; got ''."


def test_an_answer_of_two_turns_of_which_one_is_none():
    given = [*turns("a", ""), {"from": "gpt", "value": "b"}, *turns("c", "d")]
    assert told(given) == ["missing_text", ("c", "d")]


def test_what_nobody_answered_or_asked_costs_nothing():
    assert told([{"from": "system", "value": None}, *turns("a", "b", "")]) == [("a", "b")]


def test_a_mark_in_an_answer_costs_its_exchange():
    assert told(turns("a", "<image>", "c", "d")) == ["malformed_record", ("c", "d")]


def test_a_question_of_a_mark_alone_costs_its_exchange():
    assert told(turns("<image>", "b", "c", "d")) == ["missing_text", ("c", "d")]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (turns("<image> a", "", "<image> c", "d"), "missing_text"),  # its mark went with it
        (turns("<image> a", "b", None, "d"), "missing_text"),
        (turns("<image> a", "b", "c", "d"), "malformed_record"),
    ],
)
def test_marks_of_two_images_that_are_not_there(given, reason):
    with pytest.raises(UnfitRecord) as caught:
        told(given, images=2)
    assert caught.value.reason == reason


def test_marks_of_two_images_that_are_there():
    given = turns("<image> <image> a", "b", "c", "", "e", "f")
    assert told(given, images=2) == [("<image> <image> a", "b"), "missing_text", ("e", "f")]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("<image>\nWhat?", "What?"),
        ("What?\n<image>", "What?"),
        ("<image> What?", "What?"),
        ("in the mid <image> of text", "in the mid of text"),
        ("in the <image> <image> mid", "in the mid"),
        ("in the <image><image> mid", "in the mid"),
        ("look:<image> here", "look: here"),
        ("look <image>here", "look here"),
        ("no  <image>change", "no  change"),
    ],
)
def test_marks_of_one_image_are_taken_out(question, expected):
    assert told(turns(question, "b")) == [(expected, "b")]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ([3], "turns: a turn is no map; got 3"),
        ([{"value": "a"}], "turns, from: a turn has no speaker"),
        (turns("a", "b")[1:], "turns: an answer before any question"),
        ([], "turns: nobody answers"),
        (turns("a"), "turns: nobody answers"),
    ],
)
def test_what_costs_the_whole(given, says):
    with pytest.raises(UnfitRecord, match=says):
        told(given)
