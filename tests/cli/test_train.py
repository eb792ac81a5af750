"""`vladata train`: a dry run to the letter, a training, and what is refused."""

import re

import pytest

pytest.importorskip("torch")

from tests.conversion import convert
from tests.rlds_data import write_bridge_like

CONFIG = """name: few
data: {{path: {path}, batch_size: 4, image_size: 16, workers: 0}}
model: {{kind: tiny, image_size: 16, vision_width: 8, vision_blocks: 1, width: 16, heads: 2}}
optimizer: {{learning_rate: 0.01}}
schedule: {{steps: 5, warmup: 1, last: 0.1}}
loss: {{smooth: 2, tasks: {{action: 2.0}}}}
held_out: [{{name: same, path: {path}, split: train, every: 5, samples: 4, answers: false}}]
checkpoint: {{every: 5}}
log: {{every: 1, tensorboard: false}}
threads: 1
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    """A config of a small robot dataset; its path."""
    folder = tmp_path_factory.mktemp("train")
    convert(write_bridge_like(folder, episodes=2, steps=5, size=16), folder / "out")
    (folder / "few.yaml").write_text(CONFIG.format(path=folder / "out"))
    return folder / "few.yaml"


def test_a_dry_run_shows_model_batch_and_schedule_and_writes_nothing(config, run, tmp_path):
    said = run("train", config, "--out", tmp_path / "out", "--dry-run", "--set", "accumulate=2")
    assert said.code == 0, said.err
    assert not (tmp_path / "out").exists()
    lines = said.out.splitlines()
    found = re.fullmatch(
        r"Model tiny, starting from its own initial weights: ([\d,]+) parameters, ([\d,]+) of them trained.",
        lines[0],
    )
    assert lines[1] == "  277 tokens, pictures of 16 x 16"
    inside = [int(line.split()[1].replace(",", "")) for line in lines[2 : lines.index("")]]
    assert found[1] == found[2] == f"{sum(inside):,}"
    assert next(line.split()[1] for line in lines if line.startswith("  embedding ")) == f"{277 * 16:,}"
    start = lines.index("The first batch: 4 samples, in 2 parts, 104 tokens, 36 of them learnt.")
    assert lines[start + 1 : start + 5] == [
        "  bridge_dataset/action  4",
        "Tokens between [ and ] are learnt, with | between two tokens; no other token has a label.",
        "  bridge_dataset-train-00000-000001-0002, weight 2:",
        "    Q: what action should the robot take to place the yellow bowl? A: <3> [1| 72| 0| 255| 178| 110| 166| 255|<end>]",
    ]
    schedule = lines.index("        step  learning rate")
    assert lines[schedule - 1] == (
        "5 steps of 4 samples, 20 in all; AdamW, betas 0.9 and 0.98, weight decay 0.01 for matrices, gradients clipped to 1."
    )
    assert lines[schedule + 1 : schedule + 7] == [
        "           1  0.005",
        "           2  0.01",
        "           3  0.00775",
        "           4  0.00325",
        "           5  0.001",
        "A checkpoint every 5 steps; the newest 2 are kept.",
    ]
    assert lines[-1].startswith("Measured every 5 steps: same, 4 samples of ")


def test_a_training_its_summary_and_the_same_command_again(config, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = run("train", config, "--quiet")
    assert (said.code, said.out, said.err) == (0, "", "")
    assert (tmp_path / "runs" / "few" / "checkpoints" / "step-00000005" / "checkpoint.json").exists()
    again = run("train", config)
    lines = again.out.splitlines()
    assert again.err == "Continuing at step 5 from runs/few/checkpoints/step-00000005.\n"
    assert lines[0] == "Nothing to do: all 5 steps were made before. Add --overwrite to begin again."
    assert lines[1].split("  ")[1] == "train/bridge_dataset/action"
    assert lines[-1] == "Checkpoint: runs/few/checkpoints/step-00000005"
    other = run("train", config, "--set", "data.seed=3")
    assert other.code == 1
    assert other.err.startswith("PlanDiffers: runs/few: the training in this folder has another config")
    assert "data.seed: 3 here, 0 there" in other.err
    begun = run("train", config, "--set", "data.seed=3", "--overwrite", "--json")
    assert (begun.code, begun.json["began"], begun.json["step"]) == (0, 0, 5)
    assert begun.json["metrics"]["train/bridge_dataset/action/token_accuracy"] >= 0


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (["steps=3"], "steps  unknown key; known: name, source"),
        (["schedule.step=3"], 'schedule.step  unknown key; did you mean "steps"?'),
        (["schedule.warmup=5"], "schedule.warmup  got 5; allowed: less than the 5 steps"),
        (["name.first=x"], "name  is a single value, not a map or a list, so that nothing in it can be set"),
        (["held_out.3.path=x"], "held_out.3  does not lead to a value"),
        (["data.path"], '--set "data.path" is not PATH=VALUE'),
        (["seed=1", "seed=2"], '--set gives seed twice: "1" and "2"'),
        (["vocabulary=v.json"], "vocabulary  is not used by the small model"),
    ],
)
def test_values_that_cannot_be_set(config, run, settings, says):
    said = run("train", config, *(word for each in settings for word in ("--set", each)))
    assert said.code == 2
    assert says in said.err


def test_no_such_config(run):
    said = run("train", "rt2")
    assert said.code == 2
    assert said.err.startswith('UnknownName: there is no training "rt2"')
    said = run("train", "nowhere.yaml")
    assert said.code == 1
    assert re.search("To use one that ships, give its name alone: .*rt2-pali-x, vla0-lora", said.err)
