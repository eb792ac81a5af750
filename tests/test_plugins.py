"""Codecs from other packages, installed as by pip: a module and a dist-info folder on the path."""

import subprocess
import sys
from pathlib import Path

import pytest

import vladata
from tests.rlds_data import write_bridge_like
from vladata.actions.codecs.table import CODECS, OURS, wrong
from vladata.actions.protocol import Codec
from vladata.errors import PluginError
from vladata.plugins import PluginTable

ROOT = Path(__file__).resolve().parent.parent
IMPORTS = """
from dataclasses import dataclass
from typing import Any, ClassVar
from collections.abc import Mapping
import numpy as np
from vladata.actions.settings import Setting, Whole
from vladata.errors import ParseError
"""
WHOLE = (ROOT / "tests" / "robot" / "test_another_codec.py").read_text()
CODEC = IMPORTS + WHOLE[WHOLE.index("@dataclass") : WHOLE.index("@pytest.fixture(autouse=True)")]
"""A whole codec: the class of tests/robot/test_another_codec.py as a module of its own."""


def install(folder, package, entries, group="vladata.codecs", **modules):
    """What `pip install` leaves of a package: its modules, and its metadata."""
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text)
    info = folder / f"{package}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{group}]\n" + "\n".join(entries) + "\n")


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder on the path, and what was imported from it is forgotten afterwards."""
    monkeypatch.syspath_prepend(str(tmp_path))
    known = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - known:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def table():
    return PluginTable("codec", "vladata.codecs", OURS, wrong)


def test_a_codec_of_an_installed_package_is_one_of_the_table(site):
    install(site, "grabbing", ["pinches = grabbing_codec:Pinches"], grabbing_codec=CODEC)
    found = table()
    assert list(found) == [*OURS, "pinches"]
    assert len(found) == len(OURS) + 1
    assert "pinches" in found
    assert "grabbing_codec" not in sys.modules  # its name is known without its code
    kind: type[Codec] = found["pinches"]
    assert kind.kind == "pinches"
    assert dict(found.items())["rt1"] is OURS["rt1"]
    assert found["pinches"] is kind


def test_a_name_that_nobody_offers(site):
    found = table()
    assert "pinches" not in found
    with pytest.raises(KeyError, match="pinches"):
        found["pinches"]


def test_a_name_of_ours_is_not_taken_by_another_silently(site):
    install(site, "grabbing", ["rt1 = grabbing_codec:Pinches"], grabbing_codec=CODEC)
    for ask in (lambda each: each["rt2"], list, len, lambda each: "nothing" in each):
        with pytest.raises(PluginError) as caught:
            ask(table())
        assert str(caught.value) == (
            'entry points vladata.codecs: a codec called "rt1" is offered twice: by vladata itself, and by grabbing 1.0 '
            "(grabbing_codec:Pinches).\n"
            "  Uninstall grabbing 1.0 (grabbing_codec:Pinches), or use a version of it in which the codec has another name."
        )


def test_two_packages_with_one_name_are_both_named(site):
    install(site, "grabbing", ["pinches = grabbing_codec:Pinches"], grabbing_codec=CODEC)
    install(site, "holding", ["pinches = holding_codec:Pinches"], holding_codec=CODEC)
    with pytest.raises(PluginError) as caught:
        list(table())
    assert caught.value.what == (
        'a codec called "pinches" is offered twice: by grabbing 1.0 (grabbing_codec:Pinches), '
        "and by holding 1.0 (holding_codec:Pinches)"
    )


def test_another_group_is_another_table(site):
    install(site, "grabbing", ["rt1 = grabbing_codec:Pinches"], group="vladata.tasks", grabbing_codec=CODEC)
    assert list(table()) == list(OURS)


@pytest.mark.parametrize(
    ("code", "got"),
    [
        ("import nothing_of_the_kind", "ModuleNotFoundError: No module named 'nothing_of_the_kind'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("x = 1", "AttributeError: module 'grabbing_codec' has no attribute 'Pinches'"),
    ],
)
def test_a_package_that_does_not_load_is_named_with_its_fault(site, code, got):
    install(site, "grabbing", ["pinches = grabbing_codec:Pinches"], grabbing_codec=code)
    found = table()
    assert found["rt1"] is OURS["rt1"]
    with pytest.raises(PluginError) as caught:
        found["pinches"]
    assert caught.value.what == f'the codec "pinches" cannot be used: {got}'
    assert caught.value.where == "grabbing 1.0 (grabbing_codec:Pinches), entry points vladata.codecs"
    assert caught.value.hint.startswith("Install the packages that it needs, or uninstall grabbing 1.0")


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("Pinches = 3", "expected a class, got int"),
        (
            CODEC.replace("    def automaton(self)", "    def machine(self)").replace(
                "    def text(", "    def words("
            ),
            "Pinches lacks automaton, text",
        ),
        (
            CODEC.replace('= "pinches"', '= "pinch"'),
            'its kind is "pinch", but must be the name of the entry point',
        ),
    ],
)
def test_what_is_no_codec_is_told_why(site, code, says):
    install(site, "grabbing", ["pinches = grabbing_codec:Pinches"], grabbing_codec=code)
    with pytest.raises(PluginError) as caught:
        table()["pinches"]
    assert caught.value.what == f'the codec "pinches" cannot be used: {says}'
    assert caught.value.hint == "docs/contributing.md describes such entries."


def test_all_of_ours_are_codecs():
    assert [wrong(name, kind) for name, kind in OURS.items()] == [""] * len(OURS)
    assert list(CODECS) == list(OURS)


RECIPE = """
name: mine
tasks: {action: {prompt: "{instruction}"}}
action: {codec: pinches, per_unit: 200}
images: {cameras: [primary]}
"""


def test_from_the_command_line_to_the_decoded_action(tmp_path):
    """In processes of their own: they find the package as any program does, and know nothing of this one."""
    site, source = tmp_path / "site", write_bridge_like(tmp_path, 2, (5, 4))
    site.mkdir()
    install(site, "grabbing", ["pinches = grabbing_codec:Pinches"], grabbing_codec=CODEC)
    (tmp_path / "mine.yaml").write_text(RECIPE)
    environment = {
        "PYTHONPATH": f"{site}:{ROOT}",
        "PATH": "/usr/bin:/bin",
        "VLADATA_CACHE": str(tmp_path / "cache"),
    }

    def said(*arguments, path=environment["PYTHONPATH"]):
        command = [sys.executable, "-m", "vladata.cli.main", *map(str, arguments)]
        done = subprocess.run(
            command, env={**environment, "PYTHONPATH": path}, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stderr

    out = tmp_path / "out"
    converting = (
        source,
        out,
        "--schema",
        "bridge_dataset",
        "--recipe",
        tmp_path / "mine.yaml",
    )
    assert said("convert", "rlds2vla", *converting)[0] == 0
    assert said("verify", out, "--source", source) == (0, "")
    assert vladata.open(out).contract["codec"] == "pinches"
    code, message = said("inspect", out, path=str(ROOT))
    assert code != 0
    assert message.startswith('UnknownName: action contract: there is no codec "pinches"')

    install(site, "holding", ["rt2 = grabbing_codec:Pinches"])
    code, message = said("recipes", "check", tmp_path / "mine.yaml")
    assert code == 1
    assert message.startswith(
        'PluginError: entry points vladata.codecs: a codec called "rt2" is offered twice: by vladata itself, and by holding 1.0 '
    )
