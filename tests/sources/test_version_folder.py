"""From what a user names to the version folder."""

import pytest

from tests.sources.http_folder import served
from vladata.errors import MissingFile, SourceError
from vladata.sources.folder import Folder
from vladata.sources.version_folder import find_version_folder


def make(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")


def make_version(folder, *versions):
    for version in versions:
        make(folder, f"{version}/dataset_info.json", f"{version}/features.json")


def found(folder):
    return find_version_folder(Folder.at(folder))


def test_a_version_folder_is_itself(tmp_path):
    make_version(tmp_path, "bridge/1.0.0")
    assert found(tmp_path / "bridge" / "1.0.0") == Folder.at(tmp_path / "bridge" / "1.0.0")


def test_a_version_folder_may_have_any_name(tmp_path):
    make_version(tmp_path, "copied")
    assert found(tmp_path / "copied") == Folder.at(tmp_path / "copied")


def test_the_newest_version_is_taken_by_its_numbers(tmp_path):
    make_version(tmp_path, "0.9.0", "0.10.0", "0.2.11")
    make(tmp_path, "9.9.9", "notes/x")
    assert found(tmp_path) == Folder.at(tmp_path / "0.10.0")


@pytest.mark.parametrize(
    ("present", "missing"),
    [("dataset_info.json", "features.json"), ("features.json", "dataset_info.json")],
)
def test_half_of_a_description_is_not_enough(tmp_path, present, missing):
    make(tmp_path, present)
    with pytest.raises(MissingFile, match=f"{missing} is missing beside {present}") as caught:
        found(tmp_path)
    assert caught.value.where == str(tmp_path)
    assert "fetch the folder again" in caught.value.hint


def test_configurations_are_named(tmp_path):
    make_version(tmp_path, "block/1.0.0", "plate/1.0.0")
    make(tmp_path, ".downloads/1.0.0/x", "readme.txt")
    with pytest.raises(
        SourceError, match=r"several configurations or datasets; got 'block, plate'"
    ) as caught:
        found(tmp_path)
    assert caught.value.hint == f"Give one of them: {tmp_path}/block"


def test_records_without_their_description(tmp_path):
    make(tmp_path, "a-train.tfrecord-00000-of-00001")
    with pytest.raises(MissingFile, match=r"record files without dataset_info.json and features.json"):
        found(tmp_path)


def test_another_folder_says_what_is_in_it(tmp_path):
    make(tmp_path, "photo.jpg", "inner/x")
    with pytest.raises(
        MissingFile,
        match=r"this is not an RLDS dataset: it is, or holds, an image; got 'inner/, photo.jpg'; allowed: a version folder",
    ):
        found(tmp_path)


def test_a_file_in_place_of_its_folder(tmp_path):
    make_version(tmp_path, "1.0.0")
    with pytest.raises(SourceError, match="this is a file, but a dataset is a folder") as caught:
        found(tmp_path / "1.0.0" / "features.json")
    assert caught.value.hint == f"Give the folder of this file: {tmp_path}/1.0.0"


def test_no_folder_at_all(tmp_path):
    with pytest.raises(MissingFile, match="absent: the file or folder does not exist"):
        found(tmp_path / "absent")


def test_over_http_a_parent_needs_a_listing_and_a_version_folder_does_not(tmp_path):
    make_version(tmp_path, "bridge/1.0.0")
    with served(tmp_path) as (url, server):
        assert found(f"{url}/bridge") == Folder.at(f"{url}/bridge/1.0.0")
    with served(tmp_path) as (url, server):
        server.listing = False
        assert found(f"{url}/bridge/1.0.0") == Folder.at(f"{url}/bridge/1.0.0")
        with pytest.raises(
            MissingFile, match=r"neither dataset_info.json nor a listing of versions"
        ) as caught:
            found(f"{url}/bridge")
        assert "give the version folder itself" in caught.value.hint
