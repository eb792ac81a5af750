"""Every shipped schema, on data that TFDS writes after its features: every chain gives what its operations say."""

import numpy as np
import pytest

import vladata
from tests.schemas import plainly
from tests.schemas.generated import LENGTHS, dataset
from vladata.sources.readers import open_source
from vladata.spec import find
from vladata.transforms.faults import step_faults

NAMES = find.names("schema")


@pytest.fixture(scope="module", params=NAMES)
def made(request, tmp_path_factory):
    """(the schema, a dataset made after it)."""
    spec = find.schema(request.param)
    return spec, dataset(spec, tmp_path_factory.mktemp(spec.name[:20]))


def test_every_chain(made):
    spec, folder = made
    raw = list(vladata.episodes(folder))
    for name, chain in spec.actions.chains.items():
        found = list(vladata.episodes(folder, spec, chain=name))
        assert len(found) == len(LENGTHS)
        for episode, recorded, length in zip(found, raw, LENGTHS, strict=True):
            left, actions = plainly.chain(chain.operations, recorded.steps, length)
            if left[-1] == length - 1:  # the last RLDS step has no action
                left, actions = left[:-1], actions[:-1]
            assert episode.numbers.tolist() == left
            expected = np.array(actions)
            assert expected.shape == (len(left), len(chain.names))
            np.testing.assert_allclose(episode.steps["action"], expected, rtol=2e-5, atol=2e-5)
            assert step_faults(episode, spec, name) == []


def test_what_a_sample_has_beside_its_action(made):
    spec, folder = made
    for episode in vladata.episodes(folder, spec):
        assert episode.steps["terminate"].tolist() == [False] * (len(episode) - 1) + [True]
        sentences = {f"do {path} again" for path in spec.language.paths} | {"push it"}
        assert (
            len(set(episode.steps["instruction"]) & sentences) == len(set(episode.steps["instruction"])) == 1
        )
        names = spec.state.names if spec.state else ()
        assert episode.steps["state"].shape == (len(episode), len(names))
        assert {f"images/{camera}" for camera in spec.cameras} <= episode.steps.keys()


def test_it_reads_no_field_that_it_does_not_declare(made):
    spec, folder = made
    source = open_source(folder)
    assert spec.features
    for chain in spec.actions.chains:
        assert spec.columns(source.step_columns, chain, source.values) <= spec.features.keys()


@pytest.mark.parametrize("name", NAMES)
def test_what_every_schema_says(name):
    spec = find.schema(name)
    assert spec.name == name
    assert spec.licence
    assert spec.robot
    for chain in spec.actions.chains.values():
        assert chain.gripper == "none" or chain.names[-1] == "gripper"


def test_none_is_missing():
    assert len(NAMES) == 80
