"""A conversion of windows that is killed between its units, and goes on: the bytes of one that was not."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.files import snapshot
from tests.rlds_data import write_bridge_like
from vladata.robot.run import begin
from vladata.robot.settings import Settings
from vladata.spec.find import recipe, schema

RECIPE = """name: windows
tasks: {action: {prompt: "{instruction}", target: "{action}"}}
action: {codec: rt2}
images: {cameras: [primary]}
windows: {history: 2, chunk: 3, tail: truncate}
"""
KILLED = """
import os, signal, sys
from pathlib import Path
from tests.robot.test_windows_killed import settings
from vladata.robot.run import begin

source, out, units = sys.argv[1:]
run = begin(settings(source, out))
do = run.open_units(run.url)
for number in run.units[: int(units)]:
    do(number)
os.kill(os.getpid(), signal.SIGKILL)
"""


def settings(source, out):
    """Of so little memory that each episode is a unit of its own."""
    rules = recipe(str(Path(out).parent / "windows.yaml"))
    return Settings(str(source), str(out), schema("bridge_dataset"), rules, memory=1, samples_per_shard=3)


def finished(source, out):
    with begin(settings(source, out)) as run:
        units = len(run.units)
        run.convert_here()
        run.commit()
    return units


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_bridge_like(tmp_path_factory.mktemp("killed"), 4, (7, 9, 3))


@pytest.mark.parametrize("done", [1, 3])
def test_it_goes_on_from_what_is_there(done, source, tmp_path):
    (tmp_path / "windows.yaml").write_text(RECIPE)
    killed = [sys.executable, "-c", KILLED, str(source), str(tmp_path / "out"), str(done)]
    root = Path(__file__).parent.parent.parent
    assert subprocess.run(killed, cwd=root, check=False).returncode == -signal.SIGKILL
    assert finished(source, tmp_path / "out") == 4 - done
    finished(source, tmp_path / "whole")
    assert snapshot(tmp_path / "out") == snapshot(tmp_path / "whole")
