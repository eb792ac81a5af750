"""Turns as questions and answers, and what one that is unfit costs."""

import pytest

from vladata.corpora.conversations import Said, said
from vladata.corpora.fields import LONGEST_TEXT
from vladata.corpora.marks import Marks
from vladata.corpora.turns import Speakers
from vladata.errors import UnfitRecord
from vladata.spec.corpus_pairs import Conversation

PAIR = Conversation(task="conversation", turns="turns")


def turns(*texts):
    return [{"from": ("human", "gpt")[i % 2], "value": text} for i, text in enumerate(texts)]


def exchanges(given, images=1, marks=("<image>",), pair=PAIR):
    return list(said(given, Speakers(pair), images, Marks(marks)))


def told(given, images=1):
    """Question and answer of each exchange, of an unfit one its reason."""
    return [found[:2] if isinstance(found, Said) else found.reason for found in exchanges(given, images)]


def shown(given, images=1, **rest):
    """The images that each exchange shows, of an unfit one its reason."""
    return [
        found.shown if isinstance(found, Said) else found.reason for found in exchanges(given, images, **rest)
    ]


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
    (fault,) = exchanges(turns("a", ""))
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
        ([3], "turns: a turn is not a map; got 3"),
        ([{"value": "a"}], "turns, from: a turn has no speaker"),
        (turns("a", "b")[1:], "turns: an answer before any question"),
        ([], "turns: nobody answers"),
        (turns("a"), "turns: nobody answers"),
    ],
)
def test_what_costs_the_whole(given, says):
    with pytest.raises(UnfitRecord, match=says):
        told(given)


@pytest.mark.parametrize(
    ("given", "images", "expected"),
    [
        (turns("<image>\nWhat?", "A cat.", "<image>\nAnd this?", "A dog."), 2, [(0,), (0, 1)]),
        (turns("Hello", "Hi.", "<image><image>\nSame?", "No."), 2, [(), (0, 1)]),
        (turns("Hello", "Hi.", "<image>\nWhat?", "A cat.", "Sure?", "Yes."), 1, [(), (0,), (0,)]),
        (turns("Hello", "Hi.", "What?", "A cat."), 1, [(0,), (0,)]),  # no mark: from the first turn
        (turns("a", "b", "<image>"), 1, [()]),  # nobody answered what shows it
        (turns("a", "", "<image> c", "d"), 1, ["missing_text", (0,)]),
        (turns("a <image>", "", "c", "d"), 1, ["missing_text", (0,)]),  # it was shown, though not well
        (turns("a", "b", "<image>" + "x" * LONGEST_TEXT, "d"), 1, [(), "too_large"]),
    ],
)
def test_an_exchange_shows_what_was_marked_up_to_it(given, images, expected):
    assert shown(given, images) == expected


@pytest.mark.parametrize(
    ("question", "images", "says"),
    [
        ("Compare <image> and <image>.", 1, "turns: 2 marks for 1 image."),
        ("Compare <image> and <image>.", 3, "turns: 2 marks for 3 images."),
        ("Compare them.", 2, "turns: 0 marks for 2 images."),
    ],
)
def test_marks_and_images_that_differ_in_number(question, images, says):
    with pytest.raises(UnfitRecord) as caught:
        exchanges(turns(question, "b"), images)
    assert str(caught.value) == says


NUMBERED = ("<image{1}>",)


@pytest.mark.parametrize(
    ("marks", "given", "images", "question", "expected"),
    [
        (("<Image>",), turns("<Image> and <Image>?", "b"), 2, "<image> and <image>?", [(0, 1)]),
        (("<|image|>",), turns("<|image|>What?", "b"), 1, "What?", [(0,)]),
        (("<video>", "<image>"), turns("<video><image> a", "b"), 2, "<image><image> a", [(0, 1)]),
        (NUMBERED, turns("<image2> or <image1>?", "b"), 2, "<image> or <image>?", [(1, 0)]),
        (NUMBERED, turns("<image2>", "b", "<image1>?", "d"), 2, "<image>", [(1,), (1, 0)]),
        (("<|image_{0}|>",), turns("<|image_1|><|image_0|> a", "b"), 2, "<image><image> a", [(1, 0)]),
    ],
)
def test_declared_marks_in_the_order_of_the_text(marks, given, images, question, expected):
    assert exchanges(given, images, marks)[0].question == question
    assert shown(given, images, marks=marks) == expected


@pytest.mark.parametrize("question", ["<image1> or <image1>?", "<image1> or <image3>?", "<image0>, <image1>"])
def test_numbers_that_do_not_name_each_image_once(question):
    with pytest.raises(UnfitRecord, match="turns: the marks do not name each of 2 images once; got 'image "):
        exchanges(turns(question, "b"), 2, NUMBERED)


def test_speakers_have_no_capitals():
    given = [{"from": "Human", "value": "a"}, {"from": "GPT", "value": "b"}, {"from": "SYSTEM", "value": "c"}]
    assert told(given) == [("a", "b")]


def test_a_speaker_whom_nobody_knows_is_named():
    given = [*turns("a", "b", "c"), {"from": "bing", "value": "d"}]
    with pytest.raises(UnfitRecord) as caught:
        told(given)
    assert str(caught.value) == (
        "turns, from: an unknown speaker; got 'bing'; allowed: human, user, gpt, assistant, system.\n"
        "  Declare the speaker under `asks`, `answers` or `left_out` of the pair."
    )
    known = Conversation(task="conversation", turns="turns", answers=("gpt", "Bing"))
    assert [found[:2] for found in exchanges(given, pair=known)] == [("a", "b"), ("c", "d")]


CHAT = Conversation(task="conversation", turns="turns", speaker="role", says="content")
URL = {"type": "image_url", "image_url": {"url": "a.jpg"}}


def text(words):
    return {"type": "text", "text": words}


def chat(*contents):
    return [{"role": ("user", "assistant")[i % 2], "content": what} for i, what in enumerate(contents)]


def test_turns_made_of_parts():
    given = chat(
        [URL, text("What?")], [text("A cat.")], "Hm.", "Yes.", [text("And"), URL, text("this?")], "A dog."
    )
    assert exchanges(given, 2, pair=CHAT) == [
        Said("<image>\nWhat?", "A cat.", (0,)),
        Said("Hm.", "Yes.", (0,)),
        Said("And\n<image>\nthis?", "A dog.", (0, 1)),
    ]
    assert exchanges(chat([{"type": "image"}, text("What?")], "A cat."), 1, pair=CHAT) == [
        Said("What?", "A cat.", (0,))
    ]


@pytest.mark.parametrize(
    ("part", "got"),
    [
        ({"type": "video", "video": "a.mp4"}, "'video'"),
        ("words", "'words'"),
        ({"type": None}, "{'type': None}"),
    ],
)
def test_parts_of_turns_that_are_something_else(part, got):
    (fault,) = exchanges(chat([text("a"), part], "b"), pair=CHAT)
    assert str(fault) == (
        f"turns, content: a part of a turn is neither text nor image; got {got}; "
        "allowed: maps with the type text, input_text, output_text, image, image_url, input_image."
    )


def test_a_chat_under_a_declaration_with_other_keys():
    with pytest.raises(
        UnfitRecord, match=r"has no speaker.\n  The turn has the keys role, content: `speaker` and `says`"
    ):
        told(chat("a", "b"))
