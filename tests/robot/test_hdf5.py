"""Datasets in HDF5 go the whole way of RLDS: LIBERO's, robomimic's and ALOHA's layout, converted by real Beam."""

import io
import json
import shutil

import h5py
import numpy as np
import pytest
from PIL import Image

import vladata
from tests.conversion import convert, recipe
from tests.hdf5_data import (
    ALOHA_SCHEMA,
    CAMERAS,
    LIBERO_SCHEMA,
    TASKS,
    demo,
    pictures,
    put,
    raw,
    write_aloha,
    write_libero,
    write_robomimic,
)
from tests.outcome import ledger, rejected, samples
from tests.rlds_data import tfds, write
from vladata.cli.main import _run
from vladata.errors import SpecError, UnsupportedFeature
from vladata.robot.rederive import rederive
from vladata.runs.verify import verify
from vladata.shards.storage import open_output
from vladata.spec.dataset import DatasetSpec
from vladata.spec.read import validate

LIBERO = validate(DatasetSpec, LIBERO_SCHEMA, "libero")
ALOHA = validate(DatasetSpec, ALOHA_SCHEMA, "aloha")
PNG = recipe(png="keep", cameras="all")


@pytest.fixture(scope="module")
def libero(tmp_path_factory):
    return write_libero(tmp_path_factory.mktemp("libero") / "libero_tiny", compression="gzip")


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    path = tmp_path_factory.mktemp("schema") / "libero.yaml"
    path.write_text(LIBERO_SCHEMA)
    return path


@pytest.fixture(scope="module")
def out(libero, schema, tmp_path_factory):
    """Converted through Beam, as users do."""
    out = tmp_path_factory.mktemp("out") / "out"
    vladata.convert(str(libero), str(out), schema=str(schema), recipe="rt2-pali-x")
    return out


def test_libero_through_beam_has_the_numbers_of_h5py(libero, out):
    """Every sample: its action and state as h5py reads them, its instruction that of its file."""
    files = sorted(libero.iterdir())
    found = list(vladata.open(out))
    lengths = {0: 8, 1: 9, 2: 10, 10: 9}
    assert len(found) == 3 * sum(n - 1 for n in lengths.values())
    assert {s.fields["source"]["file"] for s in found} == {file.name for file in files}
    for sample in found:
        _, shard, record = sample.fields["episode"].split("-")
        number, t = list(lengths)[int(record)], sample.fields["step"]
        with h5py.File(files[int(shard)]) as file:
            group = file[f"data/demo_{number}"]
            action, state = (
                group["actions"][t],
                np.concatenate([group["obs/ee_states"][t], group["obs/gripper_states"][t]]),
            )
        expected = np.append(action[:6], 1 - np.clip(action[6], 0, 1)).astype(np.float32)
        np.testing.assert_array_equal(np.asarray(sample.action, np.float32), expected)
        np.testing.assert_array_equal(np.asarray(sample.state, np.float32), state.astype(np.float32))
        assert sample.instruction == files[int(shard)].name.removesuffix("_demo.hdf5").replace("_", " ")
        assert sample.terminate == (t == lengths[number] - 2)


def test_libero_pictures_are_those_of_the_file(libero, tmp_path):
    manifest = convert(libero, tmp_path / "out", spec=LIBERO, recipe=PNG)
    assert manifest["ledger"]["episodes"]["written"] == 12
    files = sorted(libero.iterdir())
    for sample in vladata.open(tmp_path / "out"):
        _, shard, record = sample.fields["episode"].split("-")
        with h5py.File(files[int(shard)]) as file:
            group = file[f"data/demo_{(0, 1, 2, 10)[int(record)]}"]
            for camera, path in (("primary", "obs/agentview_rgb"), ("wrist", "obs/eye_in_hand_rgb")):
                pixels = np.asarray(Image.open(io.BytesIO(sample.images[camera])))
                np.testing.assert_array_equal(pixels, group[path][sample.fields["step"]])


def test_verify_against_the_source(libero, out, tmp_path):
    output = open_output(str(out))
    assert list(verify(output)) == list(rederive(output, str(libero))) == []
    changed = shutil.copytree(libero, tmp_path / "libero_tiny")
    with h5py.File(changed / f"{TASKS[1]}_demo.hdf5", "r+") as file:
        file["data/demo_1/obs/ee_states"][3, 0] += 1
    found = {str(finding).split(",")[0] for finding in rederive(output, str(changed))}
    assert found == {"train-00000-000001"}


def test_shuffled_and_in_order_and_a_second_time_the_same(libero, tmp_path):
    """The bytes of shards do not depend on how often a conversion is run; a folder elsewhere gives the same."""
    elsewhere = shutil.copytree(libero, tmp_path / "elsewhere" / "libero_tiny")
    for order in ("shuffled", "source"):
        for name, folder in (("one", libero), ("two", elsewhere)):
            convert(folder, tmp_path / f"{name}-{order}", spec=LIBERO, recipe=PNG, order=order)
        shards = [
            {p.name: p.read_bytes() for p in (tmp_path / f"{name}-{order}" / "train").iterdir()}
            for name in ("one", "two")
        ]
        assert shards[0] == shards[1]


def test_the_same_episodes_as_rlds_give_the_same_samples(tmp_path):
    """One HDF5 file and one RLDS dataset of the same numbers, by one schema: equal but for where a record lies."""
    episodes = [
        {k: v.astype(np.float32) if v.dtype == np.float64 else v for k, v in demo((0, n), 7 + n).items()}
        for n in (0, 1, 2)
    ]
    with h5py.File(tmp_path / "made.hdf5", "w") as file:
        file.create_group("data").attrs["problem_info"] = json.dumps({"language_instruction": "open it"})
        for number, each in enumerate(episodes):
            put(file.create_group(f"data/demo_{number}"), each, chunks=True)

    def features():
        f = tfds().features
        step = {
            "obs": {
                p.removeprefix("obs/"): f.Tensor(shape=v.shape[1:], dtype=v.dtype)
                for p, v in episodes[0].items()
                if "obs/" in p
            },
            "actions": f.Tensor(shape=(7,), dtype=np.float32),
            "dones": f.Scalar(dtype=np.uint8),
        }
        return f.FeaturesDict({"steps": f.Dataset(step), "problem_info": {"language_instruction": f.Text()}})

    def train():
        for each in episodes:
            yield {
                "steps": [
                    {
                        "obs": {p.removeprefix("obs/"): v[t] for p, v in each.items() if "obs/" in p},
                        "actions": each["actions"][t],
                        "dones": each["dones"][t],
                    }
                    for t in range(len(each["actions"]))
                ],
                "problem_info": {"language_instruction": "open it"},
            }

    rlds = write(tmp_path, "made", features, {"train": train})
    manifests = [
        convert(src, tmp_path / str(i), spec=LIBERO, recipe=PNG)
        for i, src in enumerate((tmp_path / "made.hdf5", rlds))
    ]
    assert ledger(manifests[0]) == ledger(manifests[1])
    assert manifests[0]["contract"] == manifests[1]["contract"]
    one, other = (
        [(s.key, dict(s.images), {**s.fields, "source": None}) for s in vladata.open(tmp_path / str(i))]
        for i in (0, 1)
    )
    assert len(one) == 6 + 7 + 8
    np.testing.assert_equal(one, other)


@pytest.mark.parametrize(
    ("table", "fill"),
    [(True, 0), (False, 0), (True, 7), (False, 7)],
    ids=["table", "zeros", "table, garbage", "garbage"],
)
def test_aloha_pictures_come_out_as_the_jpegs_that_went_in(table, fill, tmp_path):
    """Byte for byte: no padding in them, none of another step or camera, though the file names its cameras in another order."""
    folder = write_aloha(tmp_path / "aloha", table=table, fill=fill)
    convert(folder, tmp_path / "out", spec=ALOHA, recipe=recipe(cameras="all"))
    found = list(vladata.open(tmp_path / "out"))
    assert len(found) == 7 + 8 + 9 + 7
    names = dict(zip(("primary", "low", "left_wrist", "right_wrist"), CAMERAS, strict=True))
    for sample in found:
        number, t = int(sample.fields["episode"].split("-")[2]), sample.fields["step"]
        assert sample.fields["source"]["file"] == f"episode_{number}.hdf5"
        for camera, name in names.items():
            assert bytes(sample.images[camera]) == pictures(number, name, 8 + number % 3)[t]


def test_aloha_raw_pixels(tmp_path):
    folder = write_aloha(tmp_path / "aloha", compressed=False)
    convert(folder, tmp_path / "out", spec=ALOHA, recipe=PNG)
    for sample in vladata.open(tmp_path / "out"):
        number, t = int(sample.fields["episode"].split("-")[2]), sample.fields["step"]
        expected = raw(pictures(number, "cam_low", 8 + number % 3))[t]
        np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(sample.images["low"]))), expected)


def test_a_filter_key_takes_its_episodes(tmp_path):
    """mask/valid holds demo_1 alone; the three others are filtered, and counted."""
    file = write_robomimic(tmp_path / "lift.hdf5")
    keep = "        - {op: filter_episode, keep: [{path: mask/valid, test: is_true}]}\n        - {op: clip"
    text = LIBERO_SCHEMA.replace("        - {op: clip", keep, 1)
    text = text.replace("path: problem_info/language_instruction", "constant: lift it")
    manifest = convert(file, tmp_path / "out", spec=validate(DatasetSpec, text, "schema"))
    assert ledger(manifest)["episodes"] == (4, 1, 3, 0)
    assert {episode for episode, _ in samples(tmp_path / "out")} == {"train-00000-000001"}


def test_an_episode_that_lacks_a_wanted_key_is_rejected_by_name(libero, tmp_path):
    folder = shutil.copytree(libero, tmp_path / "libero_tiny")
    with h5py.File(folder / f"{TASKS[0]}_demo.hdf5", "r+") as file:
        del file["data/demo_2/obs/ee_states"]
        del file["data/demo_0/robot_states"]  # nobody asks for these
    manifest = convert(folder, tmp_path / "out", spec=LIBERO)
    assert ledger(manifest)["episodes"] == (12, 11, 0, 1)
    (line,) = rejected(tmp_path / "out")
    assert line["episode"] == "train-00001-000002"
    assert line["says"].startswith(
        f"{TASKS[0]}_demo.hdf5, data/demo_2: the episode lacks a key that others have; got 'obs/ee_states'"
    )


def test_the_commands(libero, schema, tmp_path, capsys):
    """index, stats, doctor and infer, through the command line and its Beam."""
    for command in (
        ["index", str(libero)],
        ["index", str(libero), "--schema", str(schema)],
        ["stats", str(libero), "--schema", str(schema)],
    ):
        assert _run(command) == 0
    assert _run(["doctor", str(libero), "--schema", str(schema), "--fail-on", "never"]) == 0
    draft = tmp_path / "draft.yaml"
    assert _run(["schemas", "infer", str(libero), "--out", str(draft)]) == 0
    assert _run(["schemas", "check", str(draft), "--source", str(libero)]) == 0
    said = capsys.readouterr().out
    assert "features.json" not in said
    assert "obs/agentview_rgb" in draft.read_text()
    assert [len(e) for e in vladata.episodes(libero, draft, "train[1:3]")] == [9, 10]


@pytest.mark.parametrize(("how", "expected"), [("flip", np.s_[::-1]), ("half_turn", np.s_[::-1, ::-1])])
def test_pixels_that_are_not_upright_are_turned(how, expected, libero, tmp_path):
    """The primary camera is, the wrist's is not; the output is verified against its source as any other."""
    spec = validate(DatasetSpec, f"{LIBERO_SCHEMA}turn: {{primary: {how}}}\n", "turned")
    convert(libero, tmp_path / "out", spec=spec, recipe=PNG, limit=2)
    with h5py.File(libero / f"{TASKS[1]}_demo.hdf5") as file:
        for sample in vladata.open(tmp_path / "out"):
            group = file["data"][f"demo_{int(sample.fields['episode'][-1])}"]
            primary, wrist = (
                np.asarray(Image.open(io.BytesIO(sample.images[c]))) for c in ("primary", "wrist")
            )
            np.testing.assert_array_equal(
                primary, group["obs/agentview_rgb"][sample.fields["step"]][expected]
            )
            np.testing.assert_array_equal(wrist, group["obs/eye_in_hand_rgb"][sample.fields["step"]])
    assert list(rederive(open_output(str(tmp_path / "out")), str(libero))) == []
    resized = recipe(size=8, cameras="all")
    assert (
        convert(libero, tmp_path / "small", spec=spec, recipe=resized, limit=1)["ledger"]["episodes"][
            "written"
        ]
        == 1
    )


def test_encoded_pictures_are_not_turned(tmp_path):
    spec = validate(DatasetSpec, f"{ALOHA_SCHEMA}turn: {{primary: flip}}\n", "turned")
    folder = write_aloha(tmp_path / "aloha", episodes=1)
    with pytest.raises(UnsupportedFeature, match="turn is only for pixels, but its pictures are encoded"):
        convert(folder, tmp_path / "out", spec=spec)
    with pytest.raises(SpecError, match='got "top", which is not the name of a camera'):
        validate(DatasetSpec, f"{ALOHA_SCHEMA}turn: {{top: flip}}\n", "turned")
