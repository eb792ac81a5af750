"""Texts of codec words: read back strictly, and never malformed under the automaton.

With VLADATA_FUZZ=all (`make fuzz`) a million sequences and hostile texts; some thousands otherwise.
"""

import random
import re

import numpy as np
import pytest

from tests.actions.test_every_codec import hostile, walks
from tests.actions.test_words import CONVENTIONS, DRAWN, LENGTH, SETTINGS, made
from vladata.errors import ParseError


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("settings", SETTINGS)
def test_no_text_under_the_automaton_is_malformed(convention, settings):
    found = made(convention, **settings)
    lengths = set()
    for text in walks(found, DRAWN // len(SETTINGS), seed=3):
        steps = found.parse(text)
        assert found.text(steps) == text
        lengths.add(text.count(", "))
    assert lengths >= {0, 1, 2}


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_every_text_is_accepted_by_the_automaton(convention):
    found, rng = made(convention, degrees=1), np.random.default_rng(2)
    values = rng.normal(0, 0.05, (500, LENGTH, 7)).astype(np.float32)
    values[..., 6] = rng.integers(0, 2, values.shape[:2])
    values[:9, :, :6] = 0
    machine = found.automaton()
    for text in found.texts(found.encode(values)):
        state = machine.start
        for letter in text:
            assert letter in machine.allowed(state)
            state = machine.after(state, letter)
        assert machine.is_end(state)
    assert machine.after(machine.start, "move sideways") is None


WORDS = [
    "move ",
    "forward ",
    "up ",
    "tilt ",
    "degrees",
    "degree",
    " cm",
    ", ",
    "open gripper",
    "no movement",
    "1",
    "10",
    "0",
]


def near(good, count, seed):
    """Hostile texts as other codecs meet them, and phrases and words put together anew."""
    rng = random.Random(seed)
    yield from hostile(good, count // 2, seed)
    for _ in range(count - count // 2):
        phrases = [phrase for text in rng.choices(good, k=2) for phrase in text.split(", ")]
        rng.shuffle(phrases)
        phrases.insert(rng.randrange(len(phrases) + 1), "".join(rng.choices(WORDS, k=rng.randrange(4))))
        yield rng.choice([", ", ", ", ",", " ", " and "]).join(phrases[: rng.randint(1, 6)])


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_a_hostile_text_is_motion_that_it_spells_or_a_parse_error(convention):
    found, refused = made(convention, degrees=1), 0
    for text in near(list(walks(found, 200, seed=5)), DRAWN, seed=6):
        try:
            steps = found.parse(text)
        except ParseError:
            refused += 1
        else:
            assert found.text(steps) == text.strip()
            assert np.isfinite(found.decode(steps)).all()
    assert 20 < refused < DRAWN - 20


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the text is empty"),
        (
            "move forward 0 cm, open gripper",
            "phrase 1, 'move forward 0 cm', is not a multiple of 1 from 1 to 9999",
        ),
        ("move forward 10000 cm, open gripper", "phrase 1, 'move forward 10000 cm', is not a multiple of 1"),
        ("move forward 03 cm, open gripper", "phrase 1, 'move forward 03 cm', is unknown"),
        ("move forward -3 cm, open gripper", "phrase 1, 'move forward -3 cm', is unknown"),
        ("move forward 3.5 cm, open gripper", "phrase 1, 'move forward 3.5 cm', is unknown"),
        ("move left 2 cm, move up 1 cm, open gripper", "phrase 2, 'move up 1 cm', comes too late"),
        ("move up 1 cm, move down 2 cm, open gripper", "phrase 2, 'move down 2 cm', is a second one for dz"),
        ("move up 5 cm", "a phrase for gripper is missing"),
        ("no movement", "a phrase for gripper is missing"),
        ("open gripper, move up 5 cm", "phrase 2, 'move up 5 cm', comes too late"),
        (
            "move up 5 degrees, open gripper",
            "phrase 1, 'move up 5 degrees', has the unit 'degrees' instead of cm",
        ),
        (
            "tilt left 10 degree, open gripper",
            "phrase 1, 'tilt left 10 degree', has the unit 'degree' instead of degrees",
        ),
        (
            "tilt left 5 degrees, open gripper",
            "phrase 1, 'tilt left 5 degrees', is not a multiple of 10 from 10 to 9990",
        ),
        ("move up, open gripper", "phrase 1, 'move up', needs a number"),
        ("open gripper 3 cm", "phrase 1, 'open gripper 3 cm', must not have a number"),
        ("move up 5 cm,open gripper", "phrase 1, 'move up 5 cm,open gripper', is unknown"),
        ("move up 5 cm, open gripper, ", "phrase 2, 'open gripper,', is unknown"),
        ("Move up 5 cm, open gripper", "phrase 1, 'Move up 5 cm', is unknown"),
        ("move up ٣ cm, open gripper", "phrase 1, 'move up ٣ cm', is unknown"),
    ],
)
def test_what_is_not_said_so_is_refused(text, says):
    with pytest.raises(ParseError, match=f"^{re.escape(says)}") as caught:
        made().parse(text)
    assert caught.value.allowed.startswith(
        "phrases of dx, dz, dy, droll, dpitch, dyaw, gripper, in this order"
    )


def test_one_degree_is_singular():
    found = made(degrees=1)
    assert found.text(np.array([0, 0, 0, 1, 0, 0, 1])) == "tilt left 1 degree, open gripper"
    with pytest.raises(ParseError, match="has the unit 'degrees' instead of degree;"):
        found.parse("tilt left 1 degrees, open gripper")
