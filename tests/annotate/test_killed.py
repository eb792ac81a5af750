"""Four hundred episodes annotated by a process that is killed twice: the next goes on, and asks nobody twice."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.annotate.endpoint import QUESTION, many, plan_of, serving

EPISODES, CONCURRENCY = 400, 8


@pytest.fixture(scope="module")
def source(clean, tmp_path_factory):
    return many(clean, tmp_path_factory.mktemp("many") / "bridge_dataset" / "1.0.0", EPISODES)


def test_killed_twice_and_no_episode_asked_twice(source, tmp_path):
    (tmp_path / "told.yaml").write_text(QUESTION)
    out = tmp_path / "plans.jsonl"
    kills, kept = [120, 260], []

    def behave(handler, number, count):
        time.sleep(0.004)
        handler.answer(plan_of(number))

    with serving(behave) as server:
        options = ["--prompt", str(tmp_path / "told.yaml"), "--url", server.url, "--model", "m"]
        options += ["--concurrency", str(CONCURRENCY), "--out", str(out), "--schema", "bridge_dataset"]
        arguments = [sys.executable, "-m", "vladata.cli.main", "annotate", str(source), *options, "--json"]
        for after in kills:
            process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            while sum(server.asked.values()) < after:
                assert process.poll() is None, process.stderr.read()
                time.sleep(0.001)
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
            kept.append((tmp_path / "plans.jsonl.answers.jsonl").read_bytes().count(b"\n"))
            assert not out.exists()
        done = subprocess.run(arguments, capture_output=True, check=True, text=True)
        asked = server.asked.copy()
        again = subprocess.run(arguments, capture_output=True, check=True, text=True)
        assert server.asked == asked
        assert server.most <= CONCURRENCY

    # What was under way at a kill was asked for and never told: that alone is asked again.
    assert sorted(asked) == list(range(EPISODES))
    repeated = sum(count - 1 for count in asked.values())
    assert 0 <= repeated <= len(kills) * CONCURRENCY
    rows = [json.loads(line) for line in out.read_bytes().splitlines()]
    assert rows == [
        {
            "dataset": "bridge_dataset",
            "episode": f"train-00000-{number:06d}",
            "start": 0,
            "stop": 4,
            "field": "plan",
            "value": f"plan {number}",
        }
        for number in range(EPISODES)
    ]
    summary = json.loads(done.stdout)
    assert summary["results"] == {"kept": kept[1], "answered": EPISODES - kept[1]}
    assert summary["requests"] == EPISODES - kept[1]
    assert asked.total() == EPISODES + repeated
    assert summary["answer_tokens"] == 3 * summary["requests"]
    assert json.loads(again.stdout)["results"] == {"kept": EPISODES}
    assert (tmp_path / "plans.jsonl.failed.jsonl").read_bytes() == b""
