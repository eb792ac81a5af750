"""Where a corpus and an output lie: what changed since the index was made is noticed, and URLs do as well as folders."""

import os

import pytest

from tests.corpora.made import jpeg, tar
from tests.files import files, stored
from tests.sources.http_folder import served
from tests.web.job import plain_loop, wanted
from tests.web.made import convert, recipe, rejected, said, shards
from vladata.errors import PlanDiffers, SourceChanged, UsageError
from vladata.runs.verify import verify
from vladata.shards.storage import open_output
from vladata.web.run import begin
from vladata.web.sources import open_sources
from vladata.web.unit import open_units


@pytest.fixture
def source(tmp_path):
    return shards(tmp_path / "corpus", 40, per_shard=10)


def exchanged(path, key):
    """Another image of the same length in place of one, and the file's time as it was."""
    data, before = path.read_bytes(), path.stat()
    other = bytearray(jpeg(key))
    other[-10] ^= 1
    assert data.count(jpeg(key)) == 1
    path.write_bytes(data.replace(jpeg(key), bytes(other)))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_an_image_that_changed_after_it_was_indexed(source, tmp_path):
    """Even where the file's size and time say nothing."""
    with begin(wanted(source, tmp_path / "out")) as run:
        exchanged(source / "00001.tar", 12)
        with pytest.raises(SourceChanged) as caught:
            run.convert_here()
    assert "the image is not the one that was indexed" in str(caught.value)
    assert str(caught.value).startswith("00001.tar, byte ")
    assert "run the command again, and they are indexed again" in str(caught.value)


def test_a_file_that_is_gone(source, tmp_path):
    with begin(wanted(source, tmp_path / "out")) as run:
        (source / "00002.tar").unlink()
        with pytest.raises(SourceChanged, match="the image that was indexed is not there"):
            run.convert_here()


def test_a_file_that_changed_is_indexed_anew_and_no_other(source, tmp_path):
    asked = wanted(source, tmp_path / "out")
    plain_loop(source, tmp_path / "out")
    assert open_sources(asked).unindexed() == []
    shards(tmp_path / "other", 10, first=100)
    (source / "00003.tar").write_bytes((tmp_path / "other" / "00000.tar").read_bytes())
    assert [file.name for file in open_sources(asked).unindexed()] == ["00003.tar"]
    plain_loop(source, tmp_path / "again")
    expected = {f"caption {i}" for i in (*range(30), *range(100, 110))}
    assert {target for _, target in said(tmp_path / "again")} == expected


def test_a_source_that_changed_under_an_unfinished_run_is_another_plan(source, tmp_path):
    with begin(wanted(source, tmp_path / "out")):
        pass
    tar(source / "00000.tar", [("a.jpg", jpeg(1)), ("a.txt", b"one")])
    with pytest.raises(PlanDiffers, match="the settings are equal, but the source has changed"):
        begin(wanted(source, tmp_path / "out"))


def test_an_output_in_an_object_store(source, tmp_path):
    url = f"memory://{tmp_path.name}/bucket/out"
    plain_loop(source, url)
    plain_loop(source, tmp_path / "out")
    assert stored(url) == files(tmp_path / "out")
    assert list(verify(open_output(url))) == []


def test_a_remote_run_that_was_stopped_goes_on(source, tmp_path):
    url = f"memory://{tmp_path.name}/bucket/out"
    with begin(wanted(source, url)) as run:
        convert_unit = open_units(run.url)
        for number in run.units[:2]:
            convert_unit(number)
        left = run.units[2:]
    with begin(wanted(source, url)) as run:
        assert run.units == left
        run.convert_here()
        run.commit()
    plain_loop(source, tmp_path / "out")
    assert stored(url) == files(tmp_path / "out")


def test_a_corpus_behind_http(source, tmp_path):
    plain_loop(source, tmp_path / "local")
    with served(source) as (url, server):
        plain_loop(f"{url}/{{00000..00003}}.tar", tmp_path / "out")
        assert server.requests
    assert files(tmp_path / "out").keys() == files(tmp_path / "local").keys()
    for name, data in files(tmp_path / "local").items():
        if name.startswith("train/"):
            assert (tmp_path / "out" / name).read_bytes() == data


def score(images, texts):
    """A model of the test's own: the last digit of the caption, as a tenth."""
    assert all(isinstance(image, bytes) and image for image in images)
    return [int(text[-1]) / 10 for text in texts]


def test_a_function_says_the_similarity(source, tmp_path):
    out = tmp_path / "out"
    top = recipe({"keep": {"similarity": "10%"}})
    manifest = convert(source, out, model=f"{__name__}:score", recipe=top)
    assert [target for _, target in said(out)] == [f"caption {i}" for i in (9, 19, 29, 39)]
    assert manifest["source"]["model"] == f"{__name__}:score"
    assert rejected(out) == []


def test_a_share_without_a_similarity_is_refused(source, tmp_path):
    with pytest.raises(UsageError) as caught:
        convert(source, tmp_path / "out", recipe=recipe({"keep": {"similarity": "10%"}}))
    assert str(caught.value) == (
        "keep.similarity: none of the 40 pairs has a similarity.\n"
        "  Name the field that has it in the corpus schema (similarity), or compute it: --similarity-model."
    )
