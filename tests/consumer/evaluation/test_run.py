"""Evaluations: the same whatever the batch, gone on with after a crash, told as they were."""

import json
import re

import numpy as np
import pytest
from pydantic import ValidationError

from vladata.consumer.evaluation.adapters.tabletop import Tabletop
from vladata.consumer.evaluation.playing import play
from vladata.consumer.evaluation.run import evaluate
from vladata.consumer.evaluation.told import table
from vladata.consumer.evaluation.trials import TrialId
from vladata.consumer.policy.observation import Action
from vladata.errors import (
    ContractMismatch,
    MalformedJson,
    MissingFile,
    OutputBusy,
    OutputError,
    PlanDiffers,
    UnknownName,
    UsageError,
)
from vladata.shards.storage import LocalOutput
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
    assert [each["all"]["malformed"] for each in told["policies"].values()] == [0, 0]
    (pooled,) = [each for each in told["differences"] if each["suite"] == "all"]
    assert (pooled["first"], pooled["second"]) == ("expert", "random")
    assert pooled["mean"] > 0.8
    assert pooled["low"] > 0.5


def test_what_is_kept(whole):
    out, told = whole
    assert json.loads((out / "results.json").read_text()) == told
    films = sorted(path.name for path in (out / "films").iterdir())
    assert {"expert-seen-success-0-0.gif", "expert-symbol-success-0-0.gif"} <= set(films)
    page = (out / "report.html").read_text()
    assert page.count("data:image/gif;base64,") == len(films) == len(told["films"])
    said = re.findall(r"<td>expert</td><td>all</td><td>([\d.]+)%</td>", page)
    assert said == ["100.0"]
    assert not re.search(r"(src|href)=.(?!data:)", page)


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
    assert said == ["Continuing after 9 of 24 trials."]
    assert played(trials.read_bytes().splitlines()) == played(lines)
    assert told["policies"] == whole[1]["policies"]


def played(lines):
    """What was played, in order, without the time that it took."""
    return sorted(json.dumps({**json.loads(line), "seconds": 0}) for line in lines)


def test_a_trial_is_kept_once_and_as_it_was_written(whole, tmp_path):
    evaluate(spec(trials=1), tmp_path)
    trials = tmp_path / "trials.jsonl"
    lines = trials.read_bytes().splitlines(keepends=True)
    trials.write_bytes(b"".join([*lines, lines[0]]))
    with pytest.raises(MalformedJson, match="the trial appears twice"):
        evaluate(spec(trials=1), tmp_path)
    trials.write_bytes(re.sub(rb'"success": \w+', b'"success": 1', lines[0]))
    with pytest.raises(MalformedJson, match="the line is not an outcome of a trial"):
        evaluate(spec(trials=1), tmp_path)


def test_more_trials_go_on_and_fewer_are_told_alone(whole, tmp_path):
    evaluate(spec(trials=2), tmp_path)
    said = []
    told = evaluate(spec(), tmp_path, say=said.append)
    assert said == ["Continuing after 8 of 24 trials."]
    assert told["policies"] == whole[1]["policies"]
    fewer = evaluate(spec(trials=1, suites=["seen"]), tmp_path)
    assert fewer["policies"]["expert"]["seen"]["trials"] == 1
    assert len((tmp_path / "trials.jsonl").read_text().splitlines()) == 24


def test_a_folder_is_that_of_one_evaluation(tmp_path):
    evaluate(spec(trials=1), tmp_path)
    with pytest.raises(
        PlanDiffers, match="the folder holds another evaluation, which differs in these keys; got 'seeds'"
    ):
        evaluate(spec(trials=1, seeds=[1]), tmp_path)
    with pytest.raises(PlanDiffers, match=r"got 'policies\.random'"):
        evaluate(spec(trials=1, policies={"expert": "expert", "random": "expert"}), tmp_path)
    again = evaluate(spec(trials=1, seeds=[1, 2]), tmp_path, overwrite=True)
    assert again["policies"]["expert"]["all"]["trials"] == 4
    (tmp_path / "strange").mkdir()
    (tmp_path / "strange" / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="the folder holds files that are not of an evaluation"):
        evaluate(spec(trials=1), tmp_path / "strange", overwrite=True)
    other = LocalOutput(str(tmp_path))
    handle = other.lock()
    with pytest.raises(OutputBusy):
        evaluate(spec(trials=1, seeds=[1, 2]), tmp_path)
    other.unlock(handle)


def test_a_list_of_checkpoints_is_one_a_seed(tmp_path):
    """The second seed's policy is chance: only its trials fail."""
    rule = {"checkpoint": ["expert", "random"]}
    told = evaluate(
        spec(policies={"both": rule, "expert": "expert"}, seeds=[3, 4], pools={"pair": ["symbol", "seen"]}),
        tmp_path,
    )
    lines = [json.loads(line) for line in (tmp_path / "trials.jsonl").read_text().splitlines()]
    right = {
        seed: [o["success"] for o in lines if o["policy"] == "both" and o["seed"] == seed] for seed in (3, 4)
    }
    assert all(right[3])
    assert sum(right[4]) <= 2
    assert told["policies"]["both"]["pair"] == told["policies"]["both"]["all"]
    found = next(each for each in told["differences"] if each["suite"] == "pair")
    assert (found["seeds"], found["trials"]) == (2, 24)
    assert found["mean"] == (sum(right[4]) - 12) / 24
    assert found["low"] <= found["pairs"][0] <= found["mean"] <= found["pairs"][1] <= found["high"]
    with pytest.raises(
        ValidationError, match="got 1 checkpoints; allowed: one, or one for each of the 2 seeds"
    ):
        spec(policies={"both": {"checkpoint": ["expert"]}}, seeds=[3, 4])


class Nan(Tabletop):
    """A world whose chance is no number now and then."""

    def random(self, rng):
        return np.full(2, np.nan, np.float32), False


def test_an_action_that_is_not_finite_is_a_failure_and_counted(tmp_path):
    told = evaluate(spec(environment=f"{__name__}:Nan", films=1), tmp_path)
    assert told["policies"]["random"]["all"]["malformed"] == 12
    assert told["policies"]["random"]["all"]["successes"] == 0
    assert "Trials with an action that was not finite: 12." in table(told)


def test_an_action_of_other_dimensions_is_refused():
    class Turned:
        def act(self, seats):
            return [Action(np.zeros((1, 2), np.float32), False, "", ("dy", "dx")) for _ in seats]

    with pytest.raises(ContractMismatch, match="an action of the policy does not fit the environment"):
        list(play([TrialId("turned", "seen", 0, 0)], Turned(), Tabletop))


def test_what_there_is_not(tmp_path):
    with pytest.raises(UnknownName, match='no suite of tabletop "sen"'):
        evaluate(spec(suites=["sen"]), tmp_path)
    with pytest.raises(UsageError, match="unknown environment; got 'table'"):
        evaluate(spec(environment="table"), tmp_path)
    with pytest.raises(UsageError, match="does not take these settings"):
        evaluate(spec(settings={"size": 3}), tmp_path)
    with pytest.raises(UsageError, match="pool new holds a suite that is not played; got 'combo'"):
        evaluate(spec(pools={"new": ["combo"]}), tmp_path)
    with pytest.raises(MissingFile, match="there is no checkpoint"):
        evaluate(spec(policies={"ours": "nowhere/at-all"}), tmp_path)
    with pytest.raises(
        MissingFile,
        match="A policy may also be expert or random, the environment's own, or a server's address",
    ):
        evaluate(spec(policies={"ours": "expret"}), tmp_path)
    assert not any(tmp_path.iterdir())
