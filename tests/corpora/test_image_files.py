"""Names that a corpus gives to image files, and where they lead."""

import fsspec
import pytest

from tests.corpora.made import jpeg
from vladata.corpora.image_files import ImageFolder, leads_elsewhere
from vladata.errors import UnfitRecord


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.jpg", False),
        ("a/b..c.jpg", False),
        ("12:30.jpg", False),
        ("a:b.jpg", False),
        ("2020-01-01T12:30:00/1.jpg", False),
        ("a::b.jpg", False),
        ("a/http://b.jpg", False),
        ("..", True),
        ("a/../b.jpg", True),
        ("a\\..\\b.jpg", True),
        ("/a.jpg", True),
        ("\\a.jpg", True),
        ("//host/a.jpg", True),
        ("", True),
        ("a\0.jpg", True),
        ("C:/a.jpg", True),
        ("c:\\a.jpg", True),
        ("http://example.org/a.jpg", True),
        ("gs://a", True),
        ("a+b.c-1://d", True),
    ],
)
def test_names_that_lead_elsewhere(name, expected):
    assert leads_elsewhere(name) is expected


def test_colons_behind_a_url():
    """fsspec reads `::` as a chain: this one it would take for a.jpg."""
    folder = ImageFolder("memory://colons")
    system = fsspec.filesystem("memory")
    system.pipe("/colons/12:30.jpg", jpeg(1))
    system.pipe("/colons/a.jpg", jpeg(2))
    assert folder.read("12:30.jpg") == jpeg(1)
    with pytest.raises(UnfitRecord, match="a name that leads out of the images folder") as caught:
        folder.read("a.jpg::file:///etc/passwd")
    assert caught.value.reason == "unsafe_name"


def test_colons_on_a_disk(tmp_path):
    (tmp_path / "a::b.jpg").write_bytes(jpeg(1))
    assert ImageFolder(str(tmp_path)).read("a::b.jpg") == jpeg(1)
