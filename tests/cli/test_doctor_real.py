"""`vladata doctor` on the real Bridge data: what it finds there, what a wrong schema adds, and no false alarm."""

import os
from pathlib import Path

import pytest

from vladata.robot.run import index_here

REAL = os.environ.get("VLADATA_REAL_DATA")
SCHEMA = Path(__file__).parents[2] / "schemas" / "datasets" / "bridge_dataset.yaml"
pytestmark = pytest.mark.skipif(
    not REAL, reason="VLADATA_REAL_DATA is not set: the real Bridge data is not here"
)


@pytest.fixture(autouse=True)
def here(monkeypatch):
    """The command reads the files in this process, without the seconds of a worker."""
    monkeypatch.setattr("vladata.commands.doctor.index", lambda sources, running: index_here(sources))


def errors_of(said):
    return [finding["kind"] for finding in said.json["findings"] if finding["severity"] == "error"]


@pytest.mark.parametrize("chain", ["openvla", "octo"])
def test_real_bridge_data_leaks_from_train_to_val_and_has_no_other_error(chain, run):
    said = run(
        "doctor", f"{REAL}/bridge_dataset/1.0.0", "--schema", "bridge_dataset", "--chain", chain, "--json"
    )
    assert said.code == 3
    (error,) = [f for f in said.json["findings"] if f["severity"] == "error"]
    assert (error["kind"], error["episodes"]) == ("duplicates", 25)
    assert all(
        val.startswith("val-") and train.startswith("train-") for val, train in error["evidence"]["pairs"]
    )
    warned = {f["kind"] for f in said.json["findings"] if f["severity"] == "warning"}
    assert {"black-frames", "flags-missing"} <= warned


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("names: [x, y, z, roll, pitch, yaw,", "names: [y, x, z, roll, pitch, yaw,", "swapped-dimensions"),
        ("names: [x, y, z, roll, pitch, yaw,", "names: [x, y, z, yaw, pitch, roll,", "swapped-dimensions"),
        (
            "- {op: concat, of: [$delta, $gripper]}",
            "- {op: affine, in: $delta, scale: [-1, 1, 1, 1, 1, 1], out: $turned}\n"
            "        - {op: concat, of: [$turned, $gripper]}",
            "reversed-dimension",
        ),
    ],
    ids=["x and y", "roll and yaw", "x"],
)
def test_a_schema_with_wrong_dimensions(before, after, kind, tmp_path, run):
    text = SCHEMA.read_text()
    assert before in text
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(text.replace(before, after))
    said = run("doctor", f"{REAL}/bridge_dataset/1.0.0", "--schema", wrong, "--images", 0, "--json")
    assert sorted(errors_of(said)) == ["duplicates", kind]


def test_rt1_on_real_bridge_data_uses_few_bins(run):
    source = f"{REAL}/bridge_dataset/1.0.0"
    said = run("doctor", source, "--schema", "bridge_dataset", "--recipe", "rt1", "--images", 0, "--json")
    (found,) = [finding for finding in said.json["findings"] if finding["kind"] == "bins"]
    assert found["severity"] == "warning"
    used = [found["evidence"]["bins"][name]["used"] for name in ("dx", "dy", "dz", "droll", "dpitch", "dyaw")]
    assert used == [5, 5, 6, 25, 17, 29]
