"""Conversions with windows, against plain loops over the samples of one frame and one action that the same steps give."""

import json
from functools import cache
from itertools import groupby

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vladata
from tests.conversion import convert, recipe
from tests.rlds_data import write_bridge_like
from vladata.errors import NoSteps
from vladata.robot.rederive import rederive
from vladata.runs.verify import verify
from vladata.shards.manifest import read_manifest
from vladata.shards.naming import FORMATS
from vladata.shards.storage import open_output
from vladata.spec.read import validate
from vladata.spec.recipe import RecipeSpec

LENGTHS = (9, 4, 12, 3)
CAMERAS = ("primary", "fourth")
BOUNDS = {"low": [-0.1] * 6 + [0.0], "high": [0.1] * 6 + [1.0]}


def rules(windows=None, select=None, **images):
    """Explicit bounds, so that which steps are taken does not change a bin."""
    plain = recipe(cameras=CAMERAS, **images).model_dump(mode="json")
    plain |= {"action": {"codec": "rt2", "bounds": BOUNDS}, "windows": windows or {}, "select": select or {}}
    return validate(RecipeSpec, json.dumps(plain), "mine.yaml")


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_bridge_like(tmp_path_factory.mktemp("windows"), len(LENGTHS), LENGTHS)


@pytest.fixture(scope="module")
def converted(source, tmp_path_factory):
    """Converts once for each set of settings, given as JSON; the folder."""

    @cache
    def out(given: str, fmt: str = "webdataset", ranges: str = ""):
        folder = tmp_path_factory.mktemp("out")
        if ranges:
            (folder / "keep.json").write_text(ranges)
        keep = str(folder / "keep.json") if ranges else ""
        made = rules(**json.loads(given))
        convert(source, folder / "out", recipe=made, format=fmt, keep_ranges=keep, samples_per_shard=7)
        return folder / "out"

    return out


def by_episode(out):
    """Episode -> its samples in the order of their steps."""
    ordered = sorted(vladata.open(out), key=lambda sample: (sample.episode, sample.step))
    return {episode: list(samples) for episode, samples in groupby(ordered, lambda sample: sample.episode)}


def plainly(taken, history=1, stride=1, head="repeat", chunk=1, tail="drop"):
    """What the windows over the samples of single steps of one episode hold, and how many of these stand for none."""
    found, lost = [], {"window_head": 0, "window_tail": 0}
    for at, sample in enumerate(taken):
        before = [at - k * stride for k in range(history)]
        after = list(range(at, at + chunk))
        if head == "drop" and before[-1] < 0:
            lost["window_head"] += 1
            continue
        if tail == "drop" and after[-1] >= len(taken):
            lost["window_tail"] += 1
            continue
        valid = len([i for i in after if i < len(taken)])
        rows = [taken[min(i, len(taken) - 1)] for i in (after[:valid] if tail == "truncate" else after)]
        frames = [taken[max(0, i)] for i in before]
        images = {
            (f"{camera}-{k}" if k else camera): frame.images[camera]
            for k, frame in enumerate(frames)
            for camera in CAMERAS
        }
        fields = {**sample.fields, "target": " ".join(row.target for row in rows)}
        if chunk > 1:
            fields |= {"mask": [int(n < valid) for n in range(len(rows))], "valid": valid}
            fields |= {name: [row.fields[name] for row in rows] for name in ("action", "bins")}
            fields["terminate"] = max(row.terminate for row in rows[:valid])
        if history > 1:
            fields["frames"] = [frame.step for frame in frames]
        found.append((sample.key, fields, images))
    return found, lost


def findings(out, source):
    output = open_output(str(out))
    return [str(finding) for finding in (*verify(output), *rederive(output, str(source)))]


def compared(out, plain, windows):
    """Holds every sample of `out` against the plain loop, and its ledger too."""
    expected, lost = [], {"window_head": 0, "window_tail": 0}
    for taken in by_episode(plain).values():
        found, gone = plainly(taken, **windows)
        expected += found
        lost = {rule: lost[rule] + gone[rule] for rule in lost}
    there = {sample.key: sample for sample in vladata.open(out)}
    assert len(there) == len(expected)
    for key, fields, images in expected:
        sample = there[key]
        contract = {"contract": sample.contract}
        assert json.loads(json.dumps(sample.fields)) == {**fields, **contract}
        assert list(sample.images.items()) == list(images.items())
    manifest = read_manifest(open_output(str(out)))
    steps, before = manifest.ledger["steps"], read_manifest(open_output(str(plain))).ledger["steps"]
    assert steps["written"] == len(expected)
    assert steps["filtered"] == before["filtered"] + sum(lost.values())
    assert steps["read"] == before["read"] == sum(LENGTHS)
    told = {rule: manifest.ledger["reasons"].get(rule, {"steps": 0})["steps"] for rule in lost}
    assert told == lost


WINDOWS = st.fixed_dictionaries(
    {
        "history": st.integers(1, 3),
        "head": st.sampled_from(["repeat", "drop"]),
        "chunk": st.integers(1, 4),
        "tail": st.sampled_from(["drop", "truncate", "repeat"]),
    }
)
RANGES = st.dictionaries(
    st.integers(0, len(LENGTHS) - 1),
    st.lists(st.tuples(st.integers(0, 11), st.integers(1, 12)).filter(lambda r: r[0] < r[1]), max_size=2),
)


@given(windows=WINDOWS, stride=st.integers(1, 3), every=st.sampled_from([None, 2]), ranges=RANGES)
@settings(max_examples=12)
def test_windows_are_those_of_a_plain_loop_over_what_is_taken(
    source, converted, windows, stride, every, ranges
):
    if windows["history"] > 1:
        windows = {**windows, "stride": stride}
    keep = {f"train-00000-{e:06d}": sorted(map(list, spans)) for e, spans in ranges.items()}
    select = {} if every is None else {"every": every}
    given = {"select": select}
    text = json.dumps(_apart(keep), sort_keys=True) if keep else ""
    try:
        plain = converted(json.dumps(given), ranges=text)
    except NoSteps:
        return
    if not any(plainly(taken, **windows)[0] for taken in by_episode(plain).values()):
        with pytest.raises(NoSteps, match=r"window_(head|tail)"):
            converted(json.dumps({**given, "windows": windows}), ranges=text)
        return
    out = converted(json.dumps({**given, "windows": windows}), ranges=text)
    compared(out, plain, windows)
    assert findings(out, source) == []


def _apart(keep):
    """Ranges that do not overlap, as a file of them must have."""
    found = {}
    for episode, spans in keep.items():
        kept = []
        for start, stop in spans:
            if not kept or start >= kept[-1][1]:
                kept.append([start, stop])
        found[episode] = kept
    return found


WHOLE = {"history": 2, "stride": 2, "chunk": 3, "tail": "repeat"}


@pytest.mark.parametrize("windows", [WHOLE, {**WHOLE, "head": "drop", "tail": "truncate"}])
def test_both_formats_hold_the_same(converted, source, windows):
    one, other = (converted(json.dumps({"windows": windows}), fmt) for fmt in FORMATS)
    assert findings(one, source) == findings(other, source) == []
    there = {sample.key: sample for sample in vladata.open(other)}
    for sample in vladata.open(one):
        again = there.pop(sample.key)
        assert (again.images, list(again.images)) == (sample.images, list(sample.images))
        for name in ("frames", "mask", "valid", "bins", "action", "terminate", "target"):
            here, found = getattr(sample, name), getattr(again, name)
            assert np.array_equal(here, found), name
    assert not there
