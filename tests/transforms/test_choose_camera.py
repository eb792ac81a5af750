from collections import Counter

from vladata.transforms.choose_camera import choose_camera


def test_an_episode_has_the_same_field_in_every_run():
    """Eight literal draws: when they change, every dataset that was made of such a camera changes."""
    drawn = [choose_camera("ab", "primary", f"train-00000-{n:06d}") for n in range(8)]
    assert "".join(drawn) == "baaaabba"


def test_all_fields_are_as_likely():
    counts = Counter(choose_camera(("a", "b", "c"), "primary", f"train-00000-{n:06d}") for n in range(3000))
    assert min(counts.values()) > 900


def test_cameras_are_drawn_apart():
    one, other = (
        [choose_camera("ab", camera, str(n)) for n in range(100)] for camera in ("primary", "secondary")
    )
    assert one != other


def test_one_field_is_no_choice():
    assert choose_camera(["a"], "primary", "x") == "a"
