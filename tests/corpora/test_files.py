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
    with pytest.raises(UsageError, match=r"the range is empty or too long; got"):
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
    with pytest.raises(
        UsageError, match=r"a file is named twice\.\n  It is named by .*\*\.tar and by .*00000\.tar"
    ):
        names(folder / "a" / "*.tar", folder / "a" / "00000.tar")


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("gone.tar", "there is no such file or folder"),
        ("a/{00001..00002}.tar", r"a/00002\.tar: there is no such file or folder"),
        ("*.zip", "no file was found"),
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
    assert find_files([str(tmp_path)], (".tar",)).urls == [str(tmp_path / "a.tar")]


def test_capitals(tmp_path):
    for name in ("a.tar", "B.TAR", "c.Tar", "d.TARGET"):
        (tmp_path / name).write_bytes(b"")
    assert find_files([str(tmp_path)], (".tar",)).urls == [
        str(tmp_path / n) for n in ("B.TAR", "a.tar", "c.Tar")
    ]


def test_a_remote_folder(tmp_path):
    system = fsspec.filesystem("memory")
    for name in ("a.tar", "deep/B.TAR", "notes.txt.gz"):
        system.pipe(f"/capitals/{name}", b"")
    assert find_files(["memory://capitals"], (".tar",)).urls == [
        "memory:///capitals/a.tar",
        "memory:///capitals/deep/B.TAR",
    ]
    assert find_files(["s3://bucket/B.TAR"], (".tar",)).urls == ["s3://bucket/B.TAR"]
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
    assert find_files(["https://example.org/0.tar?token={a}"], (".tar",)).urls == [
        "https://example.org/0.tar?token={a}"
    ]


def test_files_of_one_corpus_lie_in_one_place(folder):
    with pytest.raises(UsageError, match="the files of one corpus must lie in one place"):
        names(folder / "a", "s3://bucket/0.tar")


def test_the_images_folder_is_asked_for_where_it_is_needed(folder):
    with pytest.raises(
        UsageError, match="the records of gqa name image files, and no images folder is given"
    ):
        open_corpus(corpus("gqa"), [str(folder / "a" / "00000_stats.json")])
    with pytest.raises(UsageError, match="the corpus image_text_tars holds its images itself"):
        open_corpus(TARS, [str(folder)], images=str(folder))


def test_hidden_files_of_a_folder_are_passed_over_and_counted(folder):
    for name in (
        "a/._00000.tar",
        "a/.ipynb_checkpoints/00000-checkpoint.tar",
        "__MACOSX/a/00000.tar",
        ".DS_Store",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    opened = open_corpus(TARS, [str(folder)])
    assert [file.name for file in opened.files] == ["a/00000.tar", "a/00001.tar", "b/00000.tar"]
    assert opened.hidden == 3  # .DS_Store is no tar
    assert open_corpus(TARS, [str(folder / "**" / "*.tar")]).hidden == 1  # a glob finds no other hidden ones
    assert names(folder / "a" / "._00000.tar") == [("._00000.tar", 0)]  # whoever names one means it


def test_a_hidden_folder_that_is_named_itself_is_read(tmp_path):
    tar(tmp_path / ".cache" / "deep" / "0.tar", [("1.jpg", jpeg()), ("1.txt", b"x")])
    assert names(tmp_path / ".cache") == [("0.tar", 0)]
    assert names(tmp_path / ".cache" / "**" / "*.tar") == [("0.tar", 0)]


def numbered(folder, *names):
    for name in names:
        tar(folder / name, [("1.jpg", jpeg()), ("1.txt", b"x")])
    return folder


def test_files_that_the_names_count_and_that_are_missing(tmp_path):
    folder = numbered(tmp_path / "x", *(f"x-{n:05d}-of-00004.tar" for n in (0, 1, 3)))
    for source in (folder, folder / "*.tar"):
        with pytest.raises(
            SourceError, match=r"x-\*-of-00004\.tar: the file names count 4 files, but 3 are there"
        ) as caught:
            names(source)
        assert caught.value.got == "'00002 missing'"
        assert "name the files themselves, or a brace range" in caught.value.hint
    assert len(names(folder / "x-{00000..00001}-of-00004.tar")) == 2
    numbered(folder, "x-00002-of-00004.tar")
    assert len(names(folder)) == 4
    numbered(folder, "x-00004-of-00004.tar")
    with pytest.raises(
        SourceError, match=r"the file names count 4 files, but 5 are there; got '00004 as well'"
    ):
        names(folder)


def test_names_may_count_from_one_and_by_folder(tmp_path):
    folder = numbered(tmp_path / "x", *(f"{part}/x-{n:05d}-of-00002.tar" for part in "ab" for n in (1, 2)))
    assert len(names(folder)) == 4
    (folder / "b" / "x-00001-of-00002.tar").unlink()
    with pytest.raises(
        SourceError, match=r"b/x-\*-of-00002\.tar: the file names count 2 files, but 1 are there"
    ):
        names(folder)


@pytest.mark.parametrize(
    ("there", "says"),
    [
        (["0.parquet", "1.parquet"], "By its file names this is a Parquet file, or a folder of them."),
        (["a.hdf5"], "By its file names this is an HDF5 file"),
        (["meta/info.json", "data/0.parquet"], "By its file names this is a LeRobot dataset"),
        (["x-train.array_record-00000-of-00001"], "By its file names this is a Riegeli or ArrayRecord file"),
    ],
)
def test_a_folder_of_something_else_is_named(tmp_path, there, says):
    for name in there:
        (tmp_path / "x" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "x" / name).write_bytes(b"x")
    with pytest.raises(MissingFile, match=r"no \.tar file is there") as caught:
        names(tmp_path / "x")
    assert says in caught.value.hint
    assert there[0][:40] in caught.value.got
