"""The tutorials of conversion and mixing, run unchanged, one after the other, in a new folder.

Lines that begin with a command run in order. A block of text must be the output of the command above it. A block of YAML is saved
under the name that the page gives. A block of Python is run.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("tutorial-convert.md", "tutorial-mix.md")
STEP = re.compile(
    r"^    (?P<command>(?:vladata|python|sed) [^\n]+)$"
    r"|^Save this as `(?P<file>[\w.]+)`:\n\n```yaml\n(?P<yaml>.*?)^```"
    r"|^```(?P<kind>text|python)\n(?P<block>.*?)^```",
    re.DOTALL | re.MULTILINE,
)


class Reader:
    """Somebody who does what the pages say in `folder`. said: what the last command printed."""

    def __init__(self, folder):
        self.folder, self.said = folder, ""
        self.shown = 0  # lines of output that the pages promised

    def does(self, step):
        if step["command"]:
            self.said = self.run(step["command"])
        elif step["file"]:
            (self.folder / step["file"]).write_text(step["yaml"])
        elif step["kind"] == "python":
            (self.folder / "block.py").write_text(step["block"])
            assert self.run("python block.py").strip()
        else:
            for line in step["block"].splitlines():
                found = self.said or (self.folder / "arm.yaml").read_text()
                assert line in found.splitlines(), f"not printed: {line}\n{found}"
                self.shown += 1

    def run(self, command):
        tool = f'"{sys.executable}" -m vladata.cli.main'
        line = re.sub("^vladata", tool, re.sub("^python", f'"{sys.executable}"', command))
        place = {"PYTHONPATH": str(ROOT), "VLADATA_CACHE": str(self.folder / "cache")}
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=self.folder,
            env={**os.environ, **place, "TF_CPP_MIN_LOG_LEVEL": "3"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout


def steps(page):
    return list(STEP.finditer((ROOT / "docs" / page).read_text()))


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tutorials")
    (folder / "docs").symlink_to(ROOT / "docs")
    return Reader(folder)


def test_every_line_that_is_a_command_is_run():
    for page in PAGES:
        text = re.sub(r"^```.*?^```", "", (ROOT / "docs" / page).read_text(), flags=re.DOTALL | re.MULTILINE)
        indented = re.findall(r"^    (.+)$", text, re.MULTILINE)
        assert [step["command"] for step in steps(page) if step["command"]] == indented


def test_the_pages_in_their_order(reader):
    for page in PAGES:
        for step in steps(page):
            reader.does(step)
    assert reader.shown >= 6
    assert (reader.folder / "sheet.png").stat().st_size > 10_000
    assert (reader.folder / "mix.png").stat().st_size > 10_000
