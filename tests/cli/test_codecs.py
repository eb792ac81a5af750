"""Every codec on a whole dataset: convert, verify against the source, inspect, stats, and the share that is cut.

A mobile robot's RLDS: an arm's action, a base's, and RT-1's three-way mode; a schema with a chain for each kind of codec.
"""

import io

import numpy as np
import pytest

import vladata
from tests.conversion import convert
from tests.rlds_data import jpeg, tfds, write
from tests.robot.test_rederive import forged, with_fields
from vladata.actions.bin_codec import BinCodec
from vladata.actions.codecs.table import CODECS
from vladata.robot.rederive import rederive
from vladata.runs.verify import verify
from vladata.shards.storage import open_output
from vladata.spec.dataset import DatasetSpec
from vladata.spec.read import validate
from vladata.spec.recipe import RecipeSpec

SCHEMA = """
name: mobile
robot: none
control_frequency_hz: 3
cameras: {primary: observation/image}
language: {path: instruction}
state: {of: [observation/state], encoding: pos, names: [x, y]}
actions:
  default: arm
  chains:
    arm:
      gripper: open_absolute
      names: [dx, dy, dz, droll, dpitch, dyaw, gripper]
      operations: [{op: concat, of: [action/arm]}]
    planar:
      gripper: none
      names: [dx, dy]
      operations: [{op: concat, of: ["action/arm[0:2]"]}]
    mobile:
      gripper: open_absolute
      names: [dx, dy, dz, droll, dpitch, dyaw, gripper, base_dx, base_dy, base_dyaw, base_mode]
      operations: [{op: concat, of: [action/arm, action/base, "action/mode[2]"]}]
terminate: {path: action/mode, form: one_hot3}
"""
CHAINS = {"language-table": "planar", "rt1-base": "mobile"}
LENGTHS = (12, 9, 7)
NAMES = sorted(name for name, kind in CODECS.items() if issubclass(kind, BinCodec))


def recipe(name, windows=""):
    text = (
        'name: mine\ntasks: {action: {prompt: "{instruction}", target: "Action: {action}."}}\n'
        f"action: {{codec: {name}, chain: {CHAINS.get(name, 'arm')}}}\nimages: {{cameras: [primary]}}\n{windows}"
    )
    return validate(RecipeSpec, text, "mine.yaml")


@pytest.fixture(scope="module")
def spec(tmp_path_factory):
    path = tmp_path_factory.mktemp("schema") / "mobile.yaml"
    path.write_text(SCHEMA)
    return validate(DatasetSpec, SCHEMA, "mobile.yaml"), path


def episode(number):
    """The gripper moves, dz never does, and droll lies beyond 1.6 radians now and then."""
    rng, length = np.random.default_rng(number), LENGTHS[number]
    for t in range(length):
        arm = rng.normal(0, [0.04, 0.04, 0, 0.9, 0.02, 0.02, 0], 7)
        arm[2], arm[6] = 0.25, t % 3 != 0
        mode = [1, 0, 0] if t >= length - 2 else ([0, 0, 1] if t % 4 == 1 else [0, 1, 0])
        yield {
            "observation": {"image": io.BytesIO(jpeg(rng)), "state": rng.normal(0, 1, 2).astype(np.float32)},
            "action": {
                "arm": arm.astype(np.float32),
                "base": rng.normal(0, 0.3, 3).astype(np.float32),
                "mode": np.array(mode, np.int32),
            },
            "instruction": f"do {number}",
        }


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    def features():
        f = tfds().features
        action = {
            "arm": f.Tensor(shape=(7,), dtype=np.float32),
            "base": f.Tensor(shape=(3,), dtype=np.float32),
            "mode": f.Tensor(shape=(3,), dtype=np.int32),
        }
        observation = {
            "image": f.Image(shape=(64, 64, 3), dtype=np.uint8, encoding_format="jpeg"),
            "state": f.Tensor(shape=(2,), dtype=np.float32),
        }
        step = {"observation": observation, "action": action, "instruction": f.Text()}
        return f.FeaturesDict({"steps": f.Dataset(step)})

    def train():
        for number in range(len(LENGTHS)):
            yield {"steps": list(episode(number))}

    return write(tmp_path_factory.mktemp("mobile"), "mobile", features, {"train": train})


def taken():
    """What becomes samples, in order: (arm [7], base [3], mode) of all steps but each episode's last, and the ends."""
    rows, ends = [], []
    for number, length in enumerate(LENGTHS):
        for t, step in enumerate(list(episode(number))[:-1]):
            action = step["action"]
            rows.append([*action["arm"], *action["base"], action["mode"][2]])
            ends.append(t == length - 2)
    return np.array(rows, np.float32), np.array(ends)


@pytest.mark.parametrize("name", NAMES)
def test_a_dataset_under_every_codec(source, spec, tmp_path, run, name):
    out = tmp_path / "out"
    manifest = convert(source, out, spec=spec[0], recipe=recipe(name), order="source")
    output = open_output(str(out))
    assert [str(finding) for finding in (*verify(output), *rederive(output, str(source)))] == []

    dataset, (rows, ends) = vladata.open(out), taken()
    codec, columns = dataset.codec, {"planar": slice(0, 2), "arm": slice(0, 7), "mobile": slice(0, 11)}
    actions = rows[:, columns[CHAINS.get(name, "arm")]]
    assert codec.kind == name == manifest["contract"]["codec"]
    assert len(dataset) == len(actions) == sum(LENGTHS) - len(LENGTHS)
    for sample, action, end in zip(dataset, actions, ends, strict=True):
        text = sample.target.removeprefix("Action: ").removesuffix(".")
        bins = codec.parse(text)
        assert bins.tolist() == sample.bins.tolist() == codec.encode(action, terminate=end).tolist()
        decoded = codec.decode(bins)
        assert decoded.shape == (len(codec.spelled_names),)
        missed = np.abs(decoded[-len(action) :].astype(float) - np.clip(action, codec.low, codec.high))
        assert (missed <= codec.tolerance()).all()
        if codec.spelled_names[0] == "terminate":
            assert decoded[0] == end
        assert sample.fields["terminate"] == end
    beyond = {
        dimension: sum(value < low or value > high for value in column)
        for dimension, low, high, column in zip(codec.names, codec.low, codec.high, actions.T, strict=True)
    }
    assert manifest["clipping"] == {"steps": len(actions), "clipped": beyond}

    shown = run("inspect", out, "--samples", 100, "--json").json["shown"]
    assert [entry["target"] for entry in shown] == [sample.target for sample in dataset]
    for entry, sample in zip(shown, dataset, strict=True):
        decoded = codec.decode(np.array(sample.bins)).tolist()
        assert entry["decoded"] == dict(zip(codec.spelled_names, decoded, strict=True))
    assert run("inspect", out).code == 0
    assert run("verify", out, "--source", source).code == 0
    assert run("stats", source, "--schema", spec[1], "--chain", CHAINS.get(name, "arm")).code == 0


@pytest.mark.parametrize(
    ("name", "tail"),
    [*((name, "repeat") for name in NAMES), ("rt1-base", "truncate"), ("uniform", "truncate")],
)
def test_chunks_under_every_codec(source, spec, tmp_path, run, name, tail):
    """Three actions a target; the last steps of an episode repeat their last action, or say fewer."""
    out = tmp_path / "out"
    windows = f"windows: {{chunk: 3, tail: {tail}}}\n"
    convert(source, out, spec=spec[0], recipe=recipe(name, windows), order="source")
    assert [
        str(finding)
        for finding in (*verify(open_output(str(out))), *rederive(open_output(str(out)), str(source)))
    ] == []
    dataset, (rows, ends) = vladata.open(out), taken()
    codec, columns = dataset.codec, {"planar": slice(0, 2), "arm": slice(0, 7), "mobile": slice(0, 11)}
    actions, last = rows[:, columns[CHAINS.get(name, "arm")]], np.cumsum([n - 1 for n in LENGTHS]) - 1
    assert (codec.chunk, codec.shorter) == (3, tail == "truncate")
    assert len(dataset) == len(actions)
    for step, sample in enumerate(dataset):
        until = int(last[np.searchsorted(last, step)])
        taken_steps = [min(step + h, until) for h in range(3)]
        if tail == "truncate":
            taken_steps = sorted(set(taken_steps))
        bins = codec.parse(sample.target.removeprefix("Action: ").removesuffix("."))
        assert np.array_equal(bins, codec.encode(actions[taken_steps], ends[taken_steps]))
        decoded = codec.decode(bins)[:, -actions.shape[1] :]
        missed = np.abs(decoded.astype(float) - np.clip(actions[taken_steps], codec.low, codec.high))
        assert (missed <= codec.tolerance()).all()
    assert run("inspect", out).code == 0


@pytest.mark.parametrize("name", ["openvla", "language-table", "rt1-base"])
def test_another_bin_in_a_target_is_found(source, spec, tmp_path, name):
    """Two bins off in one dimension: the target still spells the bins, and verify against the source says how far it is off."""
    convert(source, tmp_path / "out", spec=spec[0], recipe=recipe(name), order="source")
    codec = vladata.open(tmp_path / "out").codec

    def nudge(samples):
        bins = np.array(samples[3].fields["bins"], np.int32)
        bins[1] += 2 if bins[1] < 5 else -2
        text = f"Action: {codec.text(bins)}."
        return [*samples[:3], with_fields(samples[3], bins=bins.tolist(), target=text), *samples[4:]]

    forged(tmp_path / "out", nudge)
    found = [str(finding) for finding in rederive(open_output(str(tmp_path / "out")), str(source))]
    assert any(" differs by " in says and f"codec {name} allows" in says for says in found)


def test_a_chain_with_other_dimensions_is_refused_by_name(source, spec, tmp_path, run):
    (tmp_path / "mine.yaml").write_text(
        'name: mine\ntasks: {action: {prompt: "{instruction}"}}\naction: {codec: language-table}\n'
        "images: {cameras: [primary]}\n"
    )
    said = run(
        *("convert", "rlds2vla", source, tmp_path / "out", "--schema", spec[1]),
        *("--recipe", tmp_path / "mine.yaml"),
    )
    assert said.code == 1
    assert "CodecError: the bounds language-table are for 2 dimensions; got '7: dx dy dz " in said.err
