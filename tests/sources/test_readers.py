"""The table of sources: what lies in a folder finds its own reader, and nobody else asks."""

import ast
import json
import pickle
import shutil
from pathlib import Path
from pkgutil import resolve_name

import pytest

from tests.hdf5_data import write_libero
from tests.rlds_data import write_bridge_like
from tests.sources.npz_folder import METADATA
from vladata.cli.main import _run
from vladata.errors import MissingFile, SourceError, UnknownName
from vladata.sources import readers
from vladata.sources.folder import Folder
from vladata.sources.readers import READERS, SOURCES, open_source

ROOT = Path(__file__).resolve().parents[2]
NPZ = {("npz", "native"): "tests.sources.npz_folder:open_at"}


@pytest.fixture(scope="module")
def array_record(tmp_path_factory):
    return write_bridge_like(tmp_path_factory.mktemp("array"), 2, 3, file_format="array_record")


@pytest.fixture
def with_npz(monkeypatch):
    monkeypatch.setattr(readers, "SOURCES", {**SOURCES, **NPZ})


@pytest.fixture
def npz(tmp_path, with_npz):
    """A folder that says that it is the toy format, and has no episode."""
    content = {"name": "toy", "version": "2.1.0", "splits": {}, "columns": {}}
    (tmp_path / METADATA).write_text(json.dumps(content))
    return tmp_path


def test_the_table():
    assert list(SOURCES) == [
        ("tfrecord", "native"),
        ("array_record", "native"),
        ("lerobot", "native"),
        ("tfrecord", "tfds"),
        ("array_record", "tfds"),
        ("hdf5", "native"),
    ]
    assert READERS == ("native", "tfds")


@pytest.mark.parametrize("entry", SOURCES, ids="-".join)
def test_an_entry_opens_its_own_format_and_no_other(entry, clean, array_record, tmp_path):
    opener = resolve_name(SOURCES[entry])
    folders = {"tfrecord": clean, "array_record": array_record, "hdf5": write_libero(tmp_path / "libero")}
    for file_format, folder in folders.items():
        found = opener(Folder.at(folder))
        if file_format != entry[0]:
            assert found is None
            continue
        assert (found.info.file_format, found.reader, found.url) == (*entry, str(folder))
        assert pickle.loads(pickle.dumps(found)).reader == entry[1]
    assert opener(Folder.at(tmp_path)) is None
    assert opener(Folder.at(tmp_path / "absent")) is None


@pytest.mark.parametrize("reader", READERS)
def test_the_folder_tells_the_format(reader, clean, array_record):
    for file_format, folder in (("tfrecord", clean), ("array_record", array_record)):
        source = open_source(folder.parent, reader)
        assert (source.info.file_format, source.reader) == (file_format, reader)


def test_an_unknown_reader_is_named_with_the_nearest(clean):
    with pytest.raises(UnknownName, match=r'there is no reader "natve"\.\s+Did you mean "native"') as caught:
        open_source(clean, "natve")
    assert caught.value.exit_code == 2


def test_a_format_that_a_reader_does_not_read_lists_what_there_is(npz):
    with pytest.raises(SourceError) as caught:
        open_source(npz, "tfds")
    assert str(caught.value) == (
        f"{npz}: the reader tfds does not read npz; allowed: native.\n"
        "  Known readers: tfrecord, array_record, lerobot, hdf5, npz (--reader native); "
        "tfrecord, array_record (--reader tfds)."
    )


def test_the_first_of_the_table_has_a_folder_of_two_formats(clean, tmp_path, with_npz):
    both = shutil.copytree(clean, tmp_path / "1.0.0")
    (both / METADATA).write_text("{}")
    assert open_source(both).info.file_format == "tfrecord"


@pytest.mark.parametrize("reader", READERS)
def test_a_folder_of_no_format_lists_what_there_is(reader, tmp_path, with_npz):
    (tmp_path / "episodes.unknown").write_bytes(b"hello")
    with pytest.raises(MissingFile, match=r"this is not an RLDS dataset; got 'episodes\.unknown'") as caught:
        open_source(tmp_path, reader)
    assert caught.value.hint == (
        "Known formats: tfrecord, array_record, lerobot, hdf5, npz (--reader native); "
        "tfrecord, array_record (--reader tfds)."
    )


def test_half_of_a_dataset_is_an_error_and_no_other_format(clean, tmp_path, with_npz):
    half = shutil.copytree(clean, tmp_path / "1.0.0")
    (half / "features.json").unlink()
    (half / METADATA).write_text("{}")
    with pytest.raises(MissingFile, match=r"features\.json is missing beside dataset_info\.json"):
        open_source(half)


@pytest.mark.parametrize(
    "command", [("index",), ("stats",), ("doctor",), ("verify",), ("convert", "rlds2vla")]
)
def test_commands_offer_the_readers_of_the_table(command, capsys):
    assert _run([*command, "--help"]) == 0
    assert f"[{'|'.join(READERS)}]" in capsys.readouterr().out


def test_nothing_outside_sources_asks_for_a_format_or_a_reader():
    """A name of the table in code elsewhere would be a branch. "tfrecord" is an output's format, "tfds" a corpus's layout,
    "lerobot" a form of annotation tables too; and formats/kinds.py names kinds of files."""
    names = {name for entry in SOURCES for name in entry} - {"tfrecord", "tfds", "lerobot"}
    asking = []
    for file in sorted([*ROOT.glob("vladata/**/*.py"), *ROOT.glob("pipelines/**/*.py")]):
        if "sources" in file.relative_to(ROOT).parts[:2] or file == ROOT / "vladata/formats/kinds.py":
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            named = isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in names
            asked = isinstance(node, ast.Attribute) and node.attr == "file_format"
            compared = isinstance(node, ast.Compare) and "reader" in ast.dump(node)
            if named or asked or compared:
                asking.append(f"{file.relative_to(ROOT)}:{node.lineno}")
    assert asking == []
