from collections import Counter

from vladata.transforms.choose_camera import choose_camera


def test_an_episode_has_the_same_field_in_every_run():
    """Eight literal draws: when they change, every dataset that was made of such a camera changes."""
    drawn = [choose_camera("ab", f"train-00000-{n:06d}") for n in range(8)]
    assert "".join(drawn) == "aaababbb"


def test_all_fields_are_as_likely():
    counts = Counter(choose_camera(("a", "b", "c"), f"train-00000-{n:06d}") for n in range(3000))
    assert min(counts.values()) > 900


def test_two_cameras_never_show_the_same():
    for n in range(50):
        assert {choose_camera("ab", str(n)), choose_camera("ba", str(n))} == {"a", "b"}


def test_one_field_is_no_choice():
    assert choose_camera(["a"], "x") == "a"
