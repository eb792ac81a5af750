"""From LeRobot to samples: every picture is that of its own step, the ledger balances, and verify agrees."""

import json
from collections import Counter

import numpy as np
import pytest

pytest.importorskip("av")

import vladata
from tests.conversion import convert, recipe
from tests.lerobot_data import CAMERAS, EPISODES, SCHEMA, Told, mark_of, write_lerobot
from vladata.actions.bounds import NAMES
from vladata.robot.rederive import rederive
from vladata.shards.storage import open_output
from vladata.sources.infer import infer
from vladata.sources.readers import open_source
from vladata.spec.dataset import DatasetSpec
from vladata.spec.find import schema as find_schema


@pytest.fixture
def spec(tmp_path) -> DatasetSpec:
    (tmp_path / "so100.yaml").write_text(SCHEMA)
    return find_schema(str(tmp_path / "so100.yaml"))


def shown(out):
    """(episode number, step) of each sample -> the marks of its pictures. The shards of v2 hold 64 episodes each."""
    found = {}
    for sample in vladata.open(out):
        _, shard, record = sample.episode.rsplit("-", 2)
        marks = {name: mark_of(bytes(image)) for name, image in sample.images.items()}
        found[int(shard), int(record), sample.step] = marks
    return found


@pytest.mark.parametrize("images", ["video", "image"])
@pytest.mark.parametrize("size", [None, 32])
def test_each_sample_shows_its_own_frames(tmp_path, spec, images, size):
    folder = write_lerobot(tmp_path / "so100", "v3.0", images=images)
    manifest = convert(folder, tmp_path / "out", spec=spec, recipe=recipe(cameras="all", size=size))
    assert manifest["ledger"]["episodes"]["written"] == len(EPISODES)
    marks = shown(tmp_path / "out")
    assert len(marks) == sum(told.steps for told in EPISODES)
    for (shard, record, step), found in marks.items():
        number = 3 * shard + record
        assert found == {"primary": (number, step, 0), "wrist": (number, step, 1)}
    assert list(rederive(open_output(str(tmp_path / "out")), str(folder))) == []


def test_a_sample_of_several_frames_shows_those_before_it(tmp_path, spec):
    folder = write_lerobot(tmp_path / "so100")
    plain = recipe(cameras=("primary",))
    windows = plain.windows.model_copy(update={"history": 3})
    convert(folder, tmp_path / "out", spec=spec, recipe=plain.model_copy(update={"windows": windows}))
    for (_, record, step), found in shown(tmp_path / "out").items():
        expected = {f"primary-{k}" if k else "primary": (record, max(step - k, 0), 0) for k in range(3)}
        assert found == expected


def test_every_second_step_shows_its_own_frame(tmp_path, spec):
    folder = write_lerobot(tmp_path / "so100")
    select = recipe().select.model_copy(update={"hz": 5.0})
    convert(folder, tmp_path / "out", spec=spec, recipe=recipe().model_copy(update={"select": select}))
    marks = shown(tmp_path / "out")
    assert {step % 2 for _, _, step in marks} == {0}
    assert all(found["primary"] == (record, step, 0) for (_, record, step), found in marks.items())


def test_videos_become_jpegs_by_the_rule_of_the_recipe(tmp_path, spec):
    folder = write_lerobot(tmp_path / "so100", episodes=[Told(3)])
    for name, changes in {"keep": {"png": "keep"}, "small": {"size": 32}, "rough": {"quality": 20}}.items():
        convert(folder, tmp_path / name, spec=spec, recipe=recipe(**changes))
        (first, *_) = vladata.open(tmp_path / name)
        assert bytes(first.images["primary"])[:2] == b"\xff\xd8"
    sizes = {
        name: sum(len(sample.images["primary"]) for sample in vladata.open(tmp_path / name))
        for name in ("keep", "rough")
    }
    assert sizes["rough"] < sizes["keep"]


def test_what_is_damaged_is_rejected_by_name_and_the_rest_is_converted(tmp_path, spec):
    told = [
        Told(8, frames={CAMERAS[0]: [0, 1, 2, 4, 5, 6, 7]}),  # a hole: one step
        Told(8, frames={CAMERAS[0]: range(7)}),  # too few frames: the episode
        Told(8, frames={CAMERAS[1]: range(5)}),  # of a camera that is not taken: nothing
        Told(8),
    ]
    folder = write_lerobot(tmp_path / "so100", episodes=told)
    manifest = convert(folder, tmp_path / "out", spec=spec)
    assert manifest["ledger"]["episodes"] == {"read": 4, "written": 3, "filtered": 0, "rejected": 1}
    assert manifest["ledger"]["steps"] == {"read": 32, "written": 23, "filtered": 0, "rejected": 9}
    lines = [json.loads(line) for line in (tmp_path / "out/rejected.jsonl").read_text().splitlines()]
    assert {(line["episode"], line["step"], line["reason"]) for line in lines} == {
        ("train-00000-000000", 3, "bad_image"),
        ("train-00000-000001", -1, "corrupt_record"),
    }
    assert "no frame at 0.300 s" in lines[0]["says"]
    assert all(
        found["primary"] == (record, step, 0) for (_, record, step), found in shown(tmp_path / "out").items()
    )
    assert list(rederive(open_output(str(tmp_path / "out")), str(folder))) == []


def test_episodes_that_are_counted_and_not_listed_are_rejected_as_missing(tmp_path, spec):
    from tests.lerobot_data import change_info

    folder = write_lerobot(tmp_path / "so100")
    change_info(folder, total_episodes=6, splits={"train": "0:6"})
    manifest = convert(folder, tmp_path / "out", spec=spec)
    assert manifest["ledger"]["episodes"] == {"read": 6, "written": 4, "filtered": 0, "rejected": 2}
    assert manifest["ledger"]["reasons"] == {
        "missing_record": {"outcome": "rejected", "episodes": 2, "steps": 0}
    }


@pytest.mark.parametrize("version", ["v2.1", "v3.0"])
def test_an_episode_without_rows_is_rejected_alone(tmp_path, spec, version):
    folder = write_lerobot(tmp_path / "so100", version, episodes=[Told(5), Told(0), Told(3)])
    manifest = convert(folder, tmp_path / "out", spec=spec)
    assert manifest["ledger"]["episodes"] == {"read": 3, "written": 2, "filtered": 0, "rejected": 1}
    assert manifest["ledger"]["reasons"] == {"no_steps": {"outcome": "rejected", "episodes": 1, "steps": 0}}


def test_an_infinite_action_is_rejected_alone(tmp_path, spec):
    import pyarrow.parquet as pq

    folder = write_lerobot(tmp_path / "so100", episodes=[Told(5)])
    (path,) = folder.glob("data/*/*.parquet")
    table = pq.read_table(path)
    rows = table["action"].to_pylist()
    rows[2][0] = float("nan")
    import pyarrow as pa

    pq.write_table(table.set_column(table.column_names.index("action"), "action", pa.array(rows)), path)
    manifest = convert(folder, tmp_path / "out", spec=spec)
    assert manifest["ledger"]["steps"]["rejected"] == 1
    assert {step for _, _, step in shown(tmp_path / "out")} == {0, 1, 3, 4}


def test_any_number_of_workers_writes_the_same_bytes(tmp_path, spec):
    folder = write_lerobot(tmp_path / "so100", "v3.0", episodes=[Told(9 + i % 3) for i in range(8)])
    for workers in (1, 2):
        vladata.convert(
            folder, tmp_path / str(workers), schema=str(tmp_path / "so100.yaml"), recipe="rt2-pali-x",
            workers=workers, memory=200_000, samples_per_shard=16,
        )  # fmt: skip
    files = {
        workers: {p.name: p.read_bytes() for p in (tmp_path / workers / "train").iterdir()}
        for workers in ("1", "2")
    }
    assert files["1"] == files["2"]
    assert len(files["1"]) > 3


def test_a_draft_converts_as_it_is(tmp_path):
    folder = write_lerobot(tmp_path / "so100")
    (tmp_path / "draft.yaml").write_text(infer(open_source(folder)).text)
    spec = find_schema(str(tmp_path / "draft.yaml"))
    assert spec.control_frequency_hz == 10
    assert spec.cameras == {"primary": CAMERAS[0], "wrist": CAMERAS[1]}
    assert spec.language.path == "task"
    assert spec.state is not None
    assert spec.state.names == ("x", "y", "z")
    chain = spec.chain()
    assert chain.names == NAMES
    assert spec.actions.last_step == "recorded"
    manifest = convert(folder, tmp_path / "out", spec=spec)
    assert manifest["ledger"]["steps"]["written"] == sum(told.steps for told in EPISODES)


def test_a_plan_counts_the_images_that_it_will_make(tmp_path, spec):
    from vladata.robot.prepare import prepare
    from vladata.robot.settings import Settings
    from vladata.robot.sources import open_sources

    folder = write_lerobot(tmp_path / "so100")
    made = {}
    for size in (None, 32):
        settings = Settings(str(folder), str(tmp_path / f"out{size}"), spec=spec, recipe=recipe(size=size))
        sources = open_sources(settings)
        sources.cache.fill(sources.indexing, sources.files())
        prepared = prepare(settings, sources)
        made[size] = sum(read.made for unit in prepared.plan for read in unit.reads)
    steps = sum(told.steps for told in EPISODES)
    assert made[None] == pytest.approx(0.6 * 64 * 96 * steps, rel=0.01)
    assert made[32] == pytest.approx(0.6 * 32 * 32 * steps, rel=0.01)


def test_texts_and_numbers_are_those_of_the_rows(tmp_path, spec):
    folder = write_lerobot(tmp_path / "so100", "v3.0")
    convert(folder, tmp_path / "out", spec=spec)
    counted = Counter(sample.instruction for sample in vladata.open(tmp_path / "out"))
    assert counted == Counter(told.task for told in EPISODES for _ in range(told.steps))
    for sample in vladata.open(tmp_path / "out"):
        _, shard, record = sample.episode.rsplit("-", 2)
        number = 3 * int(shard) + int(record)
        np.testing.assert_array_equal(sample.state, [sample.step, 2 * sample.step, number])
