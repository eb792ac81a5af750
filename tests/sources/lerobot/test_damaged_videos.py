"""Videos that lack frames, or whose files are damaged: no step ever gets the frame of another."""

import numpy as np
import pytest

pytest.importorskip("av")

from tests.lerobot_data import (
    CAMERAS,
    FPS,
    Told,
    data_files,
    marked,
    read_mark,
    rewritten,
    scanned,
    with_column,
    write_lerobot,
    write_video,
)
from vladata.errors import (
    CorruptRecord,
)


def test_timestamps_that_jump_leave_the_frames_with_their_own_steps(tmp_path):
    told = Told(6, frames={camera: [0, 1, 2, 5, 6, 7] for camera in CAMERAS})
    folder = write_lerobot(tmp_path / "so100", episodes=[told])
    times = np.float32([0, 1, 2, 5, 6, 7]) / np.float32(FPS)
    rewritten(data_files(folder)[0], with_column("timestamp", lambda table: times))
    source, (record,) = scanned(folder)
    episode = source.decode("train", record.place, record.data)
    assert [read_mark(frame)[1] for frame in episode.steps[CAMERAS[0]].frames()] == [0, 1, 2, 5, 6, 7]


def test_a_hole_in_a_video_costs_its_own_step(tmp_path):
    told = [Told(8, frames={CAMERAS[0]: [0, 1, 2, 4, 5, 6, 7]}), Told(5)]
    for version in ("v2.1", "v3.0"):
        folder = write_lerobot(tmp_path / version, version, episodes=told)
        source, (record, _) = scanned(folder)
        footage = source.decode("train", record.place, record.data).steps[CAMERAS[0]]
        assert list(footage.missing()) == [3]
        assert [i for i, frame in enumerate(footage.frames()) if not isinstance(frame, np.ndarray)] == [3]


@pytest.mark.parametrize("version", ["v2.1", "v3.0"])
def test_a_video_with_too_few_frames_is_not_trusted(tmp_path, version):
    """A recorder that lost a frame in the middle writes all after it one place too early; the last step then has none."""
    told = [Told(8, frames={CAMERAS[0]: range(7)}), Told(5)]
    folder = write_lerobot(tmp_path / "so100", version, episodes=told)
    source, (record, other) = scanned(folder)
    with pytest.raises(CorruptRecord, match="lacks frames"):
        source.decode("train", record.place, record.data, frozenset([CAMERAS[0]]))
    source.decode("train", record.place, record.data, frozenset([CAMERAS[1]]))
    source.decode("train", other.place, other.data)


def test_frames_of_the_next_episode_are_never_taken(tmp_path):
    """Two episodes in one video, the first a frame short and the second right behind it."""
    folder = write_lerobot(tmp_path / "so100", "v3.0", episodes=[Told(4), Told(4)], cameras=CAMERAS[:1])
    video = folder / f"videos/{CAMERAS[0]}/chunk-000/file-000.mp4"
    frames = [marked(0, step, 0) for step in range(3)] + [marked(1, step, 0) for step in range(4)]
    write_video(video, [(i / FPS, frame) for i, frame in enumerate(frames)])
    path = folder / "meta/episodes/chunk-000/file-000.parquet"
    base = f"videos/{CAMERAS[0]}/"
    rewritten(path, with_column(f"{base}to_timestamp", lambda _: [0.3, 0.7]))
    rewritten(path, with_column(f"{base}from_timestamp", lambda _: [0.0, 0.3]))
    source, (first, second) = scanned(folder)
    with pytest.raises(CorruptRecord, match="lacks frames"):
        source.decode("train", first.place, first.data)
    footage = source.decode("train", second.place, second.data).steps[CAMERAS[0]]
    assert [read_mark(frame) for frame in footage.frames()] == [(1, step, 0) for step in range(4)]


def test_episodes_that_share_frames_by_the_metadata_are_not_trusted(tmp_path):
    folder = write_lerobot(tmp_path / "so100", "v3.0", episodes=[Told(4), Told(4), Told(4)])
    path = folder / "meta/episodes/chunk-000/file-000.parquet"
    rewritten(path, with_column(f"videos/{CAMERAS[0]}/from_timestamp", lambda _: [0.0, 0.2, 0.8]))
    source, records = scanned(folder)
    for record in records[:2]:
        with pytest.raises(CorruptRecord, match="another episode has frames of this one too"):
            source.decode("train", record.place, record.data)
    source.decode("train", records[2].place, records[2].data)


@pytest.mark.parametrize(
    "text", ["#EXTM3U\n#EXTINF:1,\n{}\n", "ffconcat version 1.0\nfile {}\n"], ids=["m3u", "concat"]
)
def test_a_playlist_that_is_called_a_video_opens_nothing(tmp_path, text):
    folder = write_lerobot(tmp_path / "so100", episodes=[Told(4), Told(4)], cameras=CAMERAS[:1])
    first, second = sorted(folder.glob("videos/**/*.mp4"))
    source, (record, _) = scanned(folder)
    first.write_text(text.format(second.name))
    with pytest.raises(CorruptRecord):
        source.decode("train", record.place, record.data)


def test_a_missing_or_cut_video_costs_its_episodes_alone(folder):
    videos = sorted(folder.glob(f"videos/**/*{CAMERAS[0]}*/**/*.mp4"))
    source, records = scanned(folder)
    data = videos[0].read_bytes()
    per_file = 1 if len(videos) == 4 else 3
    for kept in (0, 10, len(data) // 2, None):
        videos[0].unlink() if kept is None else videos[0].write_bytes(data[:kept])
        for i, record in enumerate(records):
            if i < per_file:
                with pytest.raises(CorruptRecord):
                    source.decode("train", record.place, record.data)
            else:
                source.decode("train", record.place, record.data)


def test_frames_that_cannot_be_decoded_are_told_and_move_no_other(tmp_path):
    folder = write_lerobot(tmp_path / "so100", episodes=[Told(40)], cameras=CAMERAS[:1])
    (video,) = folder.glob("videos/**/*.mp4")
    data = bytearray(video.read_bytes())
    source, (record,) = scanned(folder)
    box = data.index(b"mdat")
    start, stop = box + 8, box - 4 + int.from_bytes(data[box - 4 : box])
    lost = right = 0
    for at in np.linspace(start, stop - 60, 12).astype(int).tolist():
        broken = data.copy()
        broken[at : at + 60] = b"\xff" * 60
        video.write_bytes(broken)
        footage = source.decode("train", record.place, record.data).steps[CAMERAS[0]]
        frames = list(footage.frames())
        assert len(frames) == 40
        for step, frame in enumerate(frames):
            if isinstance(frame, np.ndarray):
                right += read_mark(frame) == (0, step, 0)
            else:
                lost += 1
    assert right > 300  # of 480: what a decoder conceals in a damaged frame is not known to anybody
