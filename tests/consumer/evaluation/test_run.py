"""Evaluations: the same whatever the batch, gone on with after a crash, told as they were."""

import json
import re

import pytest

pytest.importorskip("torch")

from vladata.consumer.evaluation.run import evaluate
from vladata.consumer.evaluation.told import table
from vladata.errors import PlanDiffers, UnknownName, UsageError
from vladata.spec.evaluation import EvaluationSpec


def spec(**changed):
    given = {
        "name": "small",
        "environment": "tabletop",
        "policies": {"expert": "expert", "random": "random"},
        "suites": ["seen", "symbol"],
        "trials": 6,
        "films": 0,
    }
    return EvaluationSpec.model_validate({**given, **changed})


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    out = tmp_path_factory.mktemp("whole")
    return out, evaluate(spec(films=1), out)


def test_the_expert_succeeds_and_chance_does_not(whole):
    _, told = whole
    assert told["policies"]["expert"]["all"]["successes"] == 12
    assert told["policies"]["expert"]["all"]["terminated"] == 1
    assert told["policies"]["random"]["all"]["successes"] <= 2
    (pooled,) = [each for each in told["differences"] if each["suite"] == "all"]
    assert (pooled["first"], pooled["second"]) == ("expert", "random")
    assert pooled["mean"] > 0.8
    assert pooled["low"] > 0.5


def test_what_is_kept(whole):
    out, told = whole
    assert json.loads((out / "results.json").read_text()) == told
    films = sorted(path.name for path in (out / "films").iterdir())
    assert {"expert-seen-success-0.gif", "expert-symbol-success-0.gif"} <= set(films)
    page = (out / "report.html").read_text()
    for film in films:
        assert f"films/{film}" in page
    said = re.findall(r"<td>expert</td><td>all</td><td>([\d.]+)%</td>", page)
    assert said == ["100.0"]
    assert "http" not in page.replace("http-equiv", "")


def test_the_table_has_percents_with_their_intervals(whole):
    _, told = whole
    line = next(line for line in table(told).splitlines() if line.startswith("expert"))
    assert line.split()[1:4] == ["100", "[61,", "100]"]  # Wilson of 6 of 6


@pytest.mark.parametrize("together", [1, 4])
def test_results_do_not_depend_on_how_many_run_together(whole, tmp_path, together):
    told = evaluate(spec(together=together), tmp_path)
    assert told["policies"] == whole[1]["policies"]
    assert told["differences"] == whole[1]["differences"]


def test_it_goes_on_after_a_crash_that_cut_a_line(whole, tmp_path):
    evaluate(spec(together=2), tmp_path)
    trials = tmp_path / "trials.jsonl"
    lines = trials.read_bytes().splitlines(keepends=True)
    assert len(lines) == 24
    trials.write_bytes(b"".join(lines[:9]) + lines[9][:20])
    said = []
    told = evaluate(spec(together=2), tmp_path, say=said.append)
    assert said == ["Going on after 9 of 24 trials."]
    assert sorted(trials.read_bytes().splitlines(keepends=True)) == sorted(lines)
    assert told["policies"] == whole[1]["policies"]


def test_a_folder_is_that_of_one_evaluation(tmp_path):
    evaluate(spec(trials=1), tmp_path)
    with pytest.raises(PlanDiffers, match="another evaluation lies there; got 'trials'"):
        evaluate(spec(trials=2), tmp_path)


def test_what_there_is_not(tmp_path):
    with pytest.raises(UnknownName, match='no suite of tabletop "sen"'):
        evaluate(spec(suites=["sen"]), tmp_path)
    with pytest.raises(UsageError, match="there is no such environment; got 'table'"):
        evaluate(spec(environment="table"), tmp_path)
    with pytest.raises(UsageError, match="takes no such settings"):
        evaluate(spec(settings={"size": 3}), tmp_path)
    assert not any(tmp_path.iterdir())
