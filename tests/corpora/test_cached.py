"""The index of a corpus in the cache: what makes a part good, and the graph that writes it."""

import os
import pickle

import pyarrow.parquet as pq
import pytest
from vladata.pipelines import index as graph

from tests.corpora.made import index, jpeg, tar
from vladata.corpora.cached import cache_of_corpus
from vladata.corpora.corpus import open_corpus
from vladata.corpora.part import CorpusIndexing
from vladata.corpora.rows import BLOCK, ROWS
from vladata.spec.find import corpus

TARS = corpus("image_text_tars")


@pytest.fixture
def folder(tmp_path):
    for name, count in (("a/0.tar", 2), ("b/0.tar", 300)):
        tar(
            tmp_path / "in" / name,
            [member for i in range(count) for member in ((f"{i}.jpg", jpeg(0)), (f"{i}.txt", b"x"))],
        )
    return tmp_path / "in"


def test_the_graph_writes_what_is_missing(folder, tmp_path):
    opened = open_corpus(TARS, [str(folder)])
    cache = cache_of_corpus(CorpusIndexing(opened), root=str(tmp_path / "cache"))
    assert cache.missing(opened, opened.files) == list(opened.files)
    graph.run(CorpusIndexing(opened), cache, cache.missing(opened, opened.files))
    assert cache.missing(opened, opened.files) == []
    rows = [row for part in cache.read(opened, opened.files) for row in part.to_pylist()]
    assert rows == index(TARS, folder)
    (part,) = list(cache.read(opened, opened.files[1:], ["key", "answers"]))
    assert part.column_names == ["key", "answers"]
    assert len(part) == 300


def test_parts_are_written_in_blocks_of_the_fixed_schema(folder, tmp_path):
    opened = open_corpus(TARS, [str(folder)])
    cache = cache_of_corpus(CorpusIndexing(opened), root=str(tmp_path / "cache"))
    graph.run(CorpusIndexing(opened), cache, opened.files)
    parts = sorted(tmp_path.glob("cache/*/*/0.tar.*.parquet"))
    assert [path.parent.name for path in parts] == ["a", "b"]
    written = pq.ParquetFile(parts[1])
    assert written.schema_arrow == ROWS
    assert [written.metadata.row_group(i).num_rows for i in range(2)] == [BLOCK, 300 - BLOCK]


def test_a_file_that_changed_is_indexed_anew(folder, tmp_path):
    opened = open_corpus(TARS, [str(folder)])
    cache = cache_of_corpus(CorpusIndexing(opened), root=str(tmp_path / "cache"))
    graph.run(CorpusIndexing(opened), cache, opened.files)
    os.utime(folder / "a" / "0.tar", ns=(1, 1))
    assert [file.name for file in cache.missing(opened, opened.files)] == ["a/0.tar"]


def test_what_the_index_depends_on(folder, tmp_path):
    opened = open_corpus(TARS, [str(folder)])
    other = TARS.model_copy(update={"similarity": "json.similarity"})
    caches = [
        cache_of_corpus(CorpusIndexing(opened)),
        cache_of_corpus(CorpusIndexing(opened, looks=True)),
        cache_of_corpus(CorpusIndexing(open_corpus(TARS, [str(folder / "a")]))),
        cache_of_corpus(CorpusIndexing(open_corpus(other, [str(folder)]))),
    ]
    assert len({cache.url for cache in caches}) == len(caches)
    assert all("/index/image_text_tars-" in cache.url for cache in caches)
    assert cache_of_corpus(CorpusIndexing(open_corpus(TARS, [str(folder)]))) == caches[0]


def test_a_corpus_can_be_sent_to_a_worker(folder):
    opened = open_corpus(TARS, [str(folder)])
    assert opened.by_name["b/0.tar"].shard == 1
    assert pickle.loads(pickle.dumps(opened)) == opened


def test_annotations_count_with_their_questions(tmp_path):
    (tmp_path / "q.json").write_text('{"questions": []}')
    (tmp_path / "a.json").write_text('{"annotations": []}')
    opened = open_corpus(corpus("vqav2"), [str(tmp_path)], str(tmp_path))
    before = opened.version("q.json")
    (tmp_path / "a.json").write_text('{"annotations": [ ]}')
    assert opened.version("q.json") != before
