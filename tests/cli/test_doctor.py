"""`vladata doctor` on data that TFDS wrote: what is found, how it is said, exit codes, and the two files."""

import contextlib
import json

import numpy as np
import pytest

import vladata
from benchmarks.arms import record, robot
from benchmarks.scenes import jpegs, pictures, scene
from docs.demo import make_episodes
from tests.damage import copied, edit, files, records, rewrite
from tests.doctor.tracks import STEADY
from tests.rlds_data import tfds, write
from vladata.robot.run import index_here

SCHEMA = """
name: arms
robot: drawn
control_frequency_hz: 5
cameras: {front: observation/front}
language: {path: language_instruction}
state: {of: [observation/state], encoding: pos_euler, names: [x, y, z, roll, pitch, yaw, gripper_width]}
actions:
  default: recorded
  chains:
    recorded:
      gripper: open_absolute
      names: [dx, dy, dz, droll, dpitch, dyaw, gripper]
      operations: [{op: concat, of: [action]}]
    turned:
      gripper: open_absolute
      names: [dx, dy, dz, droll, dpitch, dyaw, gripper]
      operations:
        - {op: invert_gripper, in: "action[6]", out: $gripper}
        - {op: concat, of: ["action[0:6]", $gripper]}
    exchanged:
      gripper: open_absolute
      names: [dy, dx, dz, droll, dpitch, dyaw, gripper]
      operations: [{op: concat, of: [action]}]
terminate: {path: is_terminal, form: flag}
"""


@pytest.fixture(autouse=True)
def here(monkeypatch):
    """The command reads the files in this process, without the seconds of a worker."""
    monkeypatch.setattr("vladata.commands.doctor.index", lambda sources, running: index_here(sources))


def features():
    f = tfds().features
    observation = {
        "front": f.Image(shape=(64, 64, 3), dtype=np.uint8, encoding_format="jpeg"),
        "state": f.Tensor(shape=(7,), dtype=np.float32),
    }
    step = {
        "observation": observation,
        "action": f.Tensor(shape=(7,), dtype=np.float32),
        "language_instruction": f.Text(),
        **{name: f.Scalar(dtype=np.bool_) for name in ("is_first", "is_last", "is_terminal")},
    }
    return f.FeaturesDict({"steps": f.Dataset(step)})


def steps(episode, images):
    return {
        "steps": [
            {
                "observation": {"front": image, "state": episode.state[t]},
                "action": episode.action[t],
                "language_instruction": episode.text,
                **{name: bool(flag[t]) for name, flag in episode.flags.items()},
            }
            for t, image in enumerate(images)
        ]
    }


@pytest.fixture(scope="module")
def arms(tmp_path_factory):
    """A clean dataset of 16 episodes in train and 2 in val, and its schema."""
    rng = np.random.default_rng(5)
    arm, about = robot(rng, **STEADY), scene(rng)
    episodes = [record(rng, arm, number) for number in range(18)]
    drawn = [steps(e, pictures(rng, about, e.pose)) for e in episodes]
    folder = tmp_path_factory.mktemp("arms")
    source = write(
        folder, "arms", features, {"train": lambda: iter(drawn[:16]), "val": lambda: iter(drawn[16:])}
    )
    schema = folder / "arms.yaml"
    schema.write_text(SCHEMA)
    return source, schema


def test_clean_data_has_no_finding_that_matters(arms, run):
    source, schema = arms
    said = run("doctor", source, "--schema", schema)
    assert said.code == 0
    assert "Errors" not in said.out
    assert said.out.splitlines()[-1].startswith(f"{source}: 18 episodes, ")
    assert ": 0 errors, " not in said.out
    assert "; 0 errors, " in said.out


def test_the_chain_that_is_asked_for_is_examined(arms, run):
    source, schema = arms
    said = run("doctor", source, "--schema", schema, "--chain", "turned", "--json")
    assert said.code == 3
    assert set(said.json) == {"source", "schema", "chain", "episodes", "steps", "looked_at", "findings"}
    assert (said.json["schema"], said.json["chain"], said.json["episodes"]) == ("arms", "turned", 18)
    (error,) = [f for f in said.json["findings"] if f["severity"] == "error"]
    assert set(error) == {"kind", "severity", "says", "evidence", "advice", "episodes", "steps", "examples"}
    assert error["kind"] == "gripper-polarity"
    assert error["evidence"]["state_correlation"] < -0.5
    assert error["examples"][0].startswith("train-")


def test_names_that_changed_places(arms, run):
    source, schema = arms
    said = run("doctor", source, "--schema", schema, "--chain", "exchanged", "--json", "--images", 0)
    (error,) = [f for f in said.json["findings"] if f["severity"] == "error"]
    assert (error["kind"], error["evidence"]["moves"]) == ("swapped-dimensions", {"dy": "x", "dx": "y"})


def test_what_a_person_reads(arms, run):
    source, schema = arms
    lines = run("doctor", source, "--schema", schema, "--chain", "turned", "--images", 0).out.splitlines()
    assert lines[0] == "Errors: a model that is trained on this learns something wrong"
    assert lines[2].startswith("  gripper-polarity: gripper means the opposite of open_absolute: in ")
    assert lines[3].startswith("    Invert it in the chain: {op: invert_gripper")
    assert lines[4].startswith("    18 episodes, ")


@pytest.mark.parametrize(("fail_on", "code"), [("error", 3), ("warning", 3), ("info", 3), ("never", 0)])
def test_the_severity_that_fails(fail_on, code, arms, run):
    source, schema = arms
    assert run("doctor", source, "--schema", schema, "--chain", "turned", "--fail-on", fail_on).code == code


def test_warnings_fail_only_where_that_is_asked(arms, tmp_path, run):
    source = copied(arms[0], tmp_path)

    def one_word(f):
        f["steps/language_instruction"] = [b"pick"] * len(f["steps/is_first"])

    for number in range(16):
        edit(
            files(source)[0],
            number,
            one_word,
        )
    rewrite(files(source, "val")[0], records(files(source)[0])[:2])
    for number, step in enumerate((1, 2)):  # no duplicates: one bit of an action
        edit(
            files(source, "val")[0], number, lambda f, step=step: f["steps/action"].__setitem__(step, 0.00123)
        )
    options = ("doctor", source, "--schema", arms[1], "--images", 0)
    assert run(*options).code == 0
    said = run(*options, "--fail-on", "warning", "--json")
    assert said.code == 3
    assert [f["kind"] for f in said.json["findings"] if f["severity"] == "warning"] == [
        "instruction-constant"
    ]


def test_faults_of_the_data_and_what_is_written_of_them(arms, tmp_path, run):
    source = copied(arms[0], tmp_path)
    train, (val,) = files(source)[0], files(source, "val")
    (black,) = jpegs([np.zeros((64, 64, 3), np.uint8)])

    def spoil(f):
        f["steps/action"][7 * 3 + 1] = 40
        f["steps/observation/front"][5:7] = [black, black]

    def rest(f):
        f["steps/action"].reshape(-1, 7)[2:14, :6] = 0
        f["steps/action"].reshape(-1, 7)[1:15, 6] = 1

    def unlabel(f):
        f["steps/language_instruction"] = [b""] * len(f["steps/is_first"])

    for number, change in enumerate((spoil, rest, unlabel)):
        edit(train, number, change)
    rewrite(val, [records(train)[7], records(val)[1]])
    keep, errata = tmp_path / "keep.json", tmp_path / "errata.json"
    said = run(
        "doctor", source, "--schema", arms[1], "--json", "--write-keep-ranges", keep, "--write-errata", errata
    )
    assert said.code == 3
    found = {f["kind"]: f for f in said.json["findings"]}
    assert {"duplicates", "outliers", "idle", "instruction-missing", "black-frames"} <= set(found)
    assert [k for k, f in found.items() if f["severity"] == "error"] == ["duplicates"]
    assert found["duplicates"]["evidence"]["pairs"] == [["val-00000-000000", "train-00000-000007"]]
    assert json.loads(errata.read_text()) == {
        "train-00000-000002": {"instruction": ""},
        "val-00000-000000": {"exclude": "duplicate"},
    }
    kept = json.loads(keep.read_text())
    assert len(kept) == 18
    assert kept["train-00000-000000"][:2] == [[0, 3], [4, 5]]
    assert kept["train-00000-000000"][2][0] == 7
    assert kept["train-00000-000001"][0][0] == 0
    assert kept["train-00000-000001"][0][1] <= 2
    assert kept["train-00000-000001"][1][0] >= 14
    assert said.err.splitlines()[-2:] == [f"{keep}: 18 episodes", f"{errata}: 2 episodes"]


def test_a_finding_becomes_a_conversion_without_it(arms, tmp_path, run):
    source, options = copied(arms[0], tmp_path), ("--schema", arms[1])
    train = files(source)[0]

    def rest(f):
        f["steps/action"].reshape(-1, 7)[2:14, :6] = 0
        f["steps/action"].reshape(-1, 7)[1:15, 6] = 1

    edit(train, 1, rest)
    rewrite(files(source, "val")[0], [records(train)[7], records(files(source, "val")[0])[1]])
    keep, errata = tmp_path / "keep.json", tmp_path / "errata.json"
    doctor = ("doctor", source, *options, "--json")
    before = run(*doctor, "--write-keep-ranges", keep, "--write-errata", errata)
    assert {"idle", "duplicates"} <= {f["kind"] for f in before.json["findings"]}
    choice = ("--keep-ranges", keep, "--errata", errata)
    after = run(*doctor, *choice)
    assert (after.code, after.json["episodes"]) == (0, 17)
    assert {"idle", "duplicates"}.isdisjoint({f["kind"] for f in after.json["findings"]})
    recipe = tmp_path / "front.yaml"
    text = vladata.recipe("rt2-pali-x").model_dump_json(exclude_none=True)
    recipe.write_text(text.replace('["primary"]', '["front"]'))
    convert = (
        "convert",
        "rlds2vla",
        source,
        tmp_path / "out",
        *options,
        "--recipe",
        recipe,
        "--split",
        "train+val",
    )
    assert run(*convert, *choice, "--quiet").code == 0
    steps = [
        s.fields["step"]
        for s in vladata.open(tmp_path / "out")
        if s.fields["episode"] == "train-00000-000001"
    ]
    assert set(steps).isdisjoint(range(2, 14))
    assert steps
    refused = run(*doctor, *choice, "--write-errata", errata)
    assert refused.code == 2
    assert "leave out --select, --keep-ranges, --errata" in refused.err


def test_an_episode_that_cannot_be_read_does_not_stop_it(arms, tmp_path, run):
    source = copied(arms[0], tmp_path)
    train = files(source)[0]
    rewrite(train, [*records(train)[:-1], b"no example"])
    said = run("doctor", source, "--schema", arms[1], "--json", "--write-keep-ranges", tmp_path / "keep.json")
    (found,) = [f for f in said.json["findings"] if f["kind"] == "rejected"]
    assert (found["episodes"], found["examples"]) == (1, ["train-00000-000015"])
    assert "train-00000-000015" not in json.loads((tmp_path / "keep.json").read_text())


def test_a_user_s_mistakes_are_told_in_words(arms, tmp_path, run):
    source, schema = arms
    said = run("doctor", source, "--schema", schema, "--write-keep-ranges", tmp_path / "none" / "keep.json")
    assert (said.code, said.err.splitlines()[-1]) == (
        1,
        f"OutputError: {tmp_path}/none/keep.json: cannot write the file: No such file or directory.",
    )
    said = run("doctor", source, "--schema", schema, "--chain", "trned")
    assert said.code == 2
    assert '"turned"' in said.err
    assert run("doctor", source).code == 2


def test_the_demo_is_clean(tmp_path, run):
    with contextlib.redirect_stdout(None):
        make_episodes.write(tmp_path, count=20, seed=1)
    run("--version")  # takes what TFDS printed
    said = run("doctor", tmp_path / "tabletop" / "1.0.0", "--schema", "docs/demo/tabletop.yaml", "--json")
    assert said.code == 0
    assert [f["kind"] for f in said.json["findings"] if f["severity"] != "info"] == []
