"""Every shipped schema, on data that TFDS writes after its features: every chain gives what its operations say, and is
converted in both formats and verified."""

import io

import numpy as np
import pytest
from PIL import Image

import vladata
from tests.conversion import convert, recipe
from tests.schemas import plainly
from tests.schemas.generated import LENGTHS, dataset
from vladata.robot.rederive import rederive
from vladata.runs.verify import verify
from vladata.shards.storage import open_output
from vladata.sources.readers import open_source
from vladata.spec import find
from vladata.transforms.faults import step_faults

FIRST = recipe(cameras="first")
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
            if (
                spec.actions.last_step == "none" and left[-1] == length - 1
            ):  # the last RLDS step has no action
                left, actions = left[:-1], actions[:-1]
            assert episode.numbers.tolist() == left
            expected = np.array(actions)
            assert expected.shape == (len(left), len(chain.names))
            np.testing.assert_allclose(episode.steps["action"], expected, rtol=2e-5, atol=2e-5)
            assert step_faults(episode, spec, name) == []


@pytest.mark.parametrize("fmt", ["webdataset", "tfrecord"])
def test_every_chain_is_converted_and_verified(fmt, made, tmp_path):
    spec, folder = made
    camera = next(iter(spec.cameras))
    for name, chain in spec.actions.chains.items():
        rule = FIRST.model_copy(update={"action": FIRST.action.model_copy(update={"chain": name})})
        manifest = convert(folder, tmp_path / name, spec=spec, recipe=rule, format=fmt)
        output = open_output(str(tmp_path / name))
        assert [*verify(output), *rederive(output, str(folder))] == []
        samples = {(s.fields["episode"], s.fields["step"]): s for s in vladata.open(tmp_path / name)}
        found = list(vladata.episodes(folder, spec, chain=name))
        assert len(samples) == sum(map(len, found)) == manifest["ledger"]["steps"]["written"] > 0
        for episode in found:
            for i, step in enumerate(episode.numbers.tolist()):
                sample = samples[episode.id, step]
                for column in ("action", "state"):
                    np.testing.assert_array_equal(
                        np.array(sample.fields[column], np.float32), episode.steps[column][i]
                    )
                assert len(sample.fields["bins"]) == 1 + len(chain.names)
                assert sample.images.keys() == {"primary"}
                picture = episode.steps[f"images/{camera}"][i]
                if isinstance(picture, np.ndarray):
                    made = np.asarray(Image.open(io.BytesIO(sample.images["primary"])))
                    np.testing.assert_array_equal(made, picture)
                elif camera not in spec.swap_channels:
                    assert sample.images["primary"] == bytes(picture)


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
        assert chain.grippers.keys() <= {"gripper", "left_gripper", "right_gripper"}
        arm = [dimension for dimension in chain.names if not dimension.startswith("base_")]
        assert "gripper" not in chain.grippers or arm[-1] == "gripper"


def test_none_is_missing():
    assert len(NAMES) == 86
