"""--limit: the first records of a corpus, before any filter, and no more files indexed than hold them."""

import json

import pytest

from tests.corpora.made import jpeg, spec, tar
from tests.files import snapshot
from tests.web.made import convert, counts, recipe, rejected, said, samples, settings, shards
from vladata.errors import PlanDiffers
from vladata.runs.verify import verify
from vladata.shards.remote.cache_rule import FOLDER
from vladata.shards.storage import open_output
from vladata.web.run import begin

QUESTIONS = spec("""
layout: webdataset
image: {data: [jpg]}
pairs: [{task: vqa, each: json.qa, question: q, answers: a}]
""")


@pytest.fixture
def source(tmp_path):
    """7 tars of 10 records each."""
    return shards(tmp_path / "corpus", 70, per_shard=10)


@pytest.fixture
def indexed(tmp_path, monkeypatch):
    """Which files have been indexed so far."""
    monkeypatch.setenv(FOLDER, str(tmp_path / "cache"))
    return lambda: sorted({path.name[:9] for path in (tmp_path / "cache").rglob("*.parquet")})


@pytest.mark.parametrize(("limit", "files"), [(1, 1), (10, 1), (11, 2), (25, 4), (70, 7), (1000, 7)])
def test_the_first_records(limit, files, source, tmp_path, indexed):
    manifest = convert(source, tmp_path / "out", limit=limit)
    assert [target for _, target in said(tmp_path / "out")] == [f"caption {i}" for i in range(min(limit, 70))]
    assert counts(manifest)["records"] == (min(limit, 70),) * 2 + (0, 0)
    assert manifest["source"]["limit"] == limit
    assert manifest["source"]["files"] == -(-min(limit, 70) // 10)
    assert indexed() == [f"{i:05d}.tar" for i in range(files)]
    assert list(verify(open_output(str(tmp_path / "out")))) == []


def test_the_samples_of_the_whole(source, tmp_path):
    convert(source, tmp_path / "all")
    convert(source, tmp_path / "some", limit=25)
    assert samples(tmp_path / "some") == samples(tmp_path / "all")[:25]


def test_records_count_and_not_pairs(tmp_path):
    """A record of two questions, one of which nothing can be made, one of a single question, and one that is behind."""
    found = [
        [{"q": "what", "a": ["x"]}, {"q": "where", "a": ["y"]}],
        "no list",
        [{"q": "who", "a": ["z"]}],
        [{"q": "never", "a": ["seen"]}],
    ]
    members = []
    for i, pairs in enumerate(found):
        members += [(f"{i}.jpg", jpeg(i)), (f"{i}.json", json.dumps({"qa": pairs}).encode())]
    manifest = convert(tar(tmp_path / "x.tar", members), tmp_path / "out", QUESTIONS, limit=3)
    assert [target for _, target in said(tmp_path / "out")] == ["x", "y", "z"]
    assert counts(manifest)["records"] == (3, 2, 0, 1)
    assert [line["reason"] for line in rejected(tmp_path / "out")] == ["malformed_record"]


def test_the_limit_comes_before_the_filters(source, tmp_path):
    keep = {"text": {"drop": "[02468]$"}}
    manifest = convert(source, tmp_path / "out", limit=15, recipe=recipe({"keep": keep}))
    assert [target for _, target in said(tmp_path / "out")] == [f"caption {i}" for i in range(1, 15, 2)]
    assert counts(manifest)["pairs"] == (15, 7, 8, 0)


def test_another_limit_is_another_job(source, tmp_path):
    layout = {"samples_per_shard": 5, "memory": 1}
    with begin(settings(source, tmp_path / "out", limit=15, **layout)):
        pass
    with pytest.raises(PlanDiffers, match="limit: 15 there, 25 here"):
        begin(settings(source, tmp_path / "out", limit=25, **layout))
    convert(source, tmp_path / "out", limit=15, **layout)
    convert(source, tmp_path / "fresh", limit=15, **layout)
    assert snapshot(tmp_path / "out") == snapshot(tmp_path / "fresh")
