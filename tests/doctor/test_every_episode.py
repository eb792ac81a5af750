"""Detectors that see every episode: words, flags, lengths, duplicates; and the sample."""

import numpy as np
import pytest

from tests.doctor.tracks import kinds, made
from vladata.doctor import sample
from vladata.doctor.duplicates import Duplicates
from vladata.doctor.flags import Flags
from vladata.doctor.instructions import Instructions
from vladata.doctor.lengths import Lengths
from vladata.spec.episode_end import EpisodeEnd


def entry(reason, step=0, outcome="rejected"):
    return {"step": step, "outcome": outcome, "reason": reason, "says": f"{reason} is told here.\n  more"}


def seen(detector, tracks):
    for track in tracks:
        detector.see(track)
    return list(detector.findings())


def worded(*texts, **fields):
    return [made(n, np.zeros((4, 7)), instructions=(text,), **fields) for n, text in enumerate(texts)]


def test_different_words_are_nothing():
    assert seen(Instructions(False), worded("pick up the cup", "push the T-shaped block, then stop")) == []


def test_one_sentence_for_all():
    (found,) = seen(Instructions(False), worded("pick", "pick", "pick"))
    assert (found.kind, found.severity, found.episodes) == ("instruction-constant", "warning", 3)


@pytest.mark.parametrize(("declared", "severity"), [(False, "error"), (True, "warning")])
def test_missing_words(declared, severity):
    lost = tuple(entry("empty_instruction", step) for step in range(4))
    tracks = [*worded("", "", left_out=lost), made(7, np.zeros((4, 7)), instructions=("pick",))]
    detector = Instructions(declared)
    (found,) = seen(detector, tracks)
    assert (found.kind, found.severity, found.episodes, found.steps) == (
        "instruction-missing",
        severity,
        2,
        8,
    )
    assert [detector.lacks(track) for track in tracks] == [True, True, False]


@pytest.mark.parametrize("text", ["N/A", "none", "todo", "Task 3", "12", "...", "placeholder"])
def test_placeholders(text):
    (found,) = seen(Instructions(False), worded(text, "pick up the cup"))
    assert (found.kind, found.severity, found.evidence["what"]) == (
        "instruction-odd",
        "warning",
        "placeholder",
    )


@pytest.mark.parametrize(
    ("text", "what", "severity"),
    [
        ("abre el cajÃ³n", "garbled", "warning"),
        ("b'pick up'", "garbled", "warning"),
        ("pick  up", "spaced", "info"),
        ("pick_up_the_cup", "spaced", "info"),
    ],
)
def test_odd_words(text, what, severity):
    (found,) = seen(Instructions(False), worded(text, "pick up the cup"))
    assert (found.severity, found.evidence["what"]) == (severity, what)


def flagged(number, steps=5, **at):
    """is_last=[4] sets that flag in step 4."""
    raw = {name: np.isin(np.arange(steps), where)[:, None] for name, where in at.items()}
    return made(number, np.zeros((steps, 7)), raw=raw)


def flags(fallback=()):
    return Flags(EpisodeEnd(path="is_terminal", form="flag", fallback=fallback))


RIGHT = {"is_first": [0], "is_last": [4], "is_terminal": [4]}


def test_right_flags():
    cut_off = flagged(1, **{**RIGHT, "is_terminal": []})
    assert seen(flags(), [flagged(0, **RIGHT), cut_off]) == []
    assert seen(flags(), [made(0, np.zeros((5, 7)))]) == []


@pytest.mark.parametrize(
    ("flag", "at", "severity"),
    [
        ("is_first", [0, 2], "error"),
        ("is_last", [2], "error"),
        ("is_last", [], "warning"),
        ("is_terminal", [1], "warning"),
    ],
)
def test_wrong_flags(flag, at, severity):
    found = seen(flags(), [flagged(n, **{**RIGHT, flag: at}) for n in range(3)])
    assert kinds(found) == [("flags-missing", severity)]
    assert found[0].evidence["flag"] == flag


def test_an_end_that_is_never_true_is_told_with_its_fallback():
    never = [flagged(n, **{**RIGHT, "is_terminal": []}) for n in range(3)]
    (found,) = seen(flags(), never)
    assert "no sample says that the task is done" in found.says
    (found,) = seen(flags(("is_last",)), never)
    assert "fallback" in found.says


def test_short_and_rejected_episodes():
    tracks = [
        *(made(n, np.zeros((9, 7))) for n in range(8)),
        made(8, np.zeros((0, 7)), steps=1),
        made(9, np.zeros((0, 7)), steps=0, left_out=(entry("no_steps", -1),)),
        made(10, np.zeros((0, 7)), steps=0, left_out=(entry("corrupt_record", -1),)),
        made(11, np.zeros((8, 7)), steps=9, left_out=(entry("not_finite", 3),)),
        made(12, np.zeros((8, 7)), steps=9, left_out=(entry("empty_instruction", 3),)),
    ]
    found = {(f.kind, f.evidence.get("reason")): f for f in seen(Lengths(), tracks)}
    assert set(found) == {("one-step", None), ("rejected", "corrupt_record"), ("rejected", "not_finite")}
    assert found["one-step", None].examples == (tracks[8].id, tracks[9].id)
    assert found["rejected", "not_finite"].steps == 1
    assert "corrupt_record is told here." in found["rejected", "corrupt_record"].says
    assert "more" not in found["rejected", "corrupt_record"].says


def recorded(number, content, split="train", text="pick", steps=6):
    values = np.random.default_rng(content).normal(size=(steps, 7)).astype(np.float32)
    return made(number, values, split=split, instructions=(text,), raw={"action": values})


def repeated(tracks):
    detector = Duplicates(["action"])
    for track in tracks:
        detector.see(track)
    detector.settle()
    out = [track.id for number, track in enumerate(tracks) if detector.place(track, number)]
    return list(detector.findings()), out


def test_the_one_in_train_is_kept_wherever_it_stands():
    tracks = [recorded(0, 1, "test"), recorded(0, 2), recorded(1, 1), recorded(2, 3)]
    (found,), out = repeated(tracks)
    assert (found.kind, found.severity, found.evidence["what"]) == ("duplicates", "error", "splits")
    assert found.evidence["pairs"] == [["test-00000-000000", "train-00000-000001"]]
    assert out == ["test-00000-000000"]


def test_twice_in_a_split_and_under_two_instructions():
    tracks = [recorded(0, 1), recorded(1, 1), recorded(2, 2), recorded(3, 2, text="push"), recorded(4, 1)]
    found, out = repeated(tracks)
    assert {f.evidence["what"]: (f.severity, f.episodes) for f in found} == {
        "words": ("warning", 1),
        "same": ("warning", 2),
    }
    assert out == [tracks[i].id for i in (1, 3, 4)]


def test_what_does_not_move_or_is_short_is_no_duplicate():
    still = [made(n, np.zeros((6, 7)), raw={"action": np.zeros((6, 7))}) for n in range(3)]
    assert repeated(still) == ([], [])
    assert repeated([recorded(0, 1, steps=2), recorded(1, 1, steps=2)]) == ([], [])
    assert repeated([]) == ([], [])


def test_one_bit_makes_another_episode():
    first, second = recorded(0, 1), recorded(1, 1)
    second.raw["action"][3, 2] = np.nextafter(second.raw["action"][3, 2], np.float32(9))
    assert repeated([first, second]) == ([], [])


def test_the_sample_is_bounded_and_the_same_in_any_order(monkeypatch):
    monkeypatch.setattr(sample, "LIMIT", 10)
    tracks = [made(n, np.zeros((4, 7))) for n in range(50)]

    def ids(order):
        found = sample.EpisodeSample()
        for track in order:
            found.see(track)
        return [track.id for track in found.tracks()]

    assert len(ids(tracks)) == 10
    assert ids(tracks) == ids(tracks[::-1])
    assert ids([made(0, np.zeros((0, 7)))]) == []


def test_long_episodes_do_not_fill_the_sample(monkeypatch):
    monkeypatch.setattr(sample, "STEPS", 1000)
    monkeypatch.setattr(sample, "LEAST", 2)
    monkeypatch.setattr(sample, "LONGEST", 300)
    found = sample.EpisodeSample()
    for n in range(20):
        found.see(made(n, np.zeros((900, 7))))
    assert [len(track) for track in found.tracks()] == [300] * 3
