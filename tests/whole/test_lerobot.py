"""Whole episodes as LeRobot has them: files and numbers read by pyarrow and PyAV, and by lerobot itself where it is."""

import json
import os
import subprocess
from pathlib import Path

import av
import numpy as np
import orjson
import pandas
import pyarrow.parquet as pq
import pytest

import vladata
from tests.files import snapshot
from tests.outcome import plain
from tests.rlds_data import Faults, write_bridge_like
from tests.robot.retrying import broken_jpeg
from tests.whole import two_cameras
from vladata import images
from vladata.commands.verify import rederive, verify
from vladata.errors import NotADataset, OutputError, UsageError
from vladata.shards.storage import open_output
from vladata.spec import find

PYTHON = os.environ.get("VLADATA_LEROBOT_PYTHON", "")
KEYS = {"primary": "observation.images.primary", "wrist": "observation.images.wrist"}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return two_cameras.written(tmp_path_factory.mktemp("source"))


@pytest.fixture
def lerobot(converted):
    return lambda source, out="out", **settings: converted(source, out, format="lerobot", **settings)


def frames(folder):
    files = sorted(folder.glob("data/*/*.parquet"))
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def expected(source, split="train"):
    return list(vladata.episodes(source, two_cameras.schema(), split=split))


def test_every_frame_is_the_source_s(source, lerobot, tmp_path):
    lerobot(source, samples_per_shard=6)
    rows = iter(enumerate(frames(tmp_path / "out")))
    tasks = pandas.read_parquet(tmp_path / "out/meta/tasks.parquet")
    for e, episode in enumerate(expected(source)):
        for t in range(len(episode)):
            at, row = next(rows)
            assert (row["index"], row["episode_index"], row["frame_index"]) == (at, e, t)
            assert row["timestamp"] == np.float32(t / 10)
            assert row["action"] == episode.steps["action"][t].tolist()
            assert row["observation.state"] == episode.steps["state"][t].tolist()
            assert tasks.index[row["task_index"]] == episode.steps["instruction"][t]
            assert tasks.task_index.iloc[row["task_index"]] == row["task_index"]
            assert row["next.done"] == bool(episode.steps["terminate"][t])
            assert row["next.reward"] == t + 1
            for camera, key in KEYS.items():
                assert row[key]["bytes"] == bytes(episode.steps[f"images/{camera}"][t])
    assert next(rows, None) is None


def test_what_stands_beside_the_frames(source, lerobot, tmp_path):
    manifest = lerobot(source, samples_per_shard=6)
    out = tmp_path / "out"
    info = orjson.loads((out / "meta/info.json").read_bytes())
    names = (
        "codebase_version",
        "total_episodes",
        "total_frames",
        "total_tasks",
        "fps",
        "splits",
        "video_path",
    )
    assert [info[name] for name in names] == ["v3.0", 3, 16, 2, 10, {"train": "0:3"}, None]
    assert info["features"][KEYS["wrist"]] == {
        "dtype": "image",
        "shape": [20, 30, 3],
        "names": ["height", "width", "channels"],
    }
    assert info["features"]["action"] == {
        "dtype": "float32",
        "shape": [4],
        "names": ["dx", "dy", "dz", "gripper"],
    }
    episodes = pq.read_table(out / "meta/episodes/chunk-000/file-000.parquet").to_pylist()
    assert [row["tasks"] for row in episodes] == [list(two_cameras.TEXTS[:2])] * 3
    told = ("dataset_from_index", "dataset_to_index", "length", "data/file_index")
    assert [tuple(row[name] for name in told) for row in episodes] == [
        (0, 5, 5, 0),
        (5, 8, 3, 1),
        (8, 16, 8, 2),
    ]
    actions = [episode.steps["action"] for episode in expected(source)]
    for row, action in zip(episodes, actions, strict=True):
        assert np.allclose(row["stats/action/std"], action.astype(np.float64).std(0))
        assert np.allclose(row["stats/action/q90"], np.quantile(action, 0.9, axis=0))
    together, stats = np.concatenate(actions), orjson.loads((out / "meta/stats.json").read_bytes())
    assert stats["action"]["count"] == [16]
    assert np.allclose(stats["action"]["mean"], together.mean(0), atol=1e-6)
    assert np.allclose(stats["action"]["std"], together.std(0), atol=1e-6)
    shown = (
        np.concatenate(
            [[images.decoded(p) for p in e.steps["images/wrist"]] for e in expected(source)]
        ).reshape(-1, 3)
        / 255
    )
    assert np.allclose(np.ravel(stats[KEYS["wrist"]]["mean"]), shown.mean(0))
    assert np.allclose(np.ravel(stats[KEYS["wrist"]]["std"]), shown.std(0))
    assert np.shape(stats[KEYS["wrist"]]["q50"]) == (3, 1, 1)
    assert manifest["written"] == {"episodes": 3, "stretches": 3, "cut": 0}


def test_a_video_has_every_frame_at_its_time(source, lerobot, tmp_path):
    lerobot(source, pictures="video", samples_per_shard=8)
    out = tmp_path / "out"
    rows = pq.read_table(out / "meta/episodes/chunk-000/file-000.parquet").to_pylist()
    assert "observation.images.primary" not in frames(out)[0]
    for row, episode in zip(rows, expected(source), strict=True):
        prefix = f"videos/{KEYS['primary']}"
        assert row[f"{prefix}/file_index"] == row["data/file_index"]
        file = out / prefix / f"chunk-000/file-{row['data/file_index']:03d}.mp4"
        with av.open(str(file)) as container:
            shown = {
                round(frame.time * 10): frame.to_ndarray(format="rgb24")
                for frame in container.decode(video=0)
            }
        start = round(row[f"{prefix}/from_timestamp"] * 10)
        assert row[f"{prefix}/to_timestamp"] == pytest.approx((start + len(episode)) / 10)
        for t, picture in enumerate(episode.steps["images/primary"]):
            apart = np.abs(shown[start + t].astype(int) - images.decoded(picture))
            assert apart.mean() < 12, t


@pytest.mark.parametrize("pictures", ["images", "video"])
def test_bytes_do_not_depend_on_the_number_of_workers(pictures, source, tmp_path, monkeypatch):
    monkeypatch.setenv("VLADATA_CACHE", str(tmp_path / "cache"))
    given = {"schema": two_cameras.schema(), "format": "lerobot", "memory": 1, "pictures": pictures}
    for workers in (1, 2):
        vladata.convert(source, tmp_path / str(workers), workers=workers, **given)
    assert snapshot(tmp_path / "1") == snapshot(tmp_path / "2")


@pytest.mark.parametrize("pictures", ["images", "video"])
def test_verify(pictures, source, lerobot, tmp_path):
    lerobot(source, pictures=pictures)
    output = open_output(str(tmp_path / "out"))
    assert list(verify(output)) == []
    assert list(rederive(output, [str(source)])) == []
    other = two_cameras.written(tmp_path / "other", empty_at=((2, 4),))
    found = [str(finding) for finding in rederive(output, [str(other)])]
    assert found == ["train-00001-000000, step 0: not what the source gives: task_index"]


def test_a_hole_makes_two_episodes_numbered_through(tmp_path, lerobot):
    source = two_cameras.written(tmp_path / "in", empty_at=((0, 2),))
    manifest = lerobot(source, memory=1)
    assert manifest["written"] == {"episodes": 3, "stretches": 4, "cut": 1}
    found = [(row["episode_index"], row["frame_index"], row["index"]) for row in frames(tmp_path / "out")]
    lengths = [2, 2, 3, 8]
    at = iter(range(15))
    assert found == [(e, t, next(at)) for e, count in enumerate(lengths) for t in range(count)]
    output = open_output(str(tmp_path / "out"))
    assert list(verify(output)) == []
    assert list(rederive(output, [str(source)])) == []


def test_what_lerobot_cannot_say_is_refused(source, lerobot, tmp_path):
    with pytest.raises(UsageError, match="a LeRobot dataset can have only one split"):
        lerobot(source, split="train+val")
    with pytest.raises(UsageError, match=r"(?s)does not say it.*--fps"):
        lerobot(source, spec=two_cameras.schema(control_frequency_hz=None))
    lerobot(source, spec=two_cameras.schema(control_frequency_hz=None), fps=2.5)
    assert frames(tmp_path / "out")[1]["timestamp"] == np.float32(0.4)
    with pytest.raises(NotADataset, match="LeRobotDataset reads it"):
        vladata.open(tmp_path / "out")


@pytest.mark.parametrize("way", ["made anew", "as it is", "video"])
def test_a_picture_that_is_found_damaged_only_then_ends_the_conversion(way, tmp_path, lerobot):
    """Its header is whole, so the index takes it; that its pixels are not all there is seen when they are decoded."""
    faults = Faults(images={(0, 3): broken_jpeg()})
    source = write_bridge_like(tmp_path / "in", episodes=1, steps=8, faults=faults)
    recipe = find.recipe("episodes")
    if way == "made anew":
        recipe = recipe.model_copy(update={"images": recipe.images.model_copy(update={"size": 32})})
    pictures = "video" if way == "video" else "images"
    with pytest.raises(OutputError, match=r"(?s)train-00000-000000, step 3.*exclude"):
        lerobot(source, spec=plain(), recipe=recipe, pictures=pictures)


@pytest.mark.skipif(
    not PYTHON, reason="VLADATA_LEROBOT_PYTHON names no interpreter with lerobot (0.4.4 was tried)"
)
@pytest.mark.parametrize("pictures", ["images", "video"])
def test_lerobot_loads_every_frame(pictures, source, lerobot, tmp_path):
    lerobot(source, pictures=pictures, samples_per_shard=6)
    reader = Path(__file__).parent / "read_lerobot.py"
    told = subprocess.run(
        [PYTHON, str(reader), str(tmp_path / "out"), str(tmp_path / "all.npz")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)},
    )
    assert told.returncode == 0, told.stderr
    said, found = json.loads(told.stdout.splitlines()[-1]), np.load(tmp_path / "all.npz")
    assert (said["episodes"], said["frames"]) == (3, 16)
    episodes = expected(source)
    joined = {name: np.concatenate([e.steps[name] for e in episodes]) for name in ("action", "state")}
    assert np.array_equal(found["action"], joined["action"])
    assert np.array_equal(found["observation.state"], joined["state"])
    assert found["task"].tolist() == [text for e in episodes for text in e.steps["instruction"]]
    for camera, key in KEYS.items():
        shown = np.stack([images.decoded(p) for e in episodes for p in e.steps[f"images/{camera}"]])
        given = np.round(found[key] * 255).transpose(0, 2, 3, 1).astype(int)
        apart = np.abs(given - shown)
        assert apart.max() <= 1 if pictures == "images" and camera == "wrist" else apart.mean() < 60
    ahead = found["window|action"]
    for e, start in ((0, 0), (1, 5), (2, 8)):
        action = episodes[e].steps["action"]
        for t in range(len(action)):
            rows = [min(t + k, len(action) - 1) for k in range(3)]
            assert np.array_equal(ahead[start + t], action[rows])
            assert found["window|action_is_pad"][start + t].tolist() == [
                t + k >= len(action) for k in range(3)
            ]
