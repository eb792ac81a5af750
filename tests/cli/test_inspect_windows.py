"""`vladata inspect` of frames and chunks: every action of a target, and every frame of a sample."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

import vladata
from tests.conversion import convert, recipe
from vladata.spec.windows import Windows


@pytest.fixture(scope="module")
def out(clean, tmp_path_factory):
    out = tmp_path_factory.mktemp("chunks") / "out"
    windows = Windows(history=2, chunk=3, tail="repeat")
    rule = recipe(cameras=("primary", "fourth")).model_copy(update={"windows": windows})
    convert(clean, out, recipe=rule, order="source")
    return out


def test_every_action_of_a_target_is_decoded(out, run):
    lines = run("inspect", out, "--samples", 16).out.splitlines()
    dataset = vladata.open(out)
    for sample in dataset:
        at = next(i for i, line in enumerate(lines) if line.startswith(f"  {sample.key}  (primary "))
        steps = ", ".join(map(str, sample.frames.tolist()))
        assert lines[at + 3] == f"    frames  {steps}, by their steps"
        for h, row in enumerate(dataset.codec.decode(sample.bins)):
            names = zip(dataset.codec.spelled_names, row, strict=True)
            numbers = ", ".join(f"{name} {float(value):.4g}" for name, value in names)
            end = "" if sample.mask[h] else "  (repeated: the episode is over)"
            label = "" if h else "decoded"
            assert lines[at + 4 + h] == f"    {label:<7} {numbers}{end}"
    said = run("inspect", out, "--samples", 1, "--json").json
    (shown,) = said["shown"]
    assert [len(row) for row in shown["decoded"]] == [8, 8, 8]


def test_the_sheet_shows_the_frames_of_each_camera_in_a_row(out, run, tmp_path):
    assert run("inspect", out, "--samples", 0, "--sheet", tmp_path / "sheet.png").code == 0
    sheet = np.asarray(Image.open(tmp_path / "sheet.png")).astype(int)
    first, second = vladata.open(out)[0], vladata.open(out)[1]
    # The second sample: the first one's frame at the left, its own at the right, each 100 pixels wide.
    cameras = [name for name in second.images if "-" not in name]
    assert len(cameras) == 2
    left = 12 + 212
    places = [
        (left + x, 12 + 100 * row, name)
        for row, camera in enumerate(cameras)
        for x, name in ((0, f"{camera}-1"), (100, camera))
    ]
    for place, top, name in places:
        picture = second.images[name]
        wanted = np.asarray(Image.open(BytesIO(picture)).convert("RGB").resize((100, 100))).astype(int)
        shown = sheet[top : top + 100, place : place + 100]
        assert np.abs(shown - wanted).mean() < 3
    assert second.images["primary-1"] == first.images["primary"]
