"""What lerobot's own writer wrote is read, to the last number, text and frame.

lerobot wants other versions of our packages, so it lives in an environment of its own, whose interpreter VLADATA_LEROBOT_PYTHON
names: pip install torch, lerobot==0.4.4 without its dependencies, and what its dataset code imports.
"""

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("av")

from tests.lerobot_data import (
    CAMERAS,
    EPISODES,
    FPS,
    action_of,
    mark_of,
    marked,
    read_mark,
    scanned,
)

PYTHON = os.environ.get("VLADATA_LEROBOT_PYTHON", "")
needs_lerobot = pytest.mark.skipif(
    not PYTHON, reason="VLADATA_LEROBOT_PYTHON names no interpreter that has lerobot"
)


@needs_lerobot
@pytest.mark.parametrize("images", ["image", "video"])
def test_a_dataset_of_lerobot_is_read(tmp_path, images):
    steps = [(number, step) for number, told in enumerate(EPISODES) for step in range(told.steps)]
    pictures = {c: np.stack([marked(*at, place) for at in steps]) for place, c in enumerate(CAMERAS)}
    np.savez(
        tmp_path / "given.npz",
        tasks=[told.task for told in EPISODES],
        lengths=[told.steps for told in EPISODES],
        fps=FPS,
        action=np.concatenate([action_of(number, told.steps) for number, told in enumerate(EPISODES)]),
        state=np.float32([[step, 2 * step, number] for number, step in steps]),
        **pictures,
    )
    script = Path(__file__).parent / "by_lerobot.py"
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONPATH": ""}
    command = [PYTHON, str(script), str(tmp_path / "given.npz"), str(tmp_path / "so100"), images]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    source, records = scanned(tmp_path / "so100")
    for number, (record, told) in enumerate(zip(records, EPISODES, strict=True)):
        episode = source.decode("train", record.place, source.read(record.place, record.crc))
        np.testing.assert_array_equal(episode.steps["action"], action_of(number, told.steps))
        assert episode.steps["task"] == [told.task.encode()] * told.steps
        for place, camera in enumerate(CAMERAS):
            column = episode.steps[camera]
            shown = [read_mark(each) if isinstance(each, np.ndarray) else mark_of(each) for each in column]
            assert shown == [(number, step, place) for step in range(told.steps)]
