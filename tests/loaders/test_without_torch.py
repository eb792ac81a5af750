"""Loading needs no torch; what needs it says so."""

import importlib
import sys

import pytest

from vladata.errors import MissingExtra


def test_a_missing_torch_names_the_extra(monkeypatch):
    monkeypatch.delitem(sys.modules, "vladata.loaders.torch", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(
        MissingExtra, match=r'vladata.loaders.torch needs torch.\n  pip install "vladata\[torch\]"'
    ):
        importlib.import_module("vladata.loaders.torch")


@pytest.mark.parametrize(
    "name", ["sampler", "streamed", "resumable", "callers", "ranks", "iterations", "listed", "load"]
)
def test_the_rest_imports_no_torch(name):
    text = importlib.import_module(f"vladata.loaders.{name}").__dict__
    assert "torch" not in text
