"""Places in texts follow their picture: against a conversion to that size, and, of random crops, against a plain map."""

import json

import numpy as np
import pytest

import vladata
from tests.annotations.made import names, write_jsonl
from tests.conversion import asked, convert
from vladata.errors import BadImage
from vladata.language.coordinates import read_back
from vladata.loaders.pictures.augment import TRIES, crops, drawn
from vladata.loaders.pictures.following import Following
from vladata.loaders.pictures.picturing import Picturing
from vladata.loaders.pictures.rule_at_load import own_cameras
from vladata.spec.augment import augment_of
from vladata.spec.loading import LoadRule

FIELDS = {
    "box": [[10, 8, 30, 20], [0, 0, 64, 64], [5, 5, 6, 6]],
    "point": [33, 21],
    "trace": [[20, 15], [28, 22], [40, 30]],
    "gripper": [31, 25],
}
TASKS = {
    "action": {"target": "Gripper: {gripper}. Boxes: {box}! Action: {action}"},
    "way": {
        "kind": "trace",
        "prompt": ["From {point}, how to {instruction}?", "How to {instruction}?"],
        "target": "{trace}",
        "cameras": ["secondary", "primary"],
    },
    "words": {"kind": "instruction"},
}


def task_table(form):
    spoken = {name: {**task, "coordinates": form} for name, task in TASKS.items()}
    spoken["words"] = TASKS["words"]
    return spoken


@pytest.fixture(scope="module")
def table(clean, tmp_path_factory):
    one, two, *_ = names(clean)
    rows = [
        {"episode": each["episode"], "start": 0, "camera": camera, "field": field, "value": json.dumps(value)}
        for each in (one, two)
        for camera in ("primary", "secondary")
        for field, value in FIELDS.items()
    ]
    return write_jsonl(tmp_path_factory.mktemp("table") / "places.jsonl", rows)


@pytest.fixture(scope="module")
def stored(clean, table, tmp_path_factory):
    """form -> an output of pictures as they were recorded, 64 x 64."""
    folder, made = tmp_path_factory.mktemp("stored"), {}
    for form in ("pixels", "loc", "per_1000"):
        recipe = asked(task_table(form), cameras=("primary", "secondary"))
        convert(clean, folder / form, recipe=recipe, annotations=(table,))
        made[form] = vladata.open(folder / form)
    return made


def columns_of(samples):
    names = ("prompt", "target", "task", "contract", "key")
    return {name: [getattr(sample, name) for sample in samples] for name in names}


def loaded(samples, rule, augment=None, seed=0):
    """Key -> (prompt, target), the pictures, and where places have gone, of all samples."""
    rule = LoadRule(**rule)
    following = Following.of(samples.manifest, rule, augment)
    picturing = Picturing(own_cameras(samples.manifest), 1, rule, rule.target or (64, 64), augment)
    columns, found = columns_of(samples), {}
    for i, sample in enumerate(samples):
        out, shown = np.empty(picturing.shape, np.uint8), np.empty(picturing.shape[:2], bool)
        places = following.places(columns, i)
        moved = picturing.into(sample.images, out, shown, seed + i, places)
        if places is not None and moved is not None:
            following.write(columns, i, places, moved)
        found[sample.key] = (columns["prompt"][i], columns["target"][i]), out, moved
    return found


@pytest.mark.parametrize(
    ("form", "rule"),
    [
        ("pixels", {"size": [96, 128]}),
        ("pixels", {"size": [60, 128], "fit": "pad"}),
        ("loc", {"size": [60, 128], "fit": "pad"}),
        ("per_1000", {"size": [30, 40]}),
    ],
    ids=str,
)
def test_texts_are_those_of_a_conversion_to_that_size(form, rule, stored, table, clean, tmp_path):
    """Which spells each place from its annotation: exactly, where what is stored says pixels; else to within a unit."""
    recipe = asked(task_table(form), cameras=("primary", "secondary"), **as_image_rule(rule))
    convert(clean, tmp_path / "out", recipe=recipe, annotations=(table,))
    expected = {sample.key: (sample.prompt, sample.target) for sample in vladata.open(tmp_path / "out")}
    made = {key: texts for key, (texts, _, _) in loaded(stored[form], rule).items()}
    assert made.keys() == expected.keys()
    if form == "pixels" or "fit" not in rule:
        assert made == expected
    for key, texts in made.items():
        for ours, theirs in zip(texts, expected[key], strict=True):
            numbers = [
                [int(n) for n in "".join(c if c.isdigit() else " " for c in t).split()]
                for t in (ours, theirs)
            ]
            assert len(numbers[0]) == len(numbers[1])
            assert np.abs(np.subtract(*numbers)).max(initial=0) <= 1


def as_image_rule(rule):
    """What a recipe with these settings would have; its model is copied, and checks nothing."""
    size = rule["size"]
    return {**rule, "size": tuple(size) if isinstance(size, list) else size}


def test_a_crop_of_the_rule_that_cuts_a_place_off_is_an_error(stored, table, clean, tmp_path):
    """The conversion has no such sample."""
    rule = {"size": 40, "crop_area": 0.5}
    recipe = asked(task_table("pixels"), cameras=("primary", "secondary"), **rule)
    convert(clean, tmp_path / "out", recipe=recipe, annotations=(table,))
    kept = {sample.key: sample for sample in vladata.open(tmp_path / "out")}
    samples, cut = stored["pixels"], 0
    assert {sample.task for sample in kept.values()} == {"way", "words"}
    for i, sample in enumerate(samples):
        if sample.key in kept:
            ((texts, _, _),) = loaded(samples.select([i]), rule).values()
            assert texts == (kept[sample.key].prompt, kept[sample.key].target)
            continue
        cut += 1
        with pytest.raises(BadImage) as raised:
            loaded(samples.select([i]), rule)
        assert str(raised.value) == (
            "image primary: the picture is cut, and a place that the sample names is not on the rest; "
            "got 'fit: stretch, crop_area: 0.5'.\n  Load it whole: fit: stretch or pad, crop_area: 1."
        )
    assert cut


@pytest.mark.parametrize("size", [None, [96, 40]])
def test_places_follow_a_random_crop_and_stay_on_it(size, stored):
    """The point of the trace on the crop, by a plain map from the crop that was drawn; the picture shows that crop."""
    augment = augment_of({"random_resized_crop": {"scale": [0.4, 0.7]}})
    samples = stored["loc"].select([i for i, s in enumerate(stored["loc"]) if s.task == "way"])
    moved_at_all = 0
    for seed in range(0, 400, 40):
        made = loaded(samples, {"size": size} if size else {}, augment, seed)
        for i, sample in enumerate(samples):
            (prompt, target), _, moved = made[sample.key]
            (trace,) = read_back(sample.target, (64, 64), "loc")
            asked_at = [point for point in [FIELDS["point"][::-1]] if prompt.startswith("From")]
            tried = list(crops(augment, seed + i, "secondary"))
            shows = [crop for crop in tried if all(on(crop, point) for point in (*trace, *asked_at))]
            expected = trace if not shows else [through(shows[0], point) for point in trace]
            (found,) = read_back(target, (64, 64), "loc")
            assert np.abs(np.subtract(found, expected)).max() < 1.6  # a crop is of whole pixels
            assert (moved.steps[0].box == (0, 0, 64, 64)) == (not shows)
            moved_at_all += bool(shows) and target != sample.target
    assert moved_at_all > 10


def on(crop, point):
    """With a margin of nothing: the crop's own whole pixels."""
    top, left = round(crop.top * 64), round(crop.left * 64)
    bottom, right = round((crop.top + crop.height) * 64), round((crop.left + crop.width) * 64)
    return top <= point[0] <= bottom and left <= point[1] <= right


def through(crop, point):
    return (point[0] - crop.top * 64) / crop.height, (point[1] - crop.left * 64) / crop.width


def test_where_no_crop_shows_all_places_there_is_none_and_no_turn(stored):
    """A box of the whole picture; samples without places of the same output are cropped."""
    augment = augment_of({"random_resized_crop": {"scale": [0.3, 0.5]}, "rotate": {"degrees": [5, 9]}})
    plain, made = loaded(stored["loc"], {}), loaded(stored["loc"], {}, augment, 3)
    for i, sample in enumerate(stored["loc"]):
        (_, before, _), (texts, after, _) = plain[sample.key], made[sample.key]
        if sample.task == "action":
            assert texts == (sample.prompt, sample.target)
            np.testing.assert_array_equal(after[0, 0], before[0, 0])
        else:
            assert (after[0, 0] != before[0, 0]).any()
        assert (after[0, 1] != before[0, 1]).any() or sample.task == "way"
        assert len(list(crops(augment, 3 + i, "primary"))) == TRIES


def test_the_crop_is_the_one_that_is_drawn_without_places_where_it_shows_them(stored):
    augment = augment_of({"random_resized_crop": {"scale": [0.9, 0.9]}})
    samples = stored["loc"].select([i for i, s in enumerate(stored["loc"]) if s.task == "way"])
    picturing = Picturing(own_cameras(samples.manifest), 1, LoadRule(), (64, 64), augment)
    same = 0
    for i, sample in enumerate(samples):
        out, shown = np.empty(picturing.shape, np.uint8), np.empty(picturing.shape[:2], bool)
        picturing.into(sample.images, out, shown, 70 + i)
        followed = loaded(samples.select([i]), {}, augment, 70 + i)[sample.key]
        crop = drawn(augment, 70 + i, "secondary").crop
        if followed[2].steps[0].box[:2] == (round(crop.top * 64), round(crop.left * 64)):
            np.testing.assert_array_equal(followed[1], out)
            same += 1
    assert same
