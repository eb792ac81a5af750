"""The public names: each resolves, editors see the same ones, and `import vladata` stays light."""

import ast
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import vladata

HEAVY = ("numpy", "pyarrow", "pydantic", "click", "apache_beam", "tensorflow", "torch")
NEED_TORCH = ("policy", "train")


@pytest.mark.parametrize("name", sorted(vladata.PUBLIC))
def test_every_public_name_resolves(name):
    if name in NEED_TORCH:
        pytest.importorskip("torch", reason="torch is not installed (extra train)")
    value = getattr(vladata, name)
    assert isinstance(value, ModuleType) or callable(value)
    assert value.__doc__, f"vladata.{name} is public and has no docstring"
    assert name in dir(vladata)


def test_editors_see_the_names_that_programs_get():
    tree = ast.parse(Path(vladata.__file__).read_text())
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {}
    for node in guarded.body:
        assert isinstance(node, ast.ImportFrom)
        for alias in node.names:
            module = f"{node.module}.{alias.name}"
            whole = module if module in vladata.PUBLIC.values() else f"{node.module}:{alias.name}"
            seen[alias.asname] = whole
    assert seen == vladata.PUBLIC


def test_an_unknown_name_says_which_there_are():
    with pytest.raises(
        AttributeError,
        match=r"no attribute 'episode'; it has AsyncClient, Client, Executing, Observation, beam, begin, codec, collate, convert",
    ):
        _ = vladata.episode


def test_importing_vladata_loads_nothing_heavy():
    code = f"import sys, vladata; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
