"""What a conversion does not do: import TensorFlow, torch or pandas, or open a network connection for a local path."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from tests.rlds_data import write_bridge_like

FOREIGN = ("tensorflow", "tensorflow_datasets", "torch", "jax", "pandas")
SITE = """
import os, sys
def hook(event, args):
    if event == "exec":  # of a module that was found, where "import" tells of any that is looked for
        name = args[0].co_filename.rpartition("-packages/")[2].partition("/")[0]
        if name in {foreign!r} or args[0].co_filename.endswith("apache_beam/pipeline.py"):
            with open({log!r}, "a") as log:
                log.write(f"{{os.getpid()}} {{name}}\\n")
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


def test_no_library_of_tensors_or_tables(source, tmp_path):
    log = tmp_path / "log"
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(SITE.format(foreign=FOREIGN, log=str(log)))
    convert(source, tmp_path / "out", PYTHONPATH=str(tmp_path / "site"))
    seen = [line.split() for line in log.read_text().splitlines()]
    assert {name for _, name in seen} == {"apache_beam"}, "the hook saw something else than the worker's Beam"
    assert len({pid for pid, _ in seen}) == 1, "Beam was imported outside the worker"


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace (Debian package strace)")
def test_no_network_connection(source, tmp_path):
    log = tmp_path / "log"
    convert(source, tmp_path / "out", ("strace", "-f", "-qq", "-e", "trace=connect,sendto", "-o", str(log)))
    assert re.findall(r"^.*AF_INET.*$", log.read_text(), re.M) == []


def test_pandas_is_there_for_whoever_asks():
    """After a start without it, as a worker's."""
    code = (
        "import sys; from vladata.beam.lean import load; load(['vladata.pipelines.index'])\n"
        "assert 'pandas' not in sys.modules\n"
        "import pyarrow as pa; print(pa.table({'a': [1, 2]}).to_pandas()['a'].sum()); import pandas"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("3\n", 0), done.stderr
