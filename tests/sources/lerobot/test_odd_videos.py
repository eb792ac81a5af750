"""Videos as they are found in the wild: each step gets the frame of its own time, or none."""

import av
import numpy as np
import pytest

from tests.lerobot_data import (
    CAMERAS,
    FPS,
    Told,
    change_feature,
    data_files,
    marked,
    rewritten,
    scanned,
    with_column,
    write_lerobot,
    write_video,
)
from tests.sources.lerobot.decoding import decoded, marks
from vladata.errors import CorruptRecord
from vladata.sources.lerobot.video import _at

TOP = CAMERAS[0]


@pytest.mark.parametrize(("fps", "hours"), [(30, 3), (50, 3), (29.97, 0.5)])
def test_float32_times_of_long_episodes_find_their_frames(fps, hours):
    steps = np.arange(int(hours * 3600 * fps))
    times = (steps / fps).astype(np.float32).astype(np.float64).tolist()
    rate = 30000 / 1001 if fps == 29.97 else fps
    found = list(_at(times, iter([(step / rate, step) for step in steps.tolist()]), 0.1 / fps, int))
    assert found == steps.tolist()


def test_more_frames_than_rows_and_frames_between_rows_are_left_out(tmp_path):
    folder = write_lerobot(tmp_path / "so100", episodes=[Told(5, frames={TOP: range(9)})])
    source, (record,) = scanned(folder)
    assert marks(decoded(source, record, TOP).steps[TOP]) == [(0, step, 0) for step in range(5)]
    (video,) = folder.glob(f"videos/*/{TOP}/*.mp4")
    between = [(i / 2 / FPS, marked(0 if i % 2 == 0 else 3, i // 2, 0)) for i in range(10)]
    write_video(video, between, ticks=1000)
    source, (record,) = scanned(folder)
    assert marks(decoded(source, record, TOP).steps[TOP]) == [(0, step, 0) for step in range(5)]


def test_times_of_frames_that_vary_as_those_of_the_rows_do(tmp_path):
    folder = write_lerobot(tmp_path / "so100", episodes=[Told(6)], cameras=[TOP])
    times = [0.0, 0.08, 0.21, 0.3, 0.44, 0.5]
    rewritten(data_files(folder)[0], with_column("timestamp", lambda _: np.float32(times)))
    (video,) = folder.glob("videos/*/*/*.mp4")
    write_video(video, [(time, marked(0, i, 0)) for i, time in enumerate(times)], ticks=1000)
    source, (record,) = scanned(folder)
    assert marks(decoded(source, record).steps[TOP]) == [(0, step, 0) for step in range(6)]


def test_a_video_that_begins_later_than_its_rows_is_not_moved(tmp_path):
    """The container says that its first frame is shown at 0.3 s: the rows before it have none, and the last ones theirs."""
    folder = write_lerobot(tmp_path / "so100", episodes=[Told(8)], cameras=[TOP])
    (video,) = folder.glob("videos/*/*/*.mp4")
    write_video(video, [(step / FPS, marked(0, step, 0)) for step in range(3, 8)])
    source, (record,) = scanned(folder)
    footage = decoded(source, record).steps[TOP]
    assert list(footage.missing()) == [0, 1, 2]
    assert marks(footage) == [None, None, None, *((0, step, 0) for step in range(3, 8))]


def test_frames_that_an_edit_list_cuts_are_in_no_step(tmp_path):
    """Three frames are to be decoded and not shown, as a cut without encoding anew leaves them: the steps are the others."""
    folder = write_lerobot(tmp_path / "so100", episodes=[Told(5)], cameras=[TOP])
    (video,) = folder.glob("videos/*/*/*.mp4")
    write_video(tmp_path / "whole.mp4", [(step / FPS, marked(0, step + 5, 0)) for step in range(8)], group=8)
    with av.open(str(tmp_path / "whole.mp4")) as whole, av.open(str(video), "w") as cut:
        stream = cut.add_stream_from_template(whole.streams.video[0])
        for packet in whole.demux(video=0):
            if packet.pts is not None:
                shift = round(3 / FPS / packet.time_base)
                packet.pts, packet.dts, packet.stream = packet.pts - shift, packet.dts - shift, stream
                cut.mux(packet)
    source, (record,) = scanned(folder)
    footage = decoded(source, record).steps[TOP]
    assert list(footage.missing()) == []
    assert marks(footage) == [(0, step, 0) for step in range(8, 13)]


def test_an_episode_within_the_time_of_a_long_one_is_not_trusted(tmp_path):
    """Of three episodes in one file the first claims the time of all; the third does not touch the second."""
    folder = write_lerobot(tmp_path / "so100", "v3.0", episodes=[Told(4), Told(4), Told(4)], cameras=[TOP])
    path = folder / "meta/episodes/chunk-000/file-000.parquet"
    rewritten(path, with_column(f"videos/{TOP}/to_timestamp", lambda _: [1.2, 0.8, 1.2]))
    source, records = scanned(folder)
    for record in records:
        with pytest.raises(CorruptRecord, match="another episode has frames of this one too"):
            decoded(source, record)


@pytest.mark.parametrize("key", ["video.is_depth_map", "is_depth_map"])
@pytest.mark.parametrize("under", ["info", "video_info"])
def test_depth_videos_are_no_cameras(tmp_path, key, under):
    folder = write_lerobot(tmp_path / "so100", episodes=[Told(2)], cameras=[TOP])
    change_feature(folder, TOP, **{under: {key: True}})
    source, (record,) = scanned(folder)
    assert source.columns[TOP].kind == "unsupported"
    assert "depth" in source.columns[TOP].reason
    assert decoded(source, record, "action").steps["action"].shape == (2, 7)
