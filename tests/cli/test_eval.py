"""`vladata eval`: what is said on the way, what comes out, and what is refused."""

import json

import pytest

CONFIG = """name: few
environment: tabletop
policies: {expert: expert, random: random}
suites: [seen, object, symbol]
pools: {unseen: [object, symbol]}
trials: 2
films: 0
"""


@pytest.fixture
def config(tmp_path):
    (tmp_path / "few.yaml").write_text(CONFIG)
    return tmp_path / "few.yaml"


def test_a_dry_run_plays_nothing(config, run, tmp_path):
    said = run("eval", config, "--out", tmp_path / "out", "--dry-run", "--set", "seeds=[0, 1]")
    assert (said.code, said.err) == (0, "")
    assert said.out == "24 trials: expert, random, each in seen, object, symbol, 2 of each suite and seed.\n"
    assert not (tmp_path / "out").exists()


def test_an_evaluation_and_the_same_command_again(config, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = run("eval", config)
    lines = said.out.splitlines()
    assert (said.code, lines[0].split()) == (
        0, ["policy", "seen", "object", "symbol", "unseen", "all", "ends", "by", "itself"],
    )  # fmt: skip
    assert lines[1].split()[:3] == ["expert", "100", "[34,"]  # Wilson of 2 of 2
    assert lines[1].endswith(" 100%")
    assert lines[-1] == "evals/few/report.html"
    assert any(line.startswith("  expert minus random, unseen: +100.0 [") for line in lines)
    again = run("eval", config, "--json")
    assert again.json["policies"]["expert"]["unseen"]["successes"] == 4
    there = json.loads((tmp_path / "evals" / "few" / "results.json").read_text())
    assert there["policies"] == again.json["policies"]
    other = run("eval", config, "--set", "seeds=[5]")
    assert (other.code, other.err.splitlines()[0][:11]) == (1, "PlanDiffers")
    assert run("eval", config, "--set", "seeds=[5]", "--overwrite", "--quiet").out == ""


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (["trial=3"], 'trial  unknown key; did you mean "trials"?'),
        (["pools.all=[seen]"], "pools.all  is the name of all suites together; choose another"),
        (["seeds=[1, 1]"], '"1" appears twice'),
        (["policies.a/b=expert"], "letters, digits, _ and -"),
        (["suites=[sen]"], 'there is no suite of tabletop "sen"'),
        (["environment=nowhere:World"], "the environment cannot be imported"),
    ],
)
def test_what_cannot_be_asked(config, run, tmp_path, settings, says):
    said = run(
        "eval", config, "--out", tmp_path / "out", *(word for each in settings for word in ("--set", each))
    )
    assert said.code == 2
    assert says in said.err
    assert not (tmp_path / "out").exists()


def test_a_dry_run_looks_for_the_checkpoints(config, run, tmp_path):
    """A misspelled one would else be found after a night in a queue."""
    said = run("eval", config, "--dry-run", "--set", f"policies.ours={tmp_path}/nowhere")
    assert said.code == 1
    assert said.err.startswith(f"MissingFile: {tmp_path}/nowhere: there is no checkpoint in this folder.")


@pytest.mark.parametrize("server", ["127.0.0.1:8000", "http://127.0.0.1:8000"])
def test_an_address_without_its_protocol(config, run, server):
    said = run("eval", config, "--server", server)
    assert said.code == 2
    assert f'--server "{server}" is not the address of a policy server, such as ws://' in said.err
