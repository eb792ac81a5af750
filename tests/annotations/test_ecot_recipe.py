"""Embodied CoT's own JSON, from its file to the targets of the recipe `ecot`: each step has the reasoning of its own number.

The chain drops the first recorded step, as OpenVLA does; its loader then paired each action with the reasoning of another step.
"""

import json

import vladata
from tests.annotations.made import names
from tests.conversion import convert
from vladata.annotations.forms import read_form, write_form
from vladata.robot.rederive import rederive
from vladata.runs.verify import verify
from vladata.shards.storage import open_output

FIELDS = ("task", "plan", "subtask_reason", "subtask", "move_reason", "move")


def test_each_step_has_its_own_reasoning(clean, tmp_path):
    said: dict[str, dict[str, object]] = {}
    for episode in names(clean):
        path, _, number = episode["episode_key"].rpartition("--")
        steps = range(episode["steps"])
        said.setdefault(path, {})[number] = {
            "reasoning": {str(t): {field: f"{field} {number}.{t}" for field in FIELDS} for t in steps},
            "features": {
                "gripper_position": [[8 * t, 16] for t in steps],
                "bboxes": [[[0.9, f"mug {t}", [1, 2, 3, 4]]] for t in steps],
            },
            "metadata": {"n_steps": episode["steps"]},
        }
    (tmp_path / "ecot.json").write_text(json.dumps(said))
    rows, lost = read_form("ecot", str(tmp_path / "ecot.json"))
    assert not lost
    write_form("table", str(tmp_path / "ecot.parquet"), rows)
    out = tmp_path / "out"
    manifest = convert(
        clean, out, recipe=vladata.recipe("ecot"), annotations=(str(tmp_path / "ecot.parquet"),)
    )
    told = manifest["annotations"]
    # Of six steps the first and the last become no sample: two rows of each of eight fields of four episodes.
    assert (told["rows"], told["used"], told["unused"], told["unmatched"]) == (192, 128, 64, 0)
    numbers = {e["episode"]: e["episode_key"].rpartition("--")[2] for e in names(clean)}
    dataset = vladata.open(out)
    assert len(dataset) == 16
    for sample in dataset:
        words = {field: f"{field} {numbers[sample.episode]}.{sample.step}" for field in FIELDS}
        assert sample.target.startswith(
            f"TASK: {words['task']} PLAN: {words['plan']} VISIBLE OBJECTS: "
            f'[[0.9,"mug {sample.step}",[1,2,3,4]]] SUBTASK REASONING: {words["subtask_reason"]} '
            f"SUBTASK: {words['subtask']} MOVE REASONING: {words['move_reason']} MOVE: {words['move']} GRIPPER POSITION: "
        )
        # 64 pixels become 224.
        gripper = sample.target.partition("GRIPPER POSITION: ")[2].partition(" ACTION:")[0]
        assert gripper == f"{28 * sample.step} 56"
        assert sample.plan == words["plan"]
    output = open_output(str(out))
    assert [str(finding) for finding in (*verify(output), *rederive(output, str(clean)))] == []
