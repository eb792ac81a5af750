"""The worked example of docs/annotations.md runs as it stands, but for the place of the server."""

import json
import re
import shlex
from pathlib import Path

import vladata
from docs.demo import make_episodes
from tests.annotate.endpoint import serving
from vladata.cli.main import _run

ROOT = Path(__file__).resolve().parents[2]


def behave(handler, number, count):
    last = int(re.findall(r"numbered 0 to (\d+)", handler.prompt)[0])
    half = last // 2
    said = [
        (0, last + 1, "plan", "reach, then finish"),
        (0, half, "subtask", "reach"),
        (half, last + 1, "subtask", "finish"),
    ]
    names = ("start", "stop", "field", "value")
    handler.answer(json.dumps([dict(zip(names, item, strict=True)) for item in said]))


def test_the_worked_example(tmp_path, monkeypatch, capsys):
    section = (ROOT / "docs" / "annotations.md").read_text().partition("## A worked example")[2]
    commands = [shlex.split(line) for line in re.findall(r"^    vladata (.+)$", section, re.MULTILINE)]
    assert [command[0] for command in commands] == ["annotate", "annotations", "convert", "verify"]
    make_episodes.write(tmp_path / "out" / "demo" / "rlds", count=10, seed=0)
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    with serving(behave) as server:
        for command in commands:
            assert _run([server.url if "localhost" in word else word for word in command]) == 0
            print("--")
        assert server.asked.total() == 9
    said = capsys.readouterr().out.split("--\n")
    assert said[0].startswith("plans.jsonl: 27 rows of 9 episodes (9 answered)")
    assert "27 of 27 rows are used" in said[1]
    assert "27 of 27 rows are used" in said[2]
    assert "agrees with its manifest and its source" in said[3]
    assert {sample.plan for sample in vladata.open("out/planned")} == {"reach, then finish"}
