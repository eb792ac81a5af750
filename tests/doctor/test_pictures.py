"""Pictures: decoded small, black, repeated, and with red and blue exchanged."""

import io

import numpy as np
import pytest
from PIL import Image

from benchmarks.scenes import jpegs, pictures, scene
from tests.doctor.tracks import kinds, made
from vladata.doctor.colours import ColourCheck, hues, warmth
from vladata.doctor.frames import FrameCheck
from vladata.doctor.pictures import SIDE, Chosen, Reel, Spot, decoded, spot_of, stirred
from vladata.records import Place


def reel(episode, files, camera="front", moved=True, first=0):
    small = [decoded(file, False) for file in files]
    numbers = np.arange(first, first + len(files))
    return Reel(episode, camera, numbers, files, small, np.full(len(files), moved))


def filmed(seed=0, episodes=8, steps=8):
    """Episodes of one scene; the pictures as arrays."""
    rng = np.random.default_rng(seed)
    about = scene(rng)
    return [pictures(rng, about, rng.uniform(0, 0.3, (steps, 6))) for _ in range(episodes)]


def blue(images):
    return [image[:, :, ::-1] for image in images]


def judged(detector, reels):
    for each in reels:
        detector.see(each)
    return list(detector.findings())


def coloured(episodes):
    return judged(ColourCheck(), [reel(f"e{n}", jpegs(images)) for n, images in enumerate(episodes)])


@pytest.mark.parametrize("seed", range(8))
def test_red_and_blue(seed):
    episodes = filmed(seed)
    assert coloured(episodes) == []
    (found,) = coloured([blue(images) for images in episodes])
    assert (found.kind, found.severity, found.evidence["by"]) == ("bgr", "warning", "a prior on rooms")
    (found,) = coloured([*map(blue, episodes[:3]), *episodes[3:]])
    assert (found.evidence["by"], found.examples) == ("the other episodes", ("e0", "e1", "e2"))


def test_grey_pictures_have_no_colours_to_exchange():
    assert coloured([[np.full((64, 64, 3), 90 + n, np.uint8)] * 3 for n in range(6)]) == []


def test_exchanging_red_and_blue_mirrors_the_hues():
    pixels = np.random.default_rng(0).uniform(0, 255, (500, 3))
    np.testing.assert_allclose(hues(pixels)[0], hues(pixels[:, ::-1])[0][::-1], atol=1e-12)
    assert warmth(pixels) == pytest.approx(-warmth(pixels[:, ::-1]))
    assert warmth(np.array([[200.0, 100, 50]])) == 1


def test_black_frames_are_cut_and_a_black_camera_is_not():
    files = jpegs(filmed(0, 1, 10)[0])
    (black,) = jpegs([np.zeros((64, 64, 3), np.uint8)])
    frames = FrameCheck()
    assert frames.see(reel("e0", [*files[:4], black, black, *files[6:]], first=1)).tolist() == [5, 6]
    assert frames.see(reel("e1", [black] * 10)).tolist() == []
    (found,) = frames.findings()
    assert (found.kind, found.steps, found.evidence["episodes_throughout"]) == ("black-frames", 12, 1)


def test_a_picture_that_stays_while_the_arm_moves():
    files = jpegs(filmed(0, 1, 9)[0])
    held = [files[i - i % 3] for i in range(9)]
    frames = FrameCheck()
    assert frames.see(reel("e0", held)).tolist() == [1, 2, 4, 5, 7, 8]
    assert kinds(frames.findings()) == [("duplicate-frames", "warning")]
    assert judged(FrameCheck(), [reel("e0", held, moved=False)]) == []
    assert judged(FrameCheck(), [reel("e0", files)]) == []


def test_a_camera_that_never_changes():
    files = jpegs(filmed(0, 1, 1)[0])
    frames = FrameCheck()
    assert [frames.see(reel(f"e{n}", files * 6)).tolist() for n in range(3)] == [[], [], []]
    assert kinds(frames.findings()) == [("camera-constant", "warning")]


def test_decoded_small_in_every_kind():
    picture = np.zeros((256, 320, 3), np.uint8)
    picture[:, :, 0] = 200
    files = {}
    for kind in ("JPEG", "PNG", "WEBP"):
        file = io.BytesIO()
        Image.fromarray(picture).save(file, kind)
        files[kind] = file.getvalue()
    for data in files.values():
        small = decoded(data, False)
        assert SIDE <= min(small.shape[:2]) <= 2 * SIDE
        assert small[..., 0].mean() > 150 > 60 > small[..., 2].mean()
        assert decoded(data, True)[..., 2].mean() > 150
    depth = io.BytesIO()
    Image.fromarray(np.zeros((64, 64), np.uint16)).save(depth, "PNG")
    assert decoded(depth.getvalue(), False) is None
    assert decoded(files["PNG"][:80], False) is None
    assert decoded(b"no image", False) is None


def test_when_an_arm_has_moved():
    none, ramp = np.zeros((6, 0)), np.arange(6.0)[:, None]
    assert (
        stirred(np.full((6, 1), 0.3), none, [0]).tolist() == [False] + [True] * 5
    )  # a steady change is motion
    assert stirred(np.full((6, 1), 0.3), none, []).tolist() == [False] * 6  # a value that is held is none
    assert stirred(ramp, none, []).tolist() == [False] + [True] * 5
    noisy = np.array([[0.0], [1.0], [2.0], [2.001], [2.0], [2.001]])
    assert stirred(np.zeros((6, 1)), noisy, [0]).tolist() == [False, True, True, False, False, False]
    assert stirred(np.zeros((1, 1)), none[:1], [0]).tolist() == [False]
    assert stirred(np.zeros((0, 1)), none[:0], [0]).tolist() == []


def test_the_choice_of_episodes_is_bounded_and_the_same_in_any_order():
    spot = Spot("train", Place("f", 0, 0, 0, 0), 0)

    def chosen(ids, count):
        found = Chosen(count)
        for each in ids:
            found.see(each, spot)
        return [episode for episode, _ in found.spots()]

    ids = [f"e{n:02d}" for n in range(30)]
    assert len(chosen(ids, 5)) == 5
    assert chosen(ids, 5) == chosen(ids[::-1], 5)
    assert chosen(ids, 0) == []


def test_odd_episodes_are_looked_at_among_many():
    def spot(odd=0.0):
        return Spot("train", Place("f", 0, 0, 0, 0), 0, odd)

    found = Chosen(6)
    for n in range(500):
        found.see(f"e{n:03d}", spot(0.9 if n in (77, 333) else 0.4 if n % 50 == 0 else 0.0))
    names = [episode for episode, _ in found.spots()]
    assert len(names) == 6
    assert {"e077", "e333"} <= set(names)
    assert sum(int(name[1:]) % 50 == 0 for name in names) == 1  # half of six are the oddest


@pytest.mark.parametrize(
    ("least", "repeats", "odd"), [(950, 0, 0.0), (700, 1, 0.01), (150, 0, 0.85), (900, 30, 0.3)]
)
def test_a_small_picture_and_equal_lengths_are_odd(least, repeats, odd):
    images = [
        {"camera": "front", "height": 64, "width": 64, "bytes": 100_000, "least": least, "repeats": repeats}
    ]
    place = {"file": "f", "shard": 0, "record": 0, "offset": 0, "length": 9, "crc": 1, "images": images}
    assert spot_of(made(0, np.zeros((100, 7))), place).odd == pytest.approx(odd)
