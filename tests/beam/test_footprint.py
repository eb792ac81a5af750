"""What a conversion does not do: import TensorFlow or torch, or open a network connection for a local path."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from tests.rlds_data import write_bridge_like

FOREIGN = ("tensorflow", "tensorflow_datasets", "torch", "jax")
SITE = """
import os, sys
def hook(event, args):
    if event == "import" and args[0].partition(".")[0] in {foreign!r}:
        with open({log!r}, "a") as log:
            log.write(f"{{os.getpid()}} {{args[0]}}\\n")
    if event == "import" and args[0] == "apache_beam.pipeline":
        with open({log!r}, "a") as log:
            log.write(f"{{os.getpid()}} beam\\n")
sys.addaudithook(hook)
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_bridge_like(tmp_path_factory.mktemp("footprint"), episodes=2, steps=5)


def convert(source, out, before=(), **environment):
    main = [sys.executable, "-m", "vladata.cli.main", "convert", "rlds2vla", str(source), str(out)]
    options = ["--schema", "bridge_dataset", "--recipe", "rt2-pali-x", "--quiet"]
    cache = {"VLADATA_CACHE": str(out.parent / "cache")}
    return subprocess.run([*before, *main, *options], env={**os.environ, **cache, **environment}, check=True)


def test_neither_tensorflow_nor_torch(source, tmp_path):
    log = tmp_path / "log"
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(SITE.format(foreign=FOREIGN, log=str(log)))
    convert(source, tmp_path / "out", PYTHONPATH=str(tmp_path / "site"))
    seen = [line.split() for line in log.read_text().splitlines()]
    assert {name for _, name in seen} == {"beam"}, "the hook saw something else than the worker's Beam"
    assert len({pid for pid, _ in seen}) == 1, "Beam was imported outside the worker"


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace (Debian package strace)")
def test_no_network_connection(source, tmp_path):
    log = tmp_path / "log"
    convert(source, tmp_path / "out", ("strace", "-f", "-qq", "-e", "trace=connect,sendto", "-o", str(log)))
    assert re.findall(r"^.*AF_INET.*$", log.read_text(), re.M) == []
