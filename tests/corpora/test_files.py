import fsspec
import pytest

from tests.corpora.made import index, jpeg, tar
from vladata.corpora.corpus import open_corpus
from vladata.corpora.files import braces, find_files
from vladata.errors import MissingFile, SourceError, UsageError
from vladata.spec.corpus import FILES
from vladata.spec.find import corpus

TARS = corpus("image_text_tars")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain.tar", ["plain.tar"]),
        ("c/{00008..00010}.tar", ["c/00008.tar", "c/00009.tar", "c/00010.tar"]),
        ("{8..10}", ["8", "9", "10"]),
        ("{train,val}/{0..1}.tar", ["train/0.tar", "train/1.tar", "val/0.tar", "val/1.tar"]),
        ("{a,}", ["a", ""]),
        ("{x}{}{", ["{x}{}{"]),
    ],
)
def test_braces(text, expected):
    assert list(braces(text)) == expected


@pytest.mark.parametrize("text", ["{5..3}", "{0..999999999}"])
def test_ranges_that_count_nothing_or_too_far(text):
    with pytest.raises(UsageError, match=r"a range that counts nothing, or too far; got"):
        list(braces(text))


@pytest.mark.parametrize(
    "source",
    [
        "pipe:curl -s https://example.org/0.tar",
        "PIPE:cat x",
        " pipe:cat x",
        "pipe://cat x",
        "| cat x",
        "|cat x",
        "simplecache::pipe:cat x",
        "tar::|cat x",
    ],
)
def test_what_would_run_a_program_is_refused(tmp_path, source, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="a source that would run a program is refused") as caught:
        open_corpus(TARS, [source])
    assert "Run the command yourself" in str(caught.value)
    with pytest.raises(UsageError, match="would run a program"):
        open_corpus(corpus("gqa"), ["x.json"], images=source)
    with pytest.raises(UsageError, match="would run a program"):
        open_corpus(corpus("tfds_coco_captions"), [source])


@pytest.fixture
def folder(tmp_path):
    for name in ("a/00000.tar", "a/00001.tar", "b/00000.tar"):
        tar(tmp_path / name, [("1.jpg", jpeg()), ("1.txt", b"x")])
    (tmp_path / "a" / "00000_stats.json").write_text("{}")
    return tmp_path


def names(*sources):
    return [(file.name, file.shard) for file in open_corpus(TARS, [str(source) for source in sources]).files]


def test_files_of_one_name_stay_apart(folder):
    expected = [("a/00000.tar", 0), ("a/00001.tar", 1), ("b/00000.tar", 2)]
    assert names(folder) == expected
    assert names(folder / "*" / "*.tar") == expected
    assert names(folder / "a" / "{00000..00001}.tar", folder / "b") == expected
    assert names(folder / "**" / "*.tar") == expected
    rows = index(TARS, folder)
    assert [(row["file"], row["shard"]) for row in rows] == expected


def test_names_are_relative_to_what_is_shared(folder):
    assert names(folder / "a") == [("00000.tar", 0), ("00001.tar", 1)]
    assert names(folder / "b" / "00000.tar") == [("00000.tar", 0)]


def test_a_file_that_is_named_twice(folder):
    with pytest.raises(UsageError, match=r"a file is named twice; got"):
        names(folder / "a" / "*.tar", folder / "a" / "00000.tar")


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("gone.tar", "there is no such file or folder"),
        ("a/{00001..00002}.tar", r"a/00002\.tar: there is no such file or folder"),
        ("*.zip", "no file is there"),
        ("empty", r"no \.tar file is there"),
    ],
)
def test_nothing_there(folder, source, says):
    (folder / "empty").mkdir()
    with pytest.raises(MissingFile, match=says):
        names(folder / source)
    with pytest.raises(UsageError, match="no source is named"):
        names()


def test_compressed_files_are_refused(folder):
    (folder / "x.tar.gz").write_bytes(b"")
    with pytest.raises(SourceError, match=r"x\.tar\.gz: a compressed file cannot be read from its middle"):
        names(folder / "x.tar.gz")
    with pytest.raises(SourceError, match="compressed"):
        names("https://example.org/x.tar.gz")


PACKED = {
    "webdataset": ["x.tar.gz", "x.tgz", "x.tar.zst", "x.tar.bz2", "x.tar.xz", "x.tbz2", "x.TAR.GZ", "X.Tgz"],
    "json": ["x.jsonl.gz", "x.json.gz", "x.json.zst", "x.JSON.zip"],
    "parquet": ["x.parquet.gz", "x.parquet.zst"],
}


@pytest.mark.parametrize(("layout", "name"), [(layout, name) for layout in PACKED for name in PACKED[layout]])
def test_a_compressed_file_in_a_folder_is_no_secret(tmp_path, layout, name):
    """Be it named, below a folder, or found by a glob."""
    endings = FILES[layout]
    (tmp_path / "deep").mkdir()
    for file in (f"a{endings[0]}", f"deep/{name}"):
        (tmp_path / file).write_bytes(b"")
    for source in (tmp_path, tmp_path / "deep", tmp_path / "**" / "*", tmp_path / "deep" / name):
        with pytest.raises(SourceError, match="a compressed file cannot be read from its middle") as caught:
            find_files([str(source)], endings)
        assert caught.value.where == str(tmp_path / "deep" / name)
        assert "Decompress it first" in caught.value.hint


def test_compressed_files_of_another_kind_are_left_alone(tmp_path):
    for name in ("a.tar", "stats.json.gz", "notes.txt.gz", "annotations.zip", "tar.gz"):
        (tmp_path / name).write_bytes(b"")
    assert find_files([str(tmp_path)], (".tar",)) == [str(tmp_path / "a.tar")]


def test_capitals(tmp_path):
    for name in ("a.tar", "B.TAR", "c.Tar", "d.TARGET"):
        (tmp_path / name).write_bytes(b"")
    assert find_files([str(tmp_path)], (".tar",)) == [str(tmp_path / n) for n in ("B.TAR", "a.tar", "c.Tar")]


def test_a_remote_folder(tmp_path):
    system = fsspec.filesystem("memory")
    for name in ("a.tar", "deep/B.TAR", "notes.txt.gz"):
        system.pipe(f"/capitals/{name}", b"")
    assert find_files(["memory://capitals"], (".tar",)) == [
        "memory:///capitals/a.tar",
        "memory:///capitals/deep/B.TAR",
    ]
    assert find_files(["s3://bucket/B.TAR"], (".tar",)) == ["s3://bucket/B.TAR"]
    system.pipe("/capitals/deep/c.tar.gz", b"")
    with pytest.raises(SourceError, match=r"deep/c\.tar\.gz: a compressed file"):
        find_files(["memory://capitals"], (".tar",))
    with pytest.raises(SourceError, match=r"x\.tar\.gz: a compressed file"):
        find_files(["https://example.org/x.tar.gz?token=a"], (".tar",))


def test_urls_are_taken_as_they_are():
    urls = ["s3://bucket/laion/{00000..00001}.tar", "s3://bucket/other/00000.tar"]
    opened = open_corpus(TARS, urls)
    assert [file.name for file in opened.files] == ["laion/00000.tar", "laion/00001.tar", "other/00000.tar"]
    assert opened.files[2].url == "s3://bucket/other/00000.tar"
    assert find_files(["https://example.org/0.tar?token={a}"], (".tar",)) == [
        "https://example.org/0.tar?token={a}"
    ]


def test_files_of_one_corpus_lie_in_one_place(folder):
    with pytest.raises(UsageError, match="the files of one corpus lie in one place"):
        names(folder / "a", "s3://bucket/0.tar")


def test_the_images_folder_is_asked_for_where_it_is_needed(folder):
    with pytest.raises(
        UsageError, match="the records of gqa name image files, and no images folder is given"
    ):
        open_corpus(corpus("gqa"), [str(folder / "a" / "00000_stats.json")])
    with pytest.raises(UsageError, match="the corpus image_text_tars holds its images itself"):
        open_corpus(TARS, [str(folder)], images=str(folder))
