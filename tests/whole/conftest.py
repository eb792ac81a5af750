"""Conversions into whole episodes, in this process."""

import pytest

from tests.conversion import convert
from tests.whole import two_cameras
from vladata.spec import find


@pytest.fixture
def converted(tmp_path, monkeypatch):
    """converted(source, out="out", **settings): the manifest of the small dataset as whole episodes."""
    monkeypatch.setenv("VLADATA_CACHE", str(tmp_path / "cache"))

    def converted(source, out="out", **settings):
        given = {
            "spec": two_cameras.schema(),
            "recipe": find.recipe("episodes"),
            "format": "rlds",
            **settings,
        }
        return convert(source, tmp_path / out, **given)

    return converted
