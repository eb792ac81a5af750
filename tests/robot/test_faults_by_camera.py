"""A picture that is none costs a step only where the recipe takes its camera; so does a camera that cannot be read at all."""

import numpy as np
import pytest

import vladata
from tests.conversion import recipe
from tests.damage import copied, edit, files
from tests.outcome import convert_plainly, ledger, plain, rejected, samples
from vladata.cli.main import _run
from vladata.robot.rederive import rederive
from vladata.robot.run import index_here
from vladata.robot.settings import Settings
from vladata.robot.sources import open_index, open_sources
from vladata.runs.verify import verify
from vladata.shards.storage import open_output

EPISODE = "train-00000-000001"
CLEAN = {"episodes": (4, 4, 0, 0), "steps": (24, 20, 4, 0), "last_step": ("filtered", 0, 4)}
PRIMARY, SECONDARY = recipe(cameras=("primary",)), recipe(cameras=("secondary",))
BOTH, ALL, FIRST = recipe(cameras=("primary", "secondary")), recipe(cameras="all"), recipe(cameras="first")


@pytest.fixture
def source(clean, tmp_path):
    return copied(clean, tmp_path)


def spoil(source, change):
    edit(files(source)[0], 1, change)


def none_of(camera, *steps):
    def change(features):
        for step in steps:
            features[f"steps/observation/{camera}"][step] = b"no image"

    return change


def verified(out, source):
    output = open_output(str(out))
    assert [*verify(output), *rederive(output, str(source))] == []


@pytest.mark.parametrize("fmt", ["webdataset", "tfrecord"])
@pytest.mark.parametrize(
    ("rule", "lost"),
    [(PRIMARY, [2]), (SECONDARY, [3, 4]), (BOTH, [2, 3, 4]), (ALL, [2, 3, 4]), (FIRST, [2])],
    ids=["primary", "secondary", "both", "all", "first"],
)
def test_a_step_goes_for_a_picture_that_is_asked_for(rule, lost, fmt, source, tmp_path):
    spoil(source, none_of("image_0", 2))
    spoil(source, none_of("image_1", 3, 4))
    spoil(source, none_of("image_2", 0))  # no camera of the schema
    manifest = convert_plainly(source, tmp_path / "out", recipe=rule, format=fmt)
    assert ledger(manifest)["steps"] == (24, 20 - len(lost), 4, len(lost))
    assert [(line["episode"], line["step"], line["reason"]) for line in rejected(tmp_path / "out")] == [
        (EPISODE, step, "bad_image") for step in lost
    ]
    for line in rejected(tmp_path / "out"):
        assert line["says"].startswith("primary" if line["step"] == 2 else "secondary")
        assert "camera" not in line
    found = [step for episode, step in samples(tmp_path / "out") if episode == EPISODE]
    assert found == [step for step in range(5) if step not in lost]
    verified(tmp_path / "out", source)


def test_one_index_serves_all_recipes(source, tmp_path, cache):
    spoil(source, none_of("image_1", 1))
    for name, rule in (("a", PRIMARY), ("b", SECONDARY)):
        settings = Settings(str(source), str(tmp_path / name), plain(), rule)
        sources = open_sources(settings)
        assert sources.cache == open_sources(Settings(str(source), "", plain(), BOTH)).cache
        index_here(sources)
        assert sources.unindexed() == []


def test_statistics_are_of_the_steps_that_the_recipe_keeps(source, tmp_path):
    def change(features):
        features["steps/action"][7 * 2] = 50.0
        none_of("image_1", 2)(features)

    spoil(source, change)
    most = {}
    for name, rule in (("primary", PRIMARY), ("secondary", SECONDARY)):
        convert_plainly(source, tmp_path / name, recipe=rule)
        most[name] = vladata.open(tmp_path / name).statistics["action"].max[0]
    assert most["primary"] == 50.0
    assert most["secondary"] < 1


def test_of_several_faults_the_one_that_counts_is_told(source, tmp_path):
    def change(features):
        features["steps/action"][7 * 1] = np.nan
        features["steps/language_instruction"][2] = b""
        features["steps/language_instruction"][3] = b""
        none_of("image_1", 1, 2)(features)
        none_of("image_0", 2)(features)

    spoil(source, change)
    told = {}
    for name, rule in (("primary", PRIMARY), ("secondary", SECONDARY)):
        convert_plainly(source, tmp_path / name, recipe=rule)
        told[name] = [(line["step"], line["reason"], line["says"][:9]) for line in rejected(tmp_path / name)]
        verified(tmp_path / name, source)
    where = f"{files(source)[0].name[:9]}"
    assert told["primary"] == [
        (1, "not_finite", where),
        (2, "bad_image", "primary i"),
        (3, "empty_instruction", where),
    ]
    assert told["secondary"] == [
        (1, "not_finite", where),
        (2, "bad_image", "secondary"),
        (3, "empty_instruction", where),
    ]


def test_words_that_are_corrected_do_not_mend_a_picture(source, tmp_path):
    def change(features):
        features["steps/language_instruction"][1] = b""
        features["steps/language_instruction"][2] = b""
        none_of("image_1", 2)(features)

    spoil(source, change)
    errata = tmp_path / "errata.json"
    errata.write_text(f'{{"{EPISODE}": {{"instruction": "do it"}}}}')
    for name, rule, lost in (("primary", PRIMARY, []), ("secondary", SECONDARY, [2])):
        convert_plainly(source, tmp_path / name, recipe=rule, errata=str(errata))
        assert [line["step"] for line in rejected(tmp_path / name)] == lost
        verified(tmp_path / name, source)


def test_a_camera_without_its_column_costs_the_episode_only_who_takes_it(source, tmp_path):
    def shorten(features):
        features["steps/observation/image_1"] = features["steps/observation/image_1"][:4]

    spoil(source, shorten)
    assert ledger(convert_plainly(source, tmp_path / "primary", recipe=PRIMARY)) == CLEAN
    verified(tmp_path / "primary", source)
    manifest = convert_plainly(source, tmp_path / "both", recipe=BOTH)
    assert ledger(manifest) == {
        "episodes": (4, 3, 0, 1),
        "steps": (24, 15, 3, 6),
        "last_step": ("filtered", 0, 3),
        "malformed_example": ("rejected", 1, 6),
    }
    (line,) = rejected(tmp_path / "both")
    assert (line["episode"], line["step"], line["reason"]) == (EPISODE, -1, "malformed_example")
    assert (
        line["says"]
        .splitlines()[0]
        .endswith(
            "steps/observation/image_1: the record holds 4 values of encoded images, but features.json says 6, one per step."
        )
    )
    verified(tmp_path / "both", source)


def test_a_column_that_everybody_needs_costs_everybody(source, tmp_path):
    def shorten(features):
        features["steps/action"] = features["steps/action"][:-7]
        features["steps/observation/image_1"] = features["steps/observation/image_1"][:4]

    spoil(source, shorten)
    convert_plainly(source, tmp_path / "out", recipe=PRIMARY)
    (line,) = rejected(tmp_path / "out")
    assert (line["episode"], line["step"], line["reason"]) == (EPISODE, -1, "malformed_example")
    assert "steps/action" in line["says"]


def test_commands_without_a_recipe_count_every_camera(source, tmp_path):
    spoil(source, none_of("image_1", 1))
    sources = open_index(str(source), None, None, "train", "native")
    assert sources.selection.cameras is None
    path = "tests/plain.yaml"
    assert _run(["index", str(source), "--schema", path, "--quiet"]) == 3
    assert _run(["stats", str(source), "--schema", path, "--quiet"]) == 0
    assert _run(["doctor", str(source), "--schema", path, "--quiet"]) in (0, 3)
    assert _run(["verify", str(tmp_path), "--quiet"]) == 1  # nothing was written
