"""Loading needs no torch; what needs it says so."""

import importlib
import sys
from pathlib import Path

import pytest

import vladata.loaders.in_torch
from vladata.errors import MissingExtra

FILES = set(Path(vladata.loaders.in_torch.__path__[0]).glob("[a-z]*.py"))


def test_a_missing_torch_names_the_extra(monkeypatch):
    monkeypatch.delitem(sys.modules, "vladata.loaders.torch", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(
        MissingExtra, match=r'vladata.loaders.torch needs torch.\n  .* -m pip install "vladata\[torch\]"'
    ):
        importlib.import_module("vladata.loaders.torch")


@pytest.mark.parametrize("name", ["load", *sorted(f"in_torch.{file.stem}" for file in FILES)])
def test_the_rest_imports_no_torch(name):
    text = importlib.import_module(f"vladata.loaders.{name}").__dict__
    assert "torch" not in text
