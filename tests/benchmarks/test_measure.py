import pytest

from benchmarks.bench import Row, row
from benchmarks.command import beyond
from benchmarks.measure import Measured, Series, in_turn


def series(steps, *seconds, peak_mb=40.0):
    return Series(tuple(Measured(steps, each, peak_mb) for each in seconds))


def test_works_run_in_turn_and_every_second_round_backwards():
    ran = []

    def work(name):
        return lambda: ran.append(name) or Measured(1, 1.0, 0.0)

    found = in_turn(3, {name: work(name) for name in "abc"})
    assert "".join(ran) == "abccbaabc"
    assert {name: len(each.each) for name, each in found.items()} == {"a": 3, "b": 3, "c": 3}


def test_a_row_has_the_median_rate_and_the_median_of_the_rounds_ratios():
    ours, floor = series(100, 1.0, 4.0, 2.0, peak_mb=300.0), series(100, 0.5, 1.0, 1.6)
    assert row("ours", ours, floor) == Row("ours", 50.0, "steps/s", 300.0, 100.0, 0.5)
    assert row("alone", ours) == Row("alone", 50.0, "steps/s", 300.0, None, None)


def test_what_is_beyond_is_told_apart_from_what_comes_before():
    assert beyond(series(1000, 3.0), series(5000, 7.0)) == pytest.approx((1000.0, 2.0))
