"""Every pair of a WebDataset corpus becomes one sample, as a plain reading of the same tars has it: none lost, none doubled."""

import orjson
import pyarrow.compute as pc
import pytest
import webdataset

import vladata
from tests.web.made import convert, counts, plain, samples, shards
from vladata.runs.verify import verify
from vladata.shards.storage import open_output

COUNT = 600
UNITS = {"one unit": 256_000_000, "many units": 600_000}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Three tars of 600 pairs: blocks of 256 rows, so that a part has one or several."""
    return shards(tmp_path_factory.mktemp("corpus"), COUNT, per_shard=280)


@pytest.mark.parametrize("memory", UNITS.values(), ids=UNITS)
@pytest.mark.parametrize("order", ["shuffled", "source"])
@pytest.mark.parametrize("fmt", ["webdataset", "tfrecord"])
def test_a_sample_is_what_stands_in_the_tars(source, tmp_path, fmt, order, memory):
    manifest = convert(
        source, tmp_path / "out", format=fmt, order=order, memory=memory, samples_per_shard=100
    )
    assert counts(manifest) == {"records": (COUNT, COUNT, 0, 0), "pairs": (COUNT, COUNT, 0, 0)}
    expected = plain(source)
    found = {sample.key: sample for sample in samples(tmp_path / "out")}
    assert len(found) == len(expected) == len(vladata.open(tmp_path / "out")) == COUNT
    for (shard, record), pair in expected.items():
        episode = f"train-{shard:05d}-{record:06d}"
        sample = found[f"cc3m-{episode}-0000"]
        assert list(sample.images) == ["primary"]
        assert bytes(sample.images["primary"]) == pair["image"]
        assert sample.fields == {
            "prompt": "Generate caption in EN",
            "target": pair["txt"].decode(),
            "task": "caption",
            "dataset": "cc3m",
            "split": "train",
            "episode": episode,
            "step": 0,
            "instruction": "",
            "plan": "",
            "action": [],
            "terminate": 0,
            "bins": [],
            "state": [],
            "contract": "",
            "loss_weight": 1.0,
            "source": pair["place"],
        }
    assert list(verify(open_output(str(tmp_path / "out")))) == []


def test_source_order_is_the_corpus_order(source, tmp_path):
    convert(source, tmp_path / "out", order="source", memory=UNITS["many units"])
    keys = [sample.key for sample in vladata.open(tmp_path / "out")]
    assert keys == sorted(keys)
    convert(source, tmp_path / "shuffled", seed=1)
    shuffled = [sample.key for sample in vladata.open(tmp_path / "shuffled")]
    assert shuffled != keys
    assert sorted(shuffled) == keys


def test_a_shuffle_takes_units_from_all_over_the_corpus(tmp_path):
    """With memory for a fraction of the corpus, most units still hold blocks of more than one tar."""
    source = shards(tmp_path / "corpus", 200, per_shard=10)
    manifest = convert(source, tmp_path / "out", memory=300_000, samples_per_shard=1000)
    assert len(manifest["shards"]) > 4
    index = vladata.open(tmp_path / "out").index
    tars = [
        {e[6:11] for e in index.filter(pc.equal(index["shard"], n))["episode"].to_pylist()}
        for n in range(len(manifest["shards"]))
    ]
    neighbours = [max(map(int, found)) - min(map(int, found)) + 1 > len(found) for found in tars]
    assert sum(neighbours) > len(tars) / 2


def test_the_seed_changes_the_order_and_nothing_else(source, tmp_path):
    for seed in (0, 1):
        convert(source, tmp_path / str(seed), seed=seed)
    first, second = (list(vladata.open(tmp_path / str(seed))) for seed in (0, 1))
    assert [s.key for s in first] != [s.key for s in second]
    assert sorted(first, key=lambda s: s.key) == sorted(second, key=lambda s: s.key)


@pytest.mark.filterwarnings(
    "ignore:unclosed file:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)  # the library leaves files open
def test_webdataset_reads_what_is_written(source, tmp_path):
    """By the library's own grouping: image, then JSON, under one key."""
    convert(source, tmp_path / "out", order="source")
    urls = sorted(map(str, (tmp_path / "out").glob("train/*.tar")))
    read = list(webdataset.WebDataset(urls, shardshuffle=False))
    assert len(read) == COUNT
    for sample, (_, pair) in zip(read, sorted(plain(source).items()), strict=True):
        kind = "png" if "png" in pair else "jpg"
        assert sample[f"primary.{kind}"] == pair["image"]
        assert orjson.loads(sample["json"])["target"] == pair["txt"].decode()


def test_the_index_says_what_an_image_is(source, tmp_path):
    manifest = convert(source, tmp_path / "out", order="source")
    assert manifest["image_kinds"] == {"primary": ["jpg", "png"]}
    row = vladata.open(tmp_path / "out").index.slice(1, 1).to_pylist()[0]
    (image,) = row["images"]
    assert (row["task"], row["language"], row["similarity"]) == ("caption", "en", None)
    assert (image["height"], image["width"], image["look"]) == (24, 32, None)
