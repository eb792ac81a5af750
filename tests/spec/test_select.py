"""The `select` of a recipe: what it may say, and the control frequency that it asks for."""

import pytest

from vladata.errors import SpecError, UsageError
from vladata.spec.read import validate
from vladata.spec.select import Idle, Select


def select(text):
    return validate(Select, text, "mine.yaml")


def test_all_of_it():
    found = select(
        "{instruction: {keep: pick|place, drop: drawer}, success: true, length: {min: 2, max: 9}, "
        "idle: {longest: 3}, hz: 5}"
    )
    assert (found.instruction.keep, found.length.max, found.hz) == ("pick|place", 9, 5.0)
    assert found.idle == Idle(longest=3, still=1e-3, gripper=0.01, shortest=1)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{length: {}}", "has no condition; give min or max"),
        ("{length: {min: 3, max: 2}}", "allowed: 3 (min) or more"),
        ("{instruction: {}}", "has no condition; give keep or drop"),
        ("{instruction: {keep: '('}}", "is not a regular expression"),
        ("{every: 2, hz: 5}", "is not used together with every"),
        ("{every: 1}", "2 or more"),
        ("{idel: {longest: 3}}", 'did you mean "idle"'),
        ("{success: 1}", "true or false"),
    ],
)
def test_what_makes_no_sense_is_named(text, says):
    with pytest.raises(SpecError) as error:
        select(text)
    assert says in str(error.value)


def test_a_frequency_is_a_whole_part_of_the_data_s():
    assert Select().factor(None, "x") == 1
    assert Select(every=3).factor(None, "x") == 3
    assert Select(hz=5).factor(15.0, "x") == 3
    assert Select(hz=15).factor(15.0, "x") == 1
    assert Select(hz=1.667).factor(5.0, "x") == 3


@pytest.mark.parametrize(
    ("hz", "frequency", "says"),
    [
        (4.0, 15.0, r"allowed: 5 \(every: 3\), 3.75 \(every: 4\), 3 \(every: 5\)"),
        (30.0, 15.0, r"allowed: 15 \(every: 1\), 7.5 \(every: 2\)"),
        (5.0, None, "not established"),
    ],
)
def test_other_frequencies_are_refused(hz, frequency, says):
    with pytest.raises(UsageError, match=says):
        Select(hz=hz).factor(frequency, "bridge")
