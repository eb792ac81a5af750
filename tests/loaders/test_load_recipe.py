"""vladata.load with another recipe and with collators: batches are those of the conversion with that recipe."""

import numpy as np
import pytest

import vladata
from tests.conversion import convert
from tests.loaders.again import rules
from tests.rlds_data import write_bridge_like
from vladata.errors import UsageError

THREE = ["go to {instruction}:", "{instruction}!", "please, {instruction}"]
COLUMNS = ("prompt", "target", "task", "contract", "bins", "action", "loss_weight", "images", "image_mask")


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    folder = tmp_path_factory.mktemp("loaded")
    source = write_bridge_like(folder, 4, (9, 6), size=48)
    for name in ("rt2-pali-x", "openvla"):
        convert(source, folder / name, recipe=vladata.recipe(name))
    windows = rules(
        windows={"history": 3, "chunk": 4, "tail": "repeat"}, images={"cameras": "all", "size": 32}
    )
    convert(source, folder / "windows", recipe=windows)
    return folder


def by_key(loader):
    found = {}
    for batch in loader:
        for i, key in enumerate(batch["key"]):
            found[key] = {name: batch[name][i] for name in COLUMNS}
    return found


def test_a_recipe_is_that_of_the_conversion_to_the_pixel(places):
    again = by_key(vladata.load(places / "rt2-pali-x", 7, recipe="openvla", workers=2))
    converted = by_key(vladata.load(places / "openvla", 7))
    assert set(again) == set(converted)
    for key, sample in converted.items():
        for name, value in sample.items():
            np.testing.assert_array_equal(again[key][name], value, err_msg=f"{key} {name}")


def test_fewer_frames_and_cameras(places):
    asked = rules(
        windows={"history": 2, "chunk": 2, "tail": "truncate"}, images={"cameras": ["secondary"], "size": 32}
    )
    stored = {sample.key: sample for sample in vladata.open(places / "windows")}
    for batch in vladata.load(places / "windows", 8, recipe=asked):
        assert batch["images"].shape[1:] == (2, 1, 32, 32, 3)
        assert batch["image_mask"].all()
        assert batch["action"].shape[1:] == (2, 7)
        whole = vladata.load(vladata.open(places / "windows"), 1, shuffle=False)
        assert len(whole) == len(stored)
    first = next(iter(vladata.load(places / "windows", 4, recipe=asked, shuffle=False)))
    plain = next(iter(vladata.load(places / "windows", 4, shuffle=False)))
    secondary = list(vladata.open(places / "windows").manifest.cameras).index("secondary")
    np.testing.assert_array_equal(first["images"][:, :, 0], plain["images"][:, :2, secondary])


def test_prompts_are_drawn_anew_and_are_the_same_after_a_resume(places):
    asked = rules(tasks={"action": {"prompt": THREE}})
    loader = vladata.load(places / "rt2-pali-x", 5, recipe=asked, seed=4)
    epochs = [
        [(k, p) for batch in loader for k, p in zip(batch["key"], batch["prompt"], strict=True)]
        for _ in range(3)
    ]
    assert len({tuple(sorted(epoch)) for epoch in epochs}) == 3
    other = vladata.load(places / "rt2-pali-x", 5, recipe=asked, seed=4, epoch=2, workers=0)
    assert [(k, p) for batch in other for k, p in zip(batch["key"], batch["prompt"], strict=True)] == epochs[
        2
    ]
    kept = vladata.load(places / "rt2-pali-x", 5, recipe=asked, seed=4, prompts="kept")
    assert (
        len(
            {
                tuple(sorted((k, p) for b in kept for k, p in zip(b["key"], b["prompt"], strict=True)))
                for _ in range(2)
            }
        )
        == 1
    )


def test_a_collator_is_told_of_the_contracts(places):
    plain = vladata.collate.Plain("action", "contract", actions="quantiles")
    stored = vladata.open(places / "rt2-pali-x")
    for recipe in (None, "rt2-palm-e", "openvla"):
        for batch in vladata.load(places / "rt2-pali-x", 6, recipe=recipe, collate=plain):
            assert list(batch) == ["action", "contract"]
            assert np.abs(batch["action"][..., :6]).max() <= 1
            assert np.abs(batch["action"][..., :6]).mean() > 0.1
    with pytest.raises(UsageError, match="was not given the contracts"):
        plain(next(iter(vladata.load(stored, 2))))


def test_a_refusal_comes_before_the_first_batch(places):
    with pytest.raises(UsageError, match="it needs a history of 6 frames, but a sample has 1"):
        vladata.load(places / "rt2-pali-x", 2, recipe="rt1")
    with pytest.raises(UsageError, match="pictures were resized by another rule before they were stored"):
        vladata.load(places / "windows", 2, recipe=rules(windows={"chunk": 2, "tail": "repeat"}))
    batch = next(
        iter(
            vladata.load(
                places / "windows", 2, recipe=rules(windows={"chunk": 2, "tail": "repeat"}), image_size=24
            )
        )
    )
    assert batch["images"].shape[1:] == (1, 1, 24, 24, 3)
