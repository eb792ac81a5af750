"""A dataset of each version, and a copy that a test may damage."""

import shutil

import pytest

from tests.lerobot_data import write_lerobot


@pytest.fixture(scope="module", params=["v2.1", "v3.0"])
def sound(request, tmp_path_factory):
    return write_lerobot(tmp_path_factory.mktemp("lerobot") / "so100", request.param)


@pytest.fixture
def folder(sound, tmp_path):
    return shutil.copytree(sound, tmp_path / "so100")
