"""Mixtures of sources with other windows: every sample has the same fields, and its own numbers."""

import numpy as np
import pytest

import vladata
from tests.conversion import convert, recipe
from tests.mix.made import mix, mixture, virtual, web
from tests.readers.mixtures import NARROW
from tests.rlds_data import write_bridge_like
from vladata.actions.codecs.table import CODECS
from vladata.actions.contract import codec_from_contract
from vladata.actions.sample_bins import own_bins
from vladata.fields import from_spelled
from vladata.runs.verify import verify
from vladata.shards.naming import FORMATS
from vladata.shards.storage import open_output
from vladata.spec.action import rule_of
from vladata.spec.dataset import DatasetSpec
from vladata.spec.read import validate
from vladata.spec.windows import Windows

WINDOWS = {
    "plain": {},
    "short": {"chunk": 2, "tail": "repeat"},
    "long": {"chunk": 4, "tail": "truncate", "history": 2},
}


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """A dataset for each of WINDOWS, one of two dimensions in chunks, and a web corpus."""
    folder = tmp_path_factory.mktemp("places")
    source = write_bridge_like(folder, 4, 7)
    for name, windows in WINDOWS.items():
        rule = recipe(cameras=("primary",)).model_copy(update={"windows": Windows(**windows)})
        convert(source, folder / name, recipe=rule, format="tfrecord" if name == "short" else "webdataset")
    rule = recipe(cameras=("side",)).model_copy(update={"windows": Windows(chunk=3)})
    convert(source, folder / "narrow", spec=validate(DatasetSpec, NARROW, "narrow.yaml"), recipe=rule)
    web(folder / "pairs", "pairs", 12)
    return {name: folder / name for name in (*WINDOWS, "narrow")} | {"web": folder / "pairs/out"}


def mixed(places, out, names, fmt="webdataset", make=mix):
    there = {name: places[name] for name in names}
    spec = mixture(dict.fromkeys(names, 1), window=len(names) * 2)
    return make(
        spec, out, there, **({} if make is virtual else {"format": fmt, "samples_per_shard": len(names) * 4})
    )


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize(
    "names",
    [
        ("plain", "short", "long", "web", "narrow"),
        ("web", "plain", "long"),
        ("short", "long"),
        ("plain", "narrow"),
    ],
)
def test_a_sample_keeps_its_numbers(names, fmt, places, tmp_path):
    manifest = mixed(places, tmp_path / "out", names, fmt)
    has_chunks = any(name not in ("plain", "web") for name in names)
    shows_frames = "long" in names
    assert ("mask" in manifest["fields"], "frames" in manifest["fields"]) == (has_chunks, shows_frames)
    own = {}
    for name in names:
        for sample in vladata.open(places[name]):
            own[name, sample.key] = sample
    dataset = vladata.open(tmp_path / "out")
    came = set()
    for i, sample in enumerate(dataset):
        source = dataset.index["source"][i].as_py()
        came.add(source)
        (first,) = [
            each
            for (name, key), each in own.items()
            if name == source
            and (each.episode, each.step) == (sample.episode, sample.step)
            and sample.key.startswith(key)
        ]
        assert {field.name for field in from_spelled(manifest["fields"])} == set(sample.fields)
        assert all(field.holds(sample.fields[field.name]) for field in from_spelled(manifest["fields"]))
        expected = first.action if first.action.ndim == 2 or not len(first.action) else first.action[None]
        rows = len(expected)
        assert sample.action.shape == ((rows, expected.shape[1]) if rows else (0, 0))
        assert np.array_equal(sample.action.reshape(-1), expected.reshape(-1))
        assert np.array_equal(sample.bins.reshape(-1), first.bins.reshape(-1))
        assert sample.mask.tolist() == (first.mask.tolist() if len(first.mask) else [1] * rows)
        assert sample.valid == (first.valid or rows)
        if shows_frames:
            alone = [first.step] if rows else []
            assert sample.frames.tolist() == (first.frames.tolist() or alone)
        assert sample.target == first.target
    assert came == set(names)
    assert [str(finding) for finding in verify(open_output(str(tmp_path / "out")))] == []


@pytest.mark.parametrize("names", [("plain", "short", "long", "web")])
def test_a_virtual_mixture_gives_the_same(names, places, tmp_path):
    mixed(places, tmp_path / "out", names)
    mixed(places, tmp_path / "virtual", names, make=virtual)
    shards, pointers = vladata.open(tmp_path / "out"), vladata.open(tmp_path / "virtual")
    assert shards.manifest.fields == pointers.manifest.fields
    for one, other in zip(shards, pointers, strict=False):
        assert (one.key, dict(one.fields), one.images) == (other.key, dict(other.fields), other.images)
        assert list(one.fields) == list(other.fields)


@pytest.mark.parametrize("fmt", FORMATS)
def test_bins_that_stand_for_no_single_actions(fmt, places, tmp_path):
    """Ids of byte pairs, as many as a chunk needs, beside rows."""
    source = write_bridge_like(tmp_path, 4, 9)
    rule = recipe(cameras=("primary",))
    action = rule_of("fast", CODECS["fast"]).model_validate({"codec": "fast"})
    convert(
        source,
        tmp_path / "fast",
        recipe=rule.model_copy(update={"action": action, "windows": Windows(chunk=4)}),
    )
    spec = mixture({"fast": 1, "short": 1}, window=4)
    mix(
        spec,
        tmp_path / "out",
        {"fast": tmp_path / "fast", "short": places["short"]},
        format=fmt,
        samples_per_shard=8,
    )
    own = {sample.target: sample for sample in vladata.open(tmp_path / "fast")}
    dataset = vladata.open(tmp_path / "out")
    found = [sample for sample in dataset if sample.target in own]
    assert len({len(sample.bins.reshape(-1)) for sample in found}) > 1
    for sample in found:
        codec = codec_from_contract(dataset.contracts[sample.contract])
        assert np.array_equal(own_bins(sample.bins, codec), own[sample.target].bins)
        assert np.array_equal(sample.action, own[sample.target].action)
    assert [str(finding) for finding in verify(open_output(str(tmp_path / "out")))] == []


def test_a_mixture_is_mixed_again(places, tmp_path):
    mixed(places, tmp_path / "inner", ("plain", "long"))
    spec = mixture({"inner": 1, "web": 1}, window=4)
    there = {"inner": tmp_path / "inner", "web": places["web"]}
    mix(spec, tmp_path / "outer", there, format="tfrecord", samples_per_shard=8)
    assert {len(sample.mask) for sample in vladata.open(tmp_path / "outer")} == {0, 1, 2, 3, 4}
    assert [str(finding) for finding in verify(open_output(str(tmp_path / "outer")))] == []


def test_sources_without_chunks_have_the_fields_of_before(places, tmp_path):
    manifest = mixed(places, tmp_path / "out", ("plain", "web"))
    assert manifest["fields"] == vladata.open(places["plain"]).manifest.fields
    assert not {"frames", "mask", "valid"} & set(manifest["fields"])
