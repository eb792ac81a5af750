"""Models of Hugging Face that several files of tests read."""

import pytest

from tests.consumer.models import families


@pytest.fixture(scope="session")
def known(tmp_path_factory):
    """Name -> the folder of a model of that family. Copy it before you change it."""
    folder = tmp_path_factory.mktemp("families")
    return {name: families.write(name, folder / name) for name in families.FAMILIES}
