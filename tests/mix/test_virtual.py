"""A virtual mixture holds the samples of the materialised one of the same settings, one by one; and it can be moved."""

import shutil

import pytest

import vladata
from tests.bridge_samples import comparable
from tests.mix.made import mix, mixture, tar_samples, virtual, web
from vladata.errors import ChecksumMismatch, NotADataset, SourceChanged

SMALL = {"window": 8, "epoch": 100}
TASKS = {
    "a": {"weight": 1, "keep": {"tasks": ["vqa"]}},
    "b": {"weight": 2, "keep": {"tasks": ["caption"]}, "cap": 33},
}
NESTED = {"a": 2, "web": {"weight": 1, "weights": "shares", "sources": {"b": 1, "c": 3}}}
CASES = {
    "repeats": ({"d": 1, "e": 2}, {"window": 8, "epoch": 300}, {}),
    "tasks and cap": (TASKS, SMALL, {}),
    "cap within a shard": ({"a": {"weight": 1, "cap": 7}, "b": {"weight": 1, "cap": 1}}, SMALL, {}),
    "a robot in TFRecord": ({"robot": 1, "a": 1}, SMALL, {}),
    "another split": ({"robot": 1, "robot2": 2}, SMALL, {"split": "val"}),
    "nested": (NESTED, SMALL, {}),
    "several units": ({"a": 3, "b": 1}, {"window": 16, "epoch": 500}, {"memory": 500_000}),
    "window of one": ({"a": 3, "b": 1}, {"window": 1, "epoch": 50}, {}),
    "less than a window": ({"a": 3, "b": 1}, {"window": 64, "epoch": 5}, {}),
    "no repeats": ({"a": 3, "e": 1}, {"window": 8, "epoch": "no_repeats"}, {}),
    "all seen": ({"c": 1, "e": 1}, {"window": 8}, {}),
    "sizes": ({"c": 30, "e": 7}, {"window": 8, "weights": "sizes"}, {}),
}


@pytest.fixture(scope="session")
def places(corpora, robots):
    """Source -> the folder of its dataset, by the last part of its name."""
    return {**corpora, "robot": robots["tfrecord"], "robot2": robots["webdataset"]}


def placed(spec, places):
    return {name.split("/")[-1]: places[name.split("/")[-1]] for name in spec.datasets()}


def same(one, other):
    return one.key == other.key and one.images == other.images and plain(one) == plain(other)


def plain(sample):
    return comparable(dict(sample.fields)) | {"contract": sample.fields["contract"]}


@pytest.mark.parametrize("fmt", ["webdataset", "tfrecord"])
@pytest.mark.parametrize("case", CASES)
def test_its_samples_are_those_of_the_materialised_one(case, fmt, places, tmp_path):
    sources, more, rest = CASES[case]
    spec = mixture(sources, **more)
    given = placed(spec, places)
    manifest = mix(spec, tmp_path / "whole", given, format=fmt, samples_per_shard=0, **rest)
    virtual(spec, tmp_path / "virtual", given, **rest)
    whole, pointed = vladata.open(tmp_path / "whole"), vladata.open(tmp_path / "virtual")
    assert len(whole) == len(pointed) == manifest["samples"] > 0
    assert all(same(one, other) for one, other in zip(whole, pointed, strict=True))
    assert [list(one.images) for one in whole] == [list(one.images) for one in pointed]
    assert len({sample.key for sample in whole}) == len(whole)
    assert pointed.contracts == whole.contracts


def test_tasks_and_cap_take_what_they_say(places, tmp_path):
    spec = mixture(TASKS, **SMALL)
    manifest = mix(spec, tmp_path / "out", placed(spec, places))
    a, b = manifest["sources"]
    assert (a["samples"], a["left"]) == (100, {"tasks(vqa)": 400})
    assert (b["samples"], b["left"]) == (33, {"tasks(caption)": 48, "cap": 157})
    found = {(fields["dataset"], fields["task"]) for _, fields in tar_samples(tmp_path / "out")}
    assert found == {("a", "vqa"), ("b", "caption")}
    assert (
        len({(f["episode"], f["step"]) for _, f in tar_samples(tmp_path / "out") if f["dataset"] == "b"})
        == 33
    )


def test_any_sample_is_found_by_itself(places, tmp_path):
    spec = mixture({"a": 3, "b": 1}, window=16, epoch=500)
    virtual(spec, tmp_path / "out", placed(spec, places), memory=500_000)
    mixed = vladata.open(tmp_path / "out")
    listed = list(mixed)
    for i in (499, 0, 250, 16, 15, 317):
        assert vladata.open(tmp_path / "out")[i] == listed[i]
    assert mixed[-1] == listed[499]
    for beyond in (500, -501):
        with pytest.raises(IndexError, match=f"sample {beyond} of 500"):
            mixed[beyond]


def test_every_sample_comes_once_a_pass(places, tmp_path):
    """Whatever the window and the unit: from the first draw on, as many in a row as a source has samples are all different."""
    spec = mixture({"d": 1, "e": 2}, window=48, epoch=480)
    virtual(spec, tmp_path / "out", placed(spec, places), memory=500_000)
    drawn = {
        name: [s for s in vladata.open(tmp_path / "out") if s.fields["dataset"] == name] for name in "de"
    }
    for name, size in (("d", len(vladata.open(places["d"]))), ("e", len(vladata.open(places["e"])))):
        listed = [(s.fields["episode"], s.fields["task"]) for s in drawn[name]]
        passes = [listed[start : start + size] for start in range(0, len(listed), size)]
        assert len(passes) > 2
        assert [len(set(each)) for each in passes] == [len(each) for each in passes]


@pytest.fixture
def own(places, tmp_path):
    """A folder with two sources in it, and a virtual mixture of them: (folder, spec, places)."""
    folder, spec = tmp_path / "here", mixture({"d": 1, "e": 1}, **SMALL)
    given = {name: shutil.copytree(places[name], folder / "sources" / name) for name in "de"}
    virtual(spec, folder / "mixed", given)
    return folder, spec, given


def test_it_is_moved_with_its_sources(own, tmp_path):
    folder, _, _ = own
    before = list(vladata.open(folder / "mixed"))
    folder.rename(tmp_path / "there")
    assert list(vladata.open(tmp_path / "there" / "mixed")) == before


def test_it_reads_from_a_relative_path(own, tmp_path, monkeypatch):
    folder, _, _ = own
    before = list(vladata.open(folder / "mixed"))
    monkeypatch.chdir(tmp_path)
    assert list(vladata.open("here/mixed")) == before


def test_it_is_opened_through_links(own, places, tmp_path):
    """A link to it, a link above it while it was written, and links in the place of its sources."""
    folder, spec, given = own
    before = list(vladata.open(folder / "mixed"))
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "link").symlink_to(folder / "mixed")
    assert list(vladata.open(tmp_path / "deep" / "er" / "link")) == before
    (tmp_path / "linked").symlink_to(folder / "sources" / "d")
    (tmp_path / "above").symlink_to(tmp_path / "deep" / "er")
    virtual(spec, tmp_path / "above" / "mixed", {**given, "d": tmp_path / "linked"})
    assert list(vladata.open(tmp_path / "deep" / "er" / "mixed")) == before


def test_it_is_the_same_wherever_it_lies(own, places, tmp_path):
    """But for the places, which say where its sources are from it."""
    folder, spec, given = own
    elsewhere = shutil.copytree(folder / "sources", tmp_path / "x" / "y" / "sources")
    virtual(spec, tmp_path / "x" / "y" / "mixed", {name: elsewhere / name for name in given})
    one, other = ((each / "mixed" / "manifest.json").read_bytes() for each in (folder, tmp_path / "x" / "y"))
    assert one == other


def change(given):
    """Another dataset in the place of source d."""
    shutil.rmtree(given["d"])
    web(given["d"].parent / "again", "d", 50, first=1000)
    (given["d"].parent / "again" / "out").rename(given["d"])


def test_a_source_that_changed_is_noticed(own):
    folder, _, given = own
    change(given)
    with pytest.raises(SourceChanged, match="the dataset is not the one that was mixed") as caught:
        vladata.open(folder / "mixed")[0]
    assert f"d, {given['d']}" in str(caught.value)


def test_a_source_that_is_gone_is_named(own):
    folder, _, given = own
    shutil.rmtree(given["e"])
    with pytest.raises(NotADataset, match="there is no manifest") as caught:
        vladata.open(folder / "mixed")[0]
    assert str(given["e"]) in str(caught.value)


def test_a_plan_that_is_damaged(own):
    folder, _, _ = own
    plan = folder / "mixed" / "mixture.arrow"
    data = bytearray(plan.read_bytes())
    data[len(data) // 2] ^= 1
    plan.write_bytes(data)
    with pytest.raises(ChecksumMismatch, match="the plan is missing or damaged"):
        vladata.open(folder / "mixed")[0]
