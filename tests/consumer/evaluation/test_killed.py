"""An evaluation that is killed outright and begun again comes to the table of one that was not."""

import json
import signal
import subprocess
import sys
import time

from vladata.consumer.evaluation.run import evaluate
from vladata.spec.evaluation import EvaluationSpec

SPEC = {
    "name": "killed",
    "environment": "tabletop",
    "policies": {"expert": "expert", "random": "random"},
    "suites": ["seen", "combo"],
    "trials": 60,
    "together": 7,
    "films": 1,
}


def test_killed_and_begun_again(tmp_path):
    (tmp_path / "killed.yaml").write_text(json.dumps(SPEC))
    out = tmp_path / "out"
    command = [
        sys.executable,
        "-m",
        "vladata.cli.main",
        "eval",
        str(tmp_path / "killed.yaml"),
        "--out",
        str(out),
    ]
    process = subprocess.Popen([*command, "--quiet"])
    trials = out / "trials.jsonl"
    while process.poll() is None and not (trials.exists() and trials.read_bytes().count(b"\n") >= 20):
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = trials.read_bytes()
    assert 20 <= kept.count(b"\n") < 240
    said = []
    told = evaluate(EvaluationSpec.model_validate(SPEC), out, say=said.append)
    count = kept.count(b"\n")
    assert said == [f"Continuing after {count} of 240 trials."]
    assert trials.read_bytes().startswith(kept[: kept.rfind(b"\n") + 1])
    whole = evaluate(EvaluationSpec.model_validate(SPEC), tmp_path / "whole")
    for part in ("policies", "differences", "films"):
        assert told[part] == whole[part]
    films = [
        (tmp_path / name / film["file"]).read_bytes() for name in ("out", "whole") for film in whole["films"]
    ]
    assert films[: len(films) // 2] == films[len(films) // 2 :]
