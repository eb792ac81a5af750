"""Episodes through several formats and back: every number and text stays, and each picture with its own step."""

import numpy as np
import pytest

pytest.importorskip("av")
pytest.importorskip("h5py")

import h5py

import vladata
from tests.conversion import convert
from tests.lerobot_data import EPISODES, SCHEMA, action_of, mark_of, marked, read_mark, write_lerobot
from tests.whole import two_cameras
from vladata.sources.infer import infer
from vladata.sources.readers import open_source
from vladata.spec import find


def drafted(folder, path, cut_off=False):
    """The draft of a schema for what lies in a folder. cut_off: an episode without a flag at its end was cut off, which the draft
    guesses otherwise."""
    text = infer(open_source(folder)).text
    path.write_text(
        "\n".join(line for line in text.splitlines() if not (cut_off and "fallback: [position]" in line))
    )
    return find.schema(str(path))


def shown(column):
    return [read_mark(each) if isinstance(each, np.ndarray) else mark_of(bytes(each)) for each in column]


def same(ours, others):
    assert len(ours) == len(others)
    for one, other in zip(ours, others, strict=True):
        np.testing.assert_array_equal(one.steps["action"], other.steps["action"])
        np.testing.assert_array_equal(one.steps["state"], other.steps["state"])
        np.testing.assert_array_equal(one.steps["terminate"], other.steps["terminate"])
        assert one.steps["instruction"] == other.steps["instruction"]


def pictures(episode):
    return {
        name: [bytes(each) for each in column]
        for name, column in episode.steps.items()
        if name.startswith("images/")
    }


def test_rlds_to_lerobot_to_rlds_keeps_every_number_text_and_picture(tmp_path):
    source, spec = two_cameras.written(tmp_path / "source"), two_cameras.schema()
    whole = find.recipe("episodes")
    convert(source, tmp_path / "lerobot", spec=spec, recipe=whole, format="lerobot")
    middle = drafted(tmp_path / "lerobot", tmp_path / "middle.yaml", cut_off=True)
    convert(tmp_path / "lerobot", tmp_path / "rlds", spec=middle, recipe=whole, format="rlds")
    first = list(vladata.episodes(source, spec))
    second = list(vladata.episodes(tmp_path / "lerobot", middle))
    third = list(vladata.episodes(tmp_path / "rlds", str(tmp_path / "rlds/schema.yaml")))
    same(first, second)
    same(first, third)
    assert [pictures(each) for each in first] == [pictures(each) for each in second]
    assert [pictures(each) for each in first] == [pictures(each) for each in third]


@pytest.mark.parametrize("version", ["v2.1", "v3.0"])
def test_videos_of_lerobot_become_pictures_of_rlds(tmp_path, version):
    folder = write_lerobot(tmp_path / "so100", version)
    (tmp_path / "so100.yaml").write_text(SCHEMA)
    spec = find.schema(str(tmp_path / "so100.yaml"))
    convert(folder, tmp_path / "rlds", spec=spec, recipe=find.recipe("episodes"), format="rlds")
    found = list(vladata.episodes(tmp_path / "rlds", str(tmp_path / "rlds/schema.yaml")))
    same(list(vladata.episodes(folder, spec)), found)
    for number, episode in enumerate(found):
        for place, camera in enumerate(("primary", "wrist")):
            steps = range(EPISODES[number].steps)
            assert shown(episode.steps[f"images/{camera}"]) == [(number, step, place) for step in steps]


@pytest.mark.parametrize("into", ["images", "video"])
def test_lerobot_to_lerobot_keeps_numbers_and_the_place_of_each_frame(tmp_path, into):
    folder = write_lerobot(tmp_path / "so100", "v3.0")
    (tmp_path / "so100.yaml").write_text(SCHEMA)
    spec = find.schema(str(tmp_path / "so100.yaml"))
    convert(
        folder, tmp_path / "again", spec=spec, recipe=find.recipe("episodes"), format="lerobot", pictures=into
    )
    found = list(vladata.episodes(tmp_path / "again", drafted(tmp_path / "again", tmp_path / "draft.yaml")))
    same(list(vladata.episodes(folder, spec)), found)
    for number, episode in enumerate(found):
        steps = range(EPISODES[number].steps)
        for place, camera in enumerate(("primary", "wrist")):
            assert shown(episode.steps[f"images/{camera}"]) == [(number, step, place) for step in steps]


def test_hdf5_to_lerobot_keeps_the_last_action(tmp_path):
    with h5py.File(tmp_path / "demos.hdf5", "w") as file:
        for number, told in enumerate(EPISODES):
            demo = file.create_group(f"data/demo_{number}")
            demo["actions"] = action_of(number, told.steps)
            demo["obs/agentview_rgb"] = np.stack([marked(number, step, 0) for step in range(told.steps)])
            demo["obs/ee_state"] = np.zeros((told.steps, 3), np.float32)
            demo.attrs["lang"] = told.task
    spec = drafted(tmp_path / "demos.hdf5", tmp_path / "hdf5.yaml")
    assert spec.actions.last_step == "recorded"
    spec = spec.model_copy(update={"control_frequency_hz": 10.0})
    convert(
        tmp_path / "demos.hdf5",
        tmp_path / "lerobot",
        spec=spec,
        recipe=find.recipe("episodes"),
        format="lerobot",
    )
    found = list(
        vladata.episodes(tmp_path / "lerobot", drafted(tmp_path / "lerobot", tmp_path / "draft.yaml"))
    )
    assert [len(each) for each in found] == [told.steps for told in EPISODES]
    for number, episode in enumerate(found):
        np.testing.assert_array_equal(episode.steps["action"], action_of(number, EPISODES[number].steps))
        assert episode.steps["instruction"] == [EPISODES[number].task] * len(episode)
        assert shown(episode.steps["images/primary"]) == [(number, step, 0) for step in range(len(episode))]
