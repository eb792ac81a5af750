"""docs/tutorial-train-and-serve.md, run unchanged: its files are written and its commands run in order, in a new folder."""

import importlib.util
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from docs.demo import make_episodes

for needed in ("torch", "websockets", "msgpack"):
    if importlib.util.find_spec(needed) is None:
        pytest.skip(f"{needed} is not installed (extras train and serve)", allow_module_level=True)

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "tutorial-train-and-serve.md").read_text()
STEP = re.compile(
    r"Save this one as `(?P<file>[\w.]+)`:\n\n```\w+\n(?P<text>.*?)```|^    (?P<command>(?:vladata|python) [^\n]+)$",
    re.DOTALL | re.MULTILINE,
)
ADDRESS = "8000"


def program(command):
    """Return the arguments of a command of the page, with this Python and this package."""
    name, *rest = shlex.split(command)
    return [sys.executable, *(["-m", "vladata.cli.main"] if name == "vladata" else []), *rest]


class Tutorial:
    """The page's steps in a folder. said: what each command has printed, in order."""

    def __init__(self, folder):
        self.folder, self.said, self.server = folder, [], None
        self.environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": str(ROOT)}
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = str(free.getsockname()[1])  # port 8000 of this machine may be in use

    def run(self):
        for step in STEP.finditer(PAGE):
            if step["file"]:
                (self.folder / step["file"]).write_text(step["text"].replace(ADDRESS, self.port))
            elif step["command"].startswith("vladata serve"):
                self.serve(step["command"].replace(ADDRESS, self.port))
            else:
                self.said.append((step["command"], self.once(step["command"])))

    def once(self, command):
        done = subprocess.run(
            program(command), cwd=self.folder, env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        return done.stdout

    def serve(self, command):
        self.server = subprocess.Popen(
            program(command), cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, text=True
        )
        assert self.server.stdout.readline() == f"Serving runs/pick at ws://127.0.0.1:{self.port}\n"

    def stop(self):
        if self.server is not None:
            self.server.send_signal(signal.SIGINT)
            self.server.communicate(timeout=20)
            assert self.server.returncode == 0


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """The tutorial, run to its end; its folder has the demo's converted episodes."""
    folder = tmp_path_factory.mktemp("tutorial")
    (folder / "docs").symlink_to(ROOT / "docs")
    make_episodes.write(folder / "out" / "demo" / "rlds", count=10, seed=0)
    made = Tutorial(folder)
    source = "out/demo/rlds/tabletop/1.0.0 out/demo/vla --schema docs/demo/tabletop.yaml --recipe rt2-pali-x"
    made.once(f"vladata convert rlds2vla {source} --quiet")
    try:
        made.run()
        yield made
    finally:
        made.stop()


def test_the_page_has_these_steps_in_this_order():
    found = [step["file"] or step["command"].split()[1] for step in STEP.finditer(PAGE)]
    assert found == ["pick.yaml", "train", "train", "train", "serve", "ask.py", "ask.py"]


def test_every_command_says_what_the_page_says(ran):
    dry, trained, again, asked = (text for _, text in ran.said)
    assert "Tokens between [ and ] are learnt" in dry
    assert "60 steps in " in trained
    assert "token accuracy" in trained
    assert again.startswith("Nothing to do: all 60 steps were made before.")
    names = ["dx", "dy", "dz", "droll", "dpitch", "dyaw", "gripper"]
    assert [line.split()[0] for line in asked.splitlines()[1:-1]] == names
    assert asked.splitlines()[0] == "cameras: primary"
    assert asked.splitlines()[-1].startswith("the episode ")


def test_the_run_has_the_files_that_the_page_names(ran):
    run = ran.folder / "runs" / "pick"
    assert {"checkpoints", "log.jsonl", "tensorboard"} <= {path.name for path in run.iterdir()}


def test_the_model_has_learnt_something(ran):
    """At random one token of 256 would be right."""
    accuracy = re.search(r"train/tabletop/action +loss [\d.]+, token accuracy ([\d.]+)", ran.said[1][1])
    assert float(accuracy[1]) > 0.4
