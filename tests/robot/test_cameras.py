"""Cameras that a schema declares in other ways: stored as BGR, or one of several fields an episode."""

import io

import numpy as np
import pytest
from PIL import Image

import vladata
from tests.conversion import recipe
from tests.outcome import convert_plainly, plain
from vladata.robot.rederive import rederive
from vladata.runs.verify import verify
from vladata.shards.storage import open_output
from vladata.spec.strict import FrozenDict
from vladata.transforms.choose_camera import choose_camera

BOTH = recipe(cameras=("primary", "secondary"))


def pixels(image):
    return np.asarray(Image.open(io.BytesIO(bytes(image))), int)


@pytest.fixture(scope="module")
def recorded(clean):
    """(episode, step) -> its images by their fields."""
    found = {}
    for episode in vladata.episodes(clean):
        for t in range(len(episode)):
            found[episode.id, t] = {f"image_{i}": episode.steps[f"observation/image_{i}"][t] for i in (0, 1)}
    return found


def test_a_camera_stored_as_bgr_is_made_anew(clean, recorded, tmp_path):
    spec = plain().model_copy(update={"swap_channels": ("secondary",)})
    manifest = convert_plainly(clean, tmp_path / "out", spec=spec, recipe=BOTH)
    dataset = vladata.open(tmp_path / "out")
    for sample in dataset:
        raw = recorded[sample.fields["episode"], sample.fields["step"]]
        assert sample.images["primary"] == raw["image_0"]
        swapped = pixels(sample.images["secondary"])[:, :, ::-1]
        assert np.abs(swapped - pixels(raw["image_1"])).mean() < 6
    assert manifest["contract"]["images"]["made"]["quality"] == 95
    assert manifest["contract"]["images"]["made"]["swapped"] == ["secondary"]
    output = open_output(str(tmp_path / "out"))
    assert [*verify(output), *rederive(output, str(clean))] == []


def test_a_swapped_camera_that_is_not_written_changes_nothing(clean, tmp_path):
    spec = plain().model_copy(update={"swap_channels": ("secondary",)})
    manifest = convert_plainly(clean, tmp_path / "out", spec=spec)
    assert manifest["contract"]["images"]["made"] is None


def test_each_episode_takes_one_of_several_fields(clean, recorded, tmp_path):
    keys = ("observation/image_0", "observation/image_1")
    spec = plain().model_copy(update={"cameras": FrozenDict({"primary": keys})})
    convert_plainly(clean, tmp_path / "out", spec=spec)
    taken = set()
    for sample in vladata.open(tmp_path / "out"):
        episode = sample.fields["episode"]
        key = choose_camera(keys, episode).removeprefix("observation/")
        assert sample.images["primary"] == recorded[episode, sample.fields["step"]][key]
        taken.add(key)
    assert taken == {"image_0", "image_1"}
    assert list(rederive(open_output(str(tmp_path / "out")), str(clean))) == []
