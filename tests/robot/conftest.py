"""A source that was mended after it was converted, and a process that ends at any change of a file."""

from itertools import count

import pytest

from tests.conversion import convert
from tests.robot.retrying import BAD, Killed, files, settings, written
from vladata.shards.storage import LocalOutput

REAL = {name: getattr(LocalOutput, name) for name in ("write", "move", "remove", "sync")}


@pytest.fixture
def mended(tmp_path):
    """A source that was mended after it was converted: (source, out, what a fresh conversion is)."""
    source = written(tmp_path / "in", BAD)
    convert(source, tmp_path / "out", **settings(order="source"))
    written(tmp_path / "in")
    convert(source, tmp_path / "fresh", **settings(order="source"))
    return source, tmp_path / "out", files(tmp_path / "fresh")


@pytest.fixture
def killing(monkeypatch):
    """killing(n) ends this process, so to speak, at the n-th change of a file of an output."""

    def after(last):
        at = count()

        def dying(real):
            def call(self, *given, **more):
                if next(at) == last:
                    raise Killed
                return real(self, *given, **more)

            return call

        for name in ("write", "move", "remove", "sync"):
            monkeypatch.setattr(LocalOutput, name, dying(REAL[name]))

    return after
