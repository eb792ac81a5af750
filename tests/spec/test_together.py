"""Checks of several keys are made in one round with the keys themselves, and only with keys that are right."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

import pytest

from vladata.errors import SpecError
from vladata.spec.read import validate, validate_data
from vladata.spec.strict import Many, Strict
from vladata.spec.together import Problem, check


class Inner(Strict):
    low: int
    high: int = 9

    @check
    def _in_order(self) -> Iterator[Problem]:
        if self.low > self.high:
            yield ("high",), "is less than low"


class Outer(Strict):
    moved: ClassVar[Mapping[str, str]] = {"old": "is called one now"}

    one: Inner
    other: Inner | None = None
    names: Many[str] = ()

    @check
    def _other_is_larger(self) -> Iterator[Problem]:
        if self.other is not None and self.other.low < self.one.low:
            yield ("other", "low"), "is less than one.low"

    @check
    def _has_names(self) -> Iterator[Problem]:
        if not self.names:
            yield (), "has no names"


def said(text):
    with pytest.raises(SpecError) as caught:
        validate(Outer, text, "f.yaml")
    return [(problem.path, problem.says) for problem in caught.value.problems]


def test_all_checks_of_a_map_are_told():
    assert said("one: {low: 5}\nother: {low: 1}\n") == [
        ("", "has no names"),
        ("other.low", "is less than one.low"),
    ]


def test_a_check_takes_values_that_are_right_by_themselves():
    """`one` fails a check of its own: its numbers are numbers all the same."""
    assert said("one: {low: 10}\nother: {low: 1}\n") == [
        ("one.high", "is less than low"),
        ("", "has no names"),
        ("other.low", "is less than one.low"),
    ]


def test_a_check_of_a_key_that_is_wrong_is_left_out():
    assert said("one: {low: x}\nother: {low: 1}\nnames: []\n") == [
        ("one.low", 'got "x"; allowed: a whole number'),
        ("", "has no names"),
    ]
    assert said("one: {low: 1}\nnames: 3\n") == [("names", "got 3; allowed: a list")]


def test_a_key_that_is_missing_makes_no_check_fail():
    assert said("names: [a]\n") == [("one", "is missing")]


def test_an_unknown_key_and_one_that_moved():
    assert said("one: {low: 1, hihg: 2}\nold: 3\nnames: [a]\n") == [
        ("one.hihg", 'unknown key; did you mean "high"?'),
        ("old", "is called one now"),
    ]


def test_data_without_a_file_is_checked_likewise():
    with pytest.raises(SpecError, match=r"one\.high  is less than low"):
        validate_data(Outer, {"one": {"low": 3, "high": 2}, "names": ["a"]}, "here")


def test_what_a_program_makes_is_checked():
    with pytest.raises(ValueError, match="is less than low"):
        Inner(low=3, high=2)
    assert Inner(low=1) == Inner(low=1, high=9)
