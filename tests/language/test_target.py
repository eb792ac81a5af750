"""Targets and their parts: literal ones, and that no text can break the way back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vladata.errors import ParseError, UnfitRecord
from vladata.language.target import Target, TargetPart

COT = Target("Plan: {plan}. Action: {action}")
ECOT = Target(
    "TASK: {task} PLAN: {plan} SUBTASK REASONING: {why} SUBTASK: {subtask} MOVE: {move} ACTION: {action}"
)


def test_a_plan_and_its_action_are_read_back():
    text = COT.render({"plan": "pick rxbar chocolate", "action": "1 128 124 136 121 158 111 255"})
    assert text == "Plan: pick rxbar chocolate. Action: 1 128 124 136 121 158 111 255"
    assert COT.parse(text) == {
        "plan": TargetPart("pick rxbar chocolate", 6, 26),
        "action": TargetPart("1 128 124 136 121 158 111 255", 36, 65),
    }
    assert text[6:26] == "pick rxbar chocolate"


@pytest.mark.parametrize(
    "plan",
    [
        "",
        "one\ntwo\n",
        "stop. Then go.",
        "Action: now",
        "{action}",
        "{}{{}}",
        " spaces ",
        "Plan: x",
        ". Action",
        "a. Action:",
    ],
)
def test_what_a_plan_may_hold(plan):
    parts = COT.parse(COT.render({"plan": plan, "action": "1 2"}))
    assert (parts["plan"].text, parts["action"].text) == (plan, "1 2")


@pytest.mark.parametrize("plan", ["go. Action: 1 2", "x. Action: ", ". Action: "])
def test_a_plan_that_ends_itself_is_refused(plan):
    with pytest.raises(UnfitRecord, match="a part of the target holds the words that follow it") as caught:
        COT.render({"plan": plan, "action": "1 2"})
    assert caught.value.reason == "unsayable"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the text does not fit the target"),
        ("pick. Action: 1", "the text does not fit the target"),
        ("Plan: pick. Action:1", "the text does not fit the target"),
        ("plan: pick. Action: 1", "the text does not fit the target"),
        (" Plan: pick. Action: 1", "the text does not fit the target"),
        ("Plan: pick. Action: 1. Action: 2", "it is unclear where the parts of the target end"),
    ],
)
def test_what_is_no_target_is_refused(text, says):
    with pytest.raises(ParseError, match=says):
        COT.parse(text)


def test_a_target_of_words_alone_and_of_one_place():
    assert Target("yes").parse("yes") == {}
    with pytest.raises(ParseError, match="does not fit"):
        Target("yes").parse("yes!")
    assert Target("Go: {action}!").parse("Go: 1 2!")["action"] == TargetPart("1 2", 4, 7)
    with pytest.raises(ParseError, match="does not fit"):
        Target("aba{action}aba").parse("aba")


WORDS = [
    "Plan: ",
    ". Action: ",
    ". Action",
    ": ",
    "{action}",
    "{plan}",
    "\n",
    " PLAN: ",
    " SUBTASK: ",
    " MOVE: ",
    " ",
    "1 2",
    ".",
    "",
]
TEXTS = st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=4)), max_size=5).map("".join)


@given(st.lists(TEXTS, min_size=6, max_size=6))
def test_any_texts_are_read_back_or_refused(texts):
    for target in (COT, ECOT, Target("{plan}. Action: {action}"), Target("a{plan}aa{action}a")):
        parts = dict(zip(target.places, texts, strict=False))
        try:
            said = target.render(parts)
        except UnfitRecord:
            continue
        back = target.parse(said)
        assert {name: part.text for name, part in back.items()} == parts
        assert all(said[part.start : part.stop] == part.text for part in back.values())


@given(TEXTS)
def test_any_text_is_a_target_or_a_parse_error(text):
    """What is read is what would be written."""
    for target in (COT, ECOT):
        try:
            parts = target.parse(text)
        except ParseError:
            continue
        assert target.render({name: part.text for name, part in parts.items()}) == text
