"""A part of the index while steps go: what is left, what is booked, and the intervals by which a unit skips the rest."""

import numpy as np
import pytest

from vladata.index.rows import FILTERED, REJECTED, WHOLE, LeftOutStep, Row, table
from vladata.records import Dropped, Episode, Place
from vladata.robot.unit import taken
from vladata.selection.rows import Rows


def part_of(rng, episodes):
    """Rows of random steps (a stride between them), some unfit for good, some for want of words, some for a picture of a
    camera that is taken or of one that is not, and some for several of these."""
    rows = []
    for e in range(episodes):
        steps = int(rng.integers(1, 30))
        every = np.arange(1, steps, int(rng.integers(1, 4)))
        unfit = every[rng.random(len(every)) < 0.2]
        mute = [n for n in every if n not in unfit and rng.random() < 0.1]
        numbers = np.array([n for n in every if n not in unfit], np.int32)
        left_out = [LeftOutStep(int(n), REJECTED, "not_finite", "") for n in unfit]
        for camera in ("primary", "wrist"):
            dark = [n for n in every if n not in unfit and rng.random() < 0.1]
            left_out += [LeftOutStep(int(n), REJECTED, "bad_image", camera, camera) for n in dark]
        left_out += [LeftOutStep(int(n), FILTERED, "empty_instruction", "") for n in mute]
        action = rng.normal(0, 1, (len(numbers), 2)).astype(np.float32)
        place, gone = Place("f", 0, e, 0, 0), (Dropped("last_step", steps - len(every)),)
        left_out.sort(key=lambda entry: entry.step)
        spoken = np.zeros(len(numbers), np.int32)
        rows.append(Row("train", place, 0, steps, ("go",), gone, tuple(left_out), numbers, spoken, action))
    return table(rows, {})


def standardised(numbers):
    """An episode of these steps, as a unit has it before it skips."""
    steps = {"action": np.zeros((len(numbers), 1), np.float32), "instruction": ["go"] * len(numbers)}
    return Episode("d", "train", Place("f", 0, 0, 0, 0), steps, {}, np.array(numbers, np.int64))


@pytest.mark.parametrize("seed", range(8))
def test_a_unit_skips_exactly_what_is_not_left(seed):
    rng = np.random.default_rng(seed)
    part = part_of(rng, 40)
    before = part.to_pylist()
    rows = Rows(part)
    rows.corrected = dict.fromkeys(range(0, 40, 3), "stop")
    rows.settle(("primary",))
    rows.take_out(rng.random(len(rows.numbers)) < 0.3, "some")
    rows.take_out_episodes(rng.random(40) < 0.1, "whole")
    for old, new, corrected in zip(before, rows.part_left().to_pylist(), range(40), strict=True):
        every = sorted({*old["numbers"], *(entry["step"] for entry in old["left_out"])})
        if new["numbers"]:
            episode = taken(standardised(every), new["skips"], new["corrected"])
            assert episode.numbers.tolist() == new["numbers"]
            assert set(episode.steps["instruction"]) == {"stop" if corrected % 3 == 0 else "go"}
        booked = sum(entry["steps"] for entry in new["dropped"]) + len(new["left_out"])
        assert booked + len(new["numbers"]) == old["steps"]
        assert all(entry["camera"] != "wrist" for entry in new["left_out"])
        width = len(old["action"]) // max(1, len(old["numbers"]))
        kept = [old["numbers"].index(n) for n in new["numbers"]]
        assert new["action"] == [v for i in kept for v in old["action"][i * width : (i + 1) * width]]


def test_a_rule_that_empties_an_episode_is_its_reason():
    rows = Rows(part_of(np.random.default_rng(1), 6))
    rows.settle(("primary",))
    rows.take_out_episodes(np.arange(6) < 3, "those")
    left = rows.part_left().to_pylist()
    assert [row["dropped"][-1]["whole"] for row in left[:3]] == [True] * 3
    assert all(row["left_out"] == [] for row in left[:3])
    assert not any(entry["whole"] for row in left[3:] for entry in row["dropped"])


@pytest.mark.parametrize(("named", "stays"), [(False, 1), (True, 0)])
def test_an_unreadable_episode_goes_only_where_it_is_named(named, stays):
    fault = LeftOutStep(WHOLE, REJECTED, "corrupt_record", "")
    rows = Rows(table([Row("train", Place("f", 0, 0, 0, 0), 0, left_out=(fault,))], {}))
    rows.settle(("primary",))
    rows.take_out_episodes(np.array([True]), "length(min=5)", unreadable=named)
    row = rows.part_left().to_pylist()[0]
    assert len(row["left_out"]) == stays
    assert row["dropped"] == ([] if stays else [{"rule": "length(min=5)", "steps": 0, "whole": True}])


def test_a_camera_that_cannot_be_read_costs_the_episode_only_who_takes_it():
    fault = LeftOutStep(WHOLE, REJECTED, "malformed_example", "", "wrist")
    dark = LeftOutStep(1, REJECTED, "bad_image", "", "primary")
    row = Row(
        *("train", Place("f", 0, 0, 0, 0), 0, 4, ("go",), (Dropped("last_step", 1),), (fault, dark)),
        *(np.arange(3, dtype=np.int32), np.zeros(3, np.int32), np.ones((3, 2), np.float32)),
    )
    found = {}
    for cameras in (("wrist",), ("primary",), ("other",), None):
        rows = Rows(table([row], {}))
        rows.settle(cameras)
        left = rows.part_left().to_pylist()[0]
        steps = [entry["step"] for entry in left["left_out"]]
        found[cameras] = left["numbers"], steps, len(left["dropped"]), len(left["action"])
    assert found == {
        ("wrist",): ([], [WHOLE], 0, 0),
        ("primary",): ([0, 2], [1], 1, 4),
        ("other",): ([0, 1, 2], [], 1, 6),
        None: ([], [WHOLE], 0, 0),
    }
