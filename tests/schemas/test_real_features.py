"""Every shipped schema held to TFDS's own features.json and dataset_info.json, where these are: shapes, kinds and counts."""

import os
from pathlib import Path

import pytest

from vladata.sources.compare import differences
from vladata.sources.infer import infer
from vladata.sources.misfits import misfits
from vladata.sources.readers import open_source
from vladata.spec import find
from vladata.spec.dataset import DatasetSpec
from vladata.spec.read import validate

DATA = os.environ.get("VLADATA_REAL_DATA", "")
NO_STEPS = ("mt_opt/sd",)
NO_ACTION = ("tidybot",)  # its action is text
CODED = ("mt_opt",)  # its only words are a code, which a draft does not take for an instruction
HELD = 61
NAMES = find.names("schema")
EPISODES = {
    "plex_robosuite": {"train": 402, "val": 48},
    "roboturk": {"train": 1796, "test": 199},
    "spoc_robot": {"train": 212043, "val": 21108},
    "stanford_mask_vit_converted_externally_to_rlds": {"train": 9109, "val": 91},
    "usc_cloth_sim_converted_externally_to_rlds": {"train": 800, "val": 200},
    "utokyo_pr2_opening_fridge_converted_externally_to_rlds": {"train": 64, "val": 16},
    "utokyo_pr2_tabletop_manipulation_converted_externally_to_rlds": {"train": 192, "val": 48},
    "utokyo_xarm_pick_and_place_converted_externally_to_rlds": {"train": 92, "val": 10},
}


@pytest.mark.parametrize(("name", "episodes"), EPISODES.items())
def test_both_splits_are_counted(name, episodes):
    assert find.schema(name).episodes == episodes


@pytest.fixture(scope="module")
def real():
    """name -> the source of each real features.json of robot episodes."""
    folder = Path(DATA) / "tfds_features"
    if not DATA or not folder.is_dir():
        pytest.skip(
            "VLADATA_REAL_DATA is not set, or has no tfds_features: the real features.json files are not here"
        )
    found = [path.parent for path in sorted(folder.rglob("features.json"))]
    assert len(found) == 63
    wanted = [path for path in found if not any(f"/{name}/" in str(path) for name in NO_STEPS)]
    return {source.name: source for source in map(open_source, wanted)}


def test_the_shipped_schemas_say_what_tfds_says(real):
    held = sorted(set(real) & set(NAMES))
    assert len(held) == HELD, "schemas that ship, and that TFDS has"
    wrong = []
    for name in held:
        spec, source = find.schema(name), real[name]
        for chain in spec.actions.chains:
            wrong += [f"{name}: {found}" for found in misfits(spec, source, chain)]
        wrong += [f"{name}: {found}" for found in differences(spec, source)]
        wrong += [
            f"{name}: {key} is left open, TFDS has {source.columns[key].shape}"
            for key, feature in (spec.features or {}).items()
            if feature.shape is None and None not in source.columns[key].shape
        ]
        counts = {split: info.records for split, info in source.info.splits.items()}
        if spec.episodes != counts:
            wrong.append(f"{name}: episodes {spec.episodes}, TFDS counts {counts}")
    assert wrong == []


def test_a_draft_of_each_reads_the_words_that_its_schema_reads(real):
    for name, source in real.items():
        if name in NO_ACTION:
            continue
        spec = validate(DatasetSpec, infer(source).text, "the draft")
        assert [*differences(spec, source), *misfits(spec, source)] == []
        if name in NAMES and name not in CODED:
            shipped = find.schema(name).language
            assert (spec.language.path, spec.language.wordings) == (shipped.path, shipped.wordings)
