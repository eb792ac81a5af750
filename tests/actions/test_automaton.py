"""The automaton of number texts: next characters and bins literally, then every short text against the parser."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vladata.actions.automaton import NumberAutomaton
from vladata.actions.text import NumberText, spelled
from vladata.errors import ParseError

RT1 = NumberText(("terminate", "dx", "dy"), (0, 0, 0), (1, 255, 255))
PLANE = NumberText(("dx", "dy"), (-10, -10), (10, 10))


def after(text, grammar=RT1):
    machine = NumberAutomaton(grammar)
    state = machine.after(machine.start, text)
    return None if state is None else ("".join(sorted(machine.allowed(state))), machine.is_end(state))


@pytest.mark.parametrize(
    ("text", "grammar", "allowed", "is_end"),
    [
        ("", RT1, "01", False),
        ("1", RT1, " ", False),
        ("1 ", RT1, "0123456789", False),
        ("1 0", RT1, " ", False),
        ("1 2", RT1, " 0123456789", False),
        ("1 25", RT1, " 012345", False),
        ("1 26", RT1, " ", False),
        ("1 255 ", RT1, "0123456789", False),
        ("1 255 2", RT1, "0123456789", True),
        ("1 255 25", RT1, "012345", True),
        ("1 255 255", RT1, "", True),
        ("", PLANE, "-0123456789", False),
        ("-", PLANE, "123456789", False),
        ("-1", PLANE, " 0", False),
        ("-2", PLANE, " ", False),
        ("-10 1", PLANE, "0", True),
        ("-10 -", PLANE, "123456789", False),
    ],
)
def test_what_may_come_next(text, grammar, allowed, is_end):
    assert after(text, grammar) == (allowed, is_end)


@pytest.mark.parametrize(
    "text", ["2", "01", "1  ", " ", "1 256", "1 300", "1 1 1 ", "1 -1", "x", "1 00", "-"]
)
def test_what_no_text_begins_with(text):
    assert after(text) is None


def test_characters_may_be_taken_one_by_one_or_at_once():
    machine = NumberAutomaton(RT1)
    state = machine.start
    for letter in "1 25 0":
        state = machine.after(state, letter)
    assert state == machine.after(machine.start, "1 25 0")
    assert (
        len({state, machine.after(machine.start, "1 255 0"), machine.start}) == 2
    )  # "25 " or "255 ": the same is left


GRAMMARS = [
    NumberText(("a",), (0,), (12,)),
    NumberText(("a",), (-12,), (3,)),
    NumberText(("a",), (-12,), (-3,)),
    NumberText(("a",), (7,), (21,)),
    NumberText(("a", "b"), (0, -1), (1, 2)),
    NumberText(("a",), (0,), (2,), chunk=3),
    NumberText(("a",), (0,), (2,), chunk=3, shorter=True),
]


@pytest.mark.parametrize("grammar", GRAMMARS, ids=str)
def test_every_text_of_a_few_characters_is_accepted_as_the_parser_takes_it(grammar):
    """The parser, the machine, and each number written out: three ways to say which texts are whole."""
    machine = NumberAutomaton(grammar)
    ranges = [
        range(low, high + 1) for low, high in zip(grammar.least, grammar.most, strict=True)
    ] * grammar.chunk
    whole = set()
    for count in range(1, len(ranges) + 1):
        if count == len(ranges) or (grammar.shorter and count % grammar.width == 0):
            whole |= {" ".join(map(str, numbers)) for numbers in product(*ranges[:count])}
    letters = sorted({letter for text in whole for letter in text} | {"-", "9"})
    begun = {text[:n] for text in whole for n in range(len(text) + 1)}
    longest = 5 if len(letters) < 8 else 4
    for text in ("".join(each) for n in range(longest + 1) for each in product(letters, repeat=n)):
        state = machine.after(machine.start, text)
        assert (state is not None) == (text in begun), text
        assert (state is not None and machine.is_end(state)) == (text in whole), text
        if state is not None:
            assert {x for x in letters if text + x in begun} == machine.allowed(state), text
        if text == text.strip():
            assert _parses(grammar, text) == (text in whole), text


def _parses(grammar, text):
    try:
        return spelled(grammar.parse(text)[np.newaxis]) == [text]
    except ParseError:
        return False


@settings(max_examples=100)
@given(st.data())
def test_texts_drawn_under_the_machine_parse(data):
    width = data.draw(st.integers(1, 4))
    least = data.draw(st.lists(st.integers(-300, 300), min_size=width, max_size=width))
    most = [low + data.draw(st.integers(0, 1000)) for low in least]
    names = tuple("abcd"[:width])
    chunk, shorter = data.draw(st.integers(1, 3)), data.draw(st.booleans())
    grammar = NumberText(names, tuple(least), tuple(most), chunk, shorter)
    machine, text = NumberAutomaton(grammar), ""
    while True:
        state = machine.after(machine.start, text)
        choices = sorted(machine.allowed(state)) + [""] * machine.is_end(state)
        letter = data.draw(st.sampled_from(choices))
        if not letter:
            break
        text += letter
    assert spelled(grammar.parse(text)[np.newaxis]) == [text]


@pytest.mark.parametrize(
    ("prefix", "found"),
    [
        ([], (range(0, 2), False)),
        ([1], (range(0, 256), False)),
        ([1, 255, 255], (range(0), True)),
        ([1, 255, 255, 0], (range(0), False)),
        ([2], (range(0), False)),
        ([1, -1], (range(0), False)),
    ],
)
def test_which_bins_may_follow(prefix, found):
    assert RT1.bins_allowed(prefix) == found


def test_which_bins_may_follow_in_a_chunk():
    three = NumberText(("dx", "dy"), (0, -1), (5, 2), chunk=3)
    assert [three.bins_allowed([0] * n) for n in range(7)] == [
        (range(0, 6), False),
        (range(-1, 3), False),
    ] * 3 + [(range(0), True)]
    shorter = NumberText(("dx", "dy"), (0, -1), (5, 2), chunk=3, shorter=True)
    ends = [shorter.bins_allowed([0] * n)[1] for n in range(7)]
    assert ends == [False, False, True, False, True, False, True]
