"""What windows do at the edges: bad pictures, episodes that are too short, ends, refusals, and what a policy is told."""

import shutil
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

import vladata
from tests.bridge_samples import expected_samples
from tests.conversion import convert, recipe
from tests.outcome import ledger, rejected, samples
from tests.rlds_data import Faults, write_bridge_like
from tests.robot.test_rederive import each, forged, with_fields
from tests.web.test_hostile import hollow_png
from vladata.actions.codecs.rt2 import RT2
from vladata.actions.codecs.table import CODECS
from vladata.actions.contract import differences
from vladata.errors import NoSteps, UsageError
from vladata.robot.prepare import prepare
from vladata.robot.rederive import rederive
from vladata.robot.run import index_here
from vladata.robot.settings import Settings
from vladata.robot.sources import open_sources
from vladata.runs.verify import verify
from vladata.runs.windows import unlike_windows
from vladata.shards.storage import open_output
from vladata.spec.find import schema
from vladata.spec.select import Select
from vladata.spec.windows import Windows

LENGTHS = (8, 5)  # of which the schema drops the first and the last step


def rules(select=None, codec=None, **windows):
    found = recipe(cameras=("primary",))
    update = {"windows": Windows(**windows), "select": select or Select()}
    return found.model_copy(update=update | ({"action": codec} if codec else {}))


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_bridge_like(tmp_path_factory.mktemp("cases"), len(LENGTHS), LENGTHS)


def findings(out, source):
    output = open_output(str(out))
    return [str(finding) for finding in (*verify(output), *rederive(output, str(source)))]


def test_rows_are_the_actions_that_were_recorded(source, tmp_path):
    """Against the values that were handed to TFDS's writer, without a line of vladata."""
    convert(source, tmp_path / "out", recipe=rules(chunk=3, tail="repeat", history=2))
    recorded = {(s["episode"], s["step"]): s for s in expected_samples(source, {"train": LENGTHS})}
    found = list(vladata.open(tmp_path / "out"))
    assert {(sample.episode, sample.step) for sample in found} == set(recorded)
    for sample in found:
        last = max(step for episode, step in recorded if episode == sample.episode)
        steps = [min(sample.step + h, last) for h in range(3)]
        rows = [recorded[sample.episode, step]["action"] for step in steps]
        assert sample.action.dtype == np.float32
        assert sample.action.tolist() == rows
        assert sample.valid == min(3, last - sample.step + 1) == sample.mask.sum()
        assert sample.terminate == int(sample.valid < 3 or steps[-1] == last)
        assert sample.bins[:, 0].tolist() == [int(step != last) for step in steps]
        before = max(1, sample.step - 1)
        assert sample.frames.tolist() == [sample.step, before]
        assert sample.images["primary-1"] == recorded[sample.episode, before]["images"]["primary"]
        assert sample.images["primary"] == recorded[sample.episode, sample.step]["images"]["primary"]


def test_a_masked_tail_is_the_end_of_the_target(source, tmp_path):
    """How a loss leaves it out: the text of the valid rows is the beginning of the target."""
    convert(source, tmp_path / "out", recipe=rules(chunk=4, tail="repeat"))
    convert(source, tmp_path / "cut", recipe=rules(chunk=4, tail="truncate"))
    whole, cut = vladata.open(tmp_path / "out"), vladata.open(tmp_path / "cut")
    shorter = {sample.key: sample for sample in cut}
    assert {sample.valid for sample in whole} == {1, 2, 3, 4}
    for sample in whole:
        text = cut.codec.text(sample.bins[: sample.valid])
        assert sample.target.startswith(text)
        assert shorter[sample.key].target == text
        assert shorter[sample.key].mask.tolist() == [1] * sample.valid
        assert cut.codec.parse(text).tolist() == sample.bins[: sample.valid].tolist()


def test_a_picture_that_does_not_decode_costs_every_sample_that_shows_it(tmp_path):
    source = write_bridge_like(tmp_path, 1, 9, faults=Faults(images={(0, 3): hollow_png()}))
    rule = rules(history=3, stride=2)
    small = rule.model_copy(update={"images": rule.images.model_copy(update={"size": 32})})
    manifest = convert(source, tmp_path / "out", recipe=small)
    # Steps 1 to 7 are taken; the frames of 3, 5 and 7 are (3, 1, 1), (5, 3, 1) and (7, 5, 3).
    assert samples(tmp_path / "out") == [("train-00000-000000", step) for step in (1, 2, 4, 6)]
    assert ledger(manifest)["steps"] == (9, 4, 2, 3)
    assert ledger(manifest)["bad_image"] == ("rejected", 0, 3)
    assert sorted(line["step"] for line in rejected(tmp_path / "out") if "task" in line) == [3, 5, 7]
    assert findings(tmp_path / "out", source) == []


def test_a_step_that_is_unfit_is_passed_over_by_frames_and_chunks(tmp_path):
    """What the index rejects is not taken; the next action of a chunk is that of the next taken step."""
    source = write_bridge_like(tmp_path, 1, 9, faults=Faults(not_images=[(0, 3)]))
    manifest = convert(source, tmp_path / "out", recipe=rules(history=2, chunk=2))
    found = {sample.step: sample for sample in vladata.open(tmp_path / "out")}
    assert sorted(found) == [1, 2, 4, 5, 6]
    assert found[4].frames.tolist() == [4, 2]
    assert found[2].action[1].tolist() == found[4].action[0].tolist()
    assert ledger(manifest)["steps"] == (9, 5, 3, 1)
    assert ledger(manifest)["window_tail"] == ("filtered", 0, 1)


def test_episodes_that_are_too_short_are_filtered_and_told(source, tmp_path):
    manifest = convert(source, tmp_path / "out", recipe=rules(chunk=5))
    assert samples(tmp_path / "out") == [("train-00000-000000", 1), ("train-00000-000000", 2)]
    assert ledger(manifest)["episodes"] == (2, 1, 1, 0)
    assert ledger(manifest)["window_tail"] == ("filtered", 1, 7)
    (line,) = rejected(tmp_path / "out")
    assert (line["reason"], line["outcome"], line["step"]) == ("window_tail", "filtered", -1)
    assert line["says"].endswith("window_tail took 3.")
    assert findings(tmp_path / "out", source) == []


def test_a_chunk_longer_than_every_episode(source, tmp_path):
    with pytest.raises(
        NoSteps, match=r"(?s)no step is left.*2 episodes: 2 filtered \(window_tail\).*took 6\."
    ):
        convert(source, tmp_path / "out", recipe=rules(chunk=7))
    with pytest.raises(NoSteps, match=r"2 filtered \(window_head\)"):
        convert(source, tmp_path / "out", recipe=rules(history=4, stride=2, head="drop"))


def prepared(source, tmp_path, rule):
    settings = Settings(str(source), str(tmp_path / "none"), schema("bridge_dataset"), rule)
    sources = open_sources(settings)
    index_here(sources)
    return prepare(settings, sources)


def test_a_dry_run_tells_what_no_window_stands_at(source, tmp_path):
    """A dry run is what is prepared, and its ledger is printed."""
    found = prepared(source, tmp_path, rules(history=2, head="drop", chunk=3)).ledger.as_json()
    assert found["steps"] == {"read": 13, "written": 3, "filtered": 10, "rejected": 0}
    assert found["reasons"]["window_head"] == {"outcome": "filtered", "episodes": 0, "steps": 2}
    assert found["reasons"]["window_tail"] == {"outcome": "filtered", "episodes": 1, "steps": 4}


def test_a_stride_in_seconds_is_of_the_steps_that_are_taken(source, tmp_path):
    """Bridge has 5 steps a second."""
    one = prepared(source, tmp_path, rules(history=2, stride_seconds=0.4)).job.contract["windows"]
    half = rules(Select(every=2), history=2, stride_seconds=0.8)
    assert one["stride"] == prepared(source, tmp_path, half).job.contract["windows"]["stride"] == 2
    with pytest.raises(UsageError, match=r"0.4 seconds apart.*allowed: 0.4 \(stride: 1\), 0.8 \(stride: 2\)"):
        prepared(source, tmp_path, rules(Select(every=2), history=2, stride_seconds=0.5))


def test_statistics_are_of_what_targets_spell(source, tmp_path):
    """Dropped heads and episodes without a window are in none; the tail of a chunk is in one."""
    job = prepared(source, tmp_path, rules(chunk=4, history=2, head="drop")).job
    recorded = [s for s in expected_samples(source, {"train": LENGTHS}) if s["episode"].endswith("0")]
    actions = np.array([s["action"] for s in recorded if s["step"] >= 2], np.float32)
    states = np.array([s["state"] for s in recorded if s["step"] in (2, 3)], np.float32)
    for name, values in {"action": actions, "state": states}.items():
        assert job.statistics[name]["count"] == len(values)
        assert job.statistics[name]["max"] == values.max(axis=0).tolist()
        np.testing.assert_allclose(job.statistics[name]["mean"], values.mean(axis=0, dtype=float), atol=1e-9)


def test_a_policy_is_told_what_it_has_to_know(source, tmp_path):
    plain = prepared(source, tmp_path, rules()).job.contract
    unsaid = prepared(source, tmp_path, rules(head="drop", tail="truncate", stride=1)).job.contract
    assert plain == unsaid, "what has no effect is no difference"
    other = prepared(source, tmp_path, rules(history=2, stride=2, chunk=3, tail="truncate")).job.contract
    assert other["windows"] == {"history": 2, "stride": 2, "head": "repeat", "tail": "truncate"}
    told = differences(plain, other)
    assert "chunk_length: 1 here, 3 there" in told
    assert {"windows.history: 1 here, 2 there", "windows.stride: 1 here, 2 there"} < set(told)
    assert 'windows.tail: "drop" here, "truncate" there' in told


class Unmaskable(RT2):
    """RT-2's codec, as one whose text of fewer actions is another one."""

    kind: ClassVar[str] = "unmaskable"
    maskable: ClassVar[bool] = False


@pytest.mark.parametrize("tail", ["repeat", "truncate"])
def test_a_tail_that_a_codec_cannot_leave_out_is_refused_by_name(tail, source, tmp_path, monkeypatch):
    monkeypatch.setitem(CODECS, "rt2", Unmaskable)
    says = rf"windows.tail: codec rt2 cannot leave out the end of a chunk.*; got '{tail}'; allowed: drop"
    with pytest.raises(UsageError, match=says):
        prepared(source, tmp_path, rules(chunk=3, tail=tail))
    assert prepared(source, tmp_path, rules(chunk=3)).samples == 5


@pytest.fixture(scope="module")
def chunked(source, tmp_path_factory):
    out = tmp_path_factory.mktemp("chunked") / "out"
    convert(source, out, recipe=rules(history=2, chunk=3, tail="repeat"), order="source")
    return out


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"frames": [3, 1]}, "frames [3, 1] do not begin with its step, 1"),
        ({"frames": [1, 2]}, "frames [1, 2] do not go back in time"),
        ({"valid": 2}, "mask [1, 1, 1] does not say that the first 2 actions are the episode's"),
        ({"mask": [1, 0, 1], "valid": 2}, "mask [1, 0, 1] does not say that the first 2"),
        ({"mask": [0, 0, 0], "valid": 0}, "mask [0, 0, 0] does not say that the first 0"),
        ({"mask": [1, 1], "valid": 2}, "mask has 2 numbers for 3 actions"),
        ({"action": [[0.0] * 7] * 2, "mask": [1, 1], "valid": 2}, "mask has 2 numbers for 3 rows of bins"),
    ],
)
def test_a_window_that_is_none_is_named(chunked, fields, says):
    sample = vladata.open(chunked)[0]
    assert list(unlike_windows(sample)) == []
    (found,) = unlike_windows(with_fields(sample, **fields))
    assert found.startswith(says)


def swapped_rows(sample):
    rows = sample.fields["action"]
    return with_fields(sample, action=[rows[1], rows[0], *rows[2:]])


def longer_ago(sample):
    return replace(sample, images={**sample.images, "primary-1": sample.images["primary"]})


def another_target(sample):
    """Well formed, and of other actions: 2 in the place of 3."""
    rows = sample.fields["bins"][:2]
    return with_fields(sample, bins=rows, target=" ".join(str(n) for row in rows for n in row))


@pytest.mark.parametrize(
    ("change", "of_itself", "of_its_source"),
    [
        (swapped_rows, "", "action is "),
        (longer_ago, "", "the primary-1 image differs from the source's"),
        (
            lambda s: with_fields(s, mask=[1, 1, 0], valid=2),
            "",
            "mask is [1, 1, 0], but the source gives [1, 1, 1]",
        ),
        (
            another_target,
            "its bins are not valid: the bins have the wrong shape",
            "the target is not an action: 16 numbers",
        ),
        (
            lambda s: with_fields(s, valid=1),
            "mask [1, 1, 1] does not say",
            "valid is 1, but the source gives 3",
        ),
        (lambda s: with_fields(s, action=[[0.5]]), "mask has 3 numbers for 1 actions", "action is "),
        (lambda s: with_fields(s, action=[[0.5], [1, 2]]), "action is not of kind float_rows", "action is "),
    ],
)
def test_a_forged_window_is_found(chunked, source, change, of_itself, of_its_source, tmp_path):
    out = shutil.copytree(chunked, tmp_path / "out")
    forged(out, each(1, change))
    output = open_output(str(out))
    said = [str(finding) for finding in verify(output)]
    assert any(of_itself in line for line in said) if of_itself else said == []
    said = [str(finding) for finding in rederive(output, str(source))]
    assert any(of_its_source in line for line in said)
    assert all("step 2" in line for line in said)
