"""An output in its own source, or the other way round, is refused before anything is written or removed."""

import os

import pytest

from tests.files import snapshot
from tests.mix.made import mix, mixture, virtual, web
from tests.web.made import convert, settings, shards
from vladata.errors import UsageError
from vladata.runs.apart import refuse_overlap
from vladata.web.run import begin


@pytest.mark.parametrize(
    ("out", "source"),
    [
        ("a", "a"),
        ("a/out", "a"),
        ("a/b/out", "./a/"),
        ("a", "a/x.tar"),
        ("a/./out", "a/b/.."),
        ("link/out", "a"),
        ("a/out", "link"),
        ("a", "link/x.tar"),
        ("gs://b/a/out", "gs://b/a/"),
    ],
)
def test_what_lies_in_each_other(out, source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a" / "b").mkdir(parents=True)
    os.symlink("a", "link")
    with pytest.raises(UsageError) as caught:
        refuse_overlap(out, ["other", source])
    fault = caught.value
    assert fault.what in (
        "the output is the source itself",
        "the output lies in a source",
        "a source lies in the output",
    )
    assert str(fault) == (
        f"{out}: {fault.what}; "
        "allowed: a folder that is not a source, does not contain one and does not lie in one."
        f"\n  Name a new folder as OUT. The source is {source}"
    )


@pytest.mark.parametrize(
    ("out", "source"), [("a", "ab"), ("ab", "a"), ("a/out", "a/in"), ("a/out", "a/x.tar")]
)
def test_what_lies_apart(out, source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refuse_overlap(out, [source])


def test_folders_below_the_root(tmp_path, monkeypatch):
    """As they are mounted into a container, whatever folder the command runs in."""
    monkeypatch.chdir(tmp_path)
    refuse_overlap("/out-of-no-one", [str(tmp_path), f"{tmp_path}/x.tar", "/in-of-no-one/x.tar"])
    for source in ("/out-of-no-one/x.tar", "/out-of-no-one"):
        with pytest.raises(
            UsageError, match=r"the output (is|lies in) (the|a) source|a source lies in the output"
        ):
            refuse_overlap("/out-of-no-one", [source])


def test_a_corpus_in_whose_folder_the_output_is_to_be(tmp_path):
    source = shards(tmp_path / "corpus", 20)
    with pytest.raises(
        UsageError, match=r"the output (is|lies in) (the|a) source|a source lies in the output"
    ):
        convert(source, source / "out")
    assert sorted(path.name for path in source.iterdir()) == ["00000.tar", "00001.tar"]


def test_files_beside_the_output_are_no_matter(tmp_path):
    """Its shards are found by the folder, and not by these names."""
    source = shards(tmp_path / "corpus", 20)
    convert(f"{source}/*.tar", source / "out")
    before = snapshot(source)
    with pytest.raises(
        UsageError, match=r"the output (is|lies in) (the|a) source|a source lies in the output"
    ):
        begin(settings(f"{source}/**/*.tar", source / "out"), overwrite=True)
    assert snapshot(source) == before


@pytest.mark.parametrize("how", [mix, virtual])
def test_a_mixture_over_one_of_its_sources(how, tmp_path):
    out = web(tmp_path / "made", "a", 30)
    before = snapshot(out)
    for place in (out, out / "mixed"):
        with pytest.raises(
            UsageError, match=r"the output (is|lies in) (the|a) source|a source lies in the output"
        ):
            how(mixture({"a": 1}), place, {"a": out}, overwrite=True)
    assert snapshot(out) == before


@pytest.mark.parametrize("split", ["../up", "", "/tmp/x", "a/b", "a b", "train[:10%]", "a.b", "trÄin"])
def test_a_split_that_is_no_name(split, tmp_path):
    source = shards(tmp_path / "corpus", 3)
    with pytest.raises(
        UsageError, match="the split's name becomes part of file names, and has other characters"
    ):
        convert(source, tmp_path / "out" / "deep", split=split)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corpus"]
