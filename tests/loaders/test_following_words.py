"""Which texts name places, told by templates and contracts before a picture is looked at; and texts that are refused."""

import pytest

from vladata.errors import UnfitRecord, UsageError
from vladata.language.coordinates import BETWEEN, read_back, spelled
from vladata.loaders.pictures.following import Following
from vladata.spec.augment import augment_of
from vladata.spec.loading import LoadRule


def test_what_costs_nothing():
    """No task has places, or forms in shares of a picture that is stretched: nothing is looked at."""
    words = {"ab": [{"tasks": task_words("loc")}]}
    contracts = {"ab": {"images": {"cameras": ["primary"]}}}
    assert Following(words, contracts, LoadRule(size=64)).is_idle
    assert Following({"ab": [{"tasks": task_words("pixels")}]}, contracts, LoadRule()).is_idle
    jitter = augment_of({"colour_jitter": {"hue": [-0.1, 0.1]}})
    assert Following(words, contracts, LoadRule(size=64, jpeg=90), jitter).is_idle
    for rule, augment in (
        (LoadRule(size=64, fit="pad"), None),
        (LoadRule(size=64, crop_area=0.9), None),
        (LoadRule(), augment_of("openvla")),
        (LoadRule(), augment_of({"rotate": {"degrees": [-5, 5]}})),
    ):
        assert not Following(words, contracts, rule, augment).is_idle
    assert not Following({"ab": [{"tasks": task_words("pixels")}]}, contracts, LoadRule(size=64)).is_idle


def task_words(form, target="{point}", prompts=("Where to {instruction}?",), **more):
    return {
        "where": {
            "kind": "point",
            "prompts": list(prompts),
            "target": target,
            "settings": {"coordinates": form},
            **more,
        }
    }


@pytest.mark.parametrize(
    ("tasks", "prompt", "target", "says"),
    [
        (
            task_words("loc"),
            "Where to go?",
            "somewhere",
            "the places of the sample cannot be read from its texts",
        ),
        (
            task_words("loc", "{point} or {box}"),
            "Where to go?",
            "<loc0001><loc0002> or 3",
            "cannot be read from its texts",
        ),
        (task_words("pixels"), "Why?", "1 2", "cannot be read from its texts"),
    ],
    ids=range(3),
)
def test_a_text_that_does_not_fit_its_template_is_an_error(tasks, prompt, target, says):
    following = Following({"ab": [{"tasks": tasks}]}, CONTRACTS, LoadRule(size=64, fit="pad"))
    with pytest.raises(UnfitRecord) as raised:
        following.places(one(prompt, target), 0)
    assert says in str(raised.value)
    assert "Load such a dataset without random_resized_crop and rotate" in str(raised.value)


CONTRACTS = {"ab": {"images": {"cameras": ["primary"]}}, "cd": {"images": {"cameras": ["wrist"]}}}


def one(prompt, target, task="where", contract="ab"):
    return {"prompt": [prompt], "target": [target], "task": [task], "contract": [contract], "key": ["k"]}


def test_two_recipes_of_one_contract_that_a_text_does_not_tell_apart():
    both = {"ab": [{"tasks": task_words("per_255")}, {"tasks": task_words("per_1000")}]}
    following = Following(both, CONTRACTS, LoadRule(size=64, fit="pad"))
    with pytest.raises(UnfitRecord, match="its texts can be read in several ways; got '10 20'"):
        following.places(one("Where to go?", "10 20"), 0)
    apart = {"ab": [{"tasks": task_words("per_255")}, {"tasks": task_words("loc")}]}
    following = Following(apart, CONTRACTS, LoadRule(size=64, fit="pad"))
    assert following.places(one("Where to go?", "10 20"), 0).form == "per_255"
    assert following.places(one("Where to go?", "<loc0000><loc1023>"), 0).form == "loc"
    assert following.places(one("Where to go?", "10 20", contract=""), 0) is None


def test_the_same_words_of_two_contracts_are_of_their_own_cameras():
    words = {digest: [{"tasks": task_words("per_255")}] for digest in ("ab", "cd")}
    following = Following(words, CONTRACTS, LoadRule(size=64, fit="pad"))
    assert following.places(one("Where to go?", "1 2"), 0).camera == "primary"
    assert following.places(one("Where to go?", "1 2", contract="cd"), 0).camera == "wrist"


def test_words_in_braces_that_touch_are_refused_at_the_start():
    words = {"ab": [{"tasks": task_words("loc", prompts=["{instruction}{point}?"])}]}
    with pytest.raises(UsageError) as raised:
        Following(words, CONTRACTS, LoadRule(), augment_of("openvla"))
    assert str(raised.value).startswith(
        "task where names places that cannot be read back from its text: no text stands between two words in braces; "
        "got '{instruction}{point}?'."
    )
    Following(words, CONTRACTS, LoadRule(size=64))


@pytest.mark.parametrize(
    ("text", "is_free"),
    [
        ("<loc0100><loc0200> a cup", True),
        ("the cup at [120, 33, 140, 50]", True),
        ("go to (12, 40)", True),
        ("[[1.5, 2.5], [3, 4]]", True),
        ("1 128 91 241 5 101 127 217", False),
        ("pick the 3, then the 4 (quickly)", False),
        ("see note [3]", False),
    ],
)
def test_free_text_that_looks_like_places(text, is_free):
    """A web answer or a note: refused where pictures are cut, and nothing where they are stretched."""
    following = Following({}, {}, LoadRule(), augment_of("octo"))
    if is_free:
        with pytest.raises(UnfitRecord, match="the text seems to name places on the picture"):
            following.places(one("Describe.", text, "vqa", ""), 0)
    else:
        assert following.places(one("Describe.", text, "vqa", ""), 0) is None
    assert Following({}, {}, LoadRule(size=64)).is_idle


@pytest.mark.parametrize("form", ["loc", "per_255", "per_1000", "pixels"])
def test_what_is_read_back_is_spelled_the_same(form):
    """Every number of a form, at odd sizes; coordinates within the picture."""
    for size in ((224, 224), (37, 1001), (8, 4096)):
        most = {"loc": 1023, "per_255": 255, "per_1000": 1000}.get(form)
        for n in range(0, (most or min(size)) + 1):
            text = (
                f"<loc{n:04d}><loc{(most or 0) - n:04d}>"
                if form == "loc"
                else f"{n} {(most or n) - n if most else n}"
            )
            (points,) = read_back(text, size, form)
            assert spelled(points, size, form) == text
            assert 0 <= points[0][0] <= size[0]
            assert 0 <= points[0][1] <= size[1]
    two = BETWEEN.join(["1 2 3 4", "5 6 7 8"]) if form != "loc" else "<loc0001><loc0002> ; <loc0003><loc0004>"
    assert len(read_back(two, (100, 100), form)) == 2
