"""Codecs of whole chunks, from RLDS to samples and back: `fast`, fitted to the dataset's own chunks, and `words`."""

import json

import numpy as np
import pytest

import vladata
from tests.actions.fast.published import Published
from tests.conversion import convert
from tests.rlds_data import write_bridge_like
from vladata.actions.bounds import MEASURED
from vladata.errors import CodecError, SpecError, UsageError
from vladata.robot.rederive import rederive
from vladata.runs.verify import verify
from vladata.shards.storage import open_output
from vladata.spec.read import validate
from vladata.spec.recipe import RecipeSpec

RECIPE = """
name: chunky
windows: {chunk: 4, WINDOWS}
tasks:
  action: {prompt: "{instruction}", target: "Go: {action}"}
action: {ACTION}
images: {cameras: [primary]}
"""


def recipe(action, windows="tail: drop"):
    """A recipe with chunks of 4 actions."""
    text = RECIPE.replace("ACTION", action).replace("WINDOWS", windows)
    return validate(RecipeSpec, text, "mine.yaml")


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chunks")
    return write_bridge_like(folder, 6, (12, 5, 9, 3), val_episodes=3, num_shards=2)


def sound(out, source):
    """Whether the output agrees with itself and with its source."""
    output = open_output(str(out))
    assert [str(finding) for finding in (*verify(output), *rederive(output, str(source)))] == []
    return vladata.open(out)


@pytest.mark.parametrize("fmt", ["webdataset", "tfrecord"])
def test_fast_is_fitted_to_the_chunks_that_are_taken_and_saved_with_the_data(source, tmp_path, fmt):
    out = tmp_path / "out"
    manifest = convert(source, out, recipe=recipe("codec: fast, vocabulary: 256, scale: 5"), format=fmt)
    data = sound(out, source)
    samples = sorted(data, key=lambda sample: sample.key)
    actions = np.array([sample.fields["action"] for sample in samples], np.float32)
    codec = data.codec
    assert manifest["contract"]["learnt"] == {"chunks": len(samples), "of": len(samples)}
    low, high = codec.low.astype(np.float64), codec.high.astype(np.float64)
    cut = np.clip(actions.astype(np.float64), low, high) - low
    published = Published(np.where(high > low, 2 * cut / (high - low + 1e-6) - 1, 0), 5, 256)
    spelled = published.encode(np.where(high > low, 2 * cut / (high - low + 1e-6) - 1, 0))
    assert [list(sample.fields["bins"]) for sample in samples] == spelled
    assert [sample.target for sample in samples] == [f"Go: {' '.join(map(str, ids))}" for ids in spelled]
    for sample, action in zip(samples, actions, strict=True):
        decoded = codec.decode(codec.parse(sample.target.removeprefix("Go: ")))
        assert (np.abs(decoded - np.clip(action, low, high)) <= codec.tolerance()).all()
    assert set(codec.sources) & set(MEASURED)


def test_the_vocabulary_does_not_depend_on_how_the_source_is_cut_into_files(source, tmp_path):
    one = write_bridge_like(tmp_path / "one", 6, (12, 5, 9, 3), val_episodes=3, num_shards=1)
    found = [
        convert(each, tmp_path / name, recipe=recipe("codec: fast"))["contract"]
        for name, each in (("a", source), ("b", one))
    ]
    assert found[0]["merges"] == found[1]["merges"]
    assert found[0]["digest"] == found[1]["digest"]


def test_a_split_is_spelled_in_the_vocabulary_of_another_and_what_is_moved_is_said(source, tmp_path):
    from vladata.robot.run import begin
    from vladata.robot.settings import Settings
    from vladata.spec import find

    specs = {
        "spec": find.schema("bridge_dataset"),
        "recipe": recipe("codec: fast, scale: 60, vocabulary: 2048"),
    }
    settings = Settings(str(source), str(tmp_path / "out"), split="val", measured="train", **specs)
    with begin(settings) as run:
        run.convert_here()
        run.commit()
        remarks = run.prepared.remarks
    data = sound(tmp_path / "out", source)
    moved = data.codec.beyond(np.array([sample.fields["action"] for sample in data], np.float32))
    every = len(data) * 4 * 7
    told = [each for each in remarks if each.startswith("codec fast: ")]
    assert moved > 0
    assert len(told) == 1
    assert told[0].startswith(f"codec fast: {moved:,} of {every:,} (")
    assert told[0].endswith("coefficients are not in its vocabulary, and are replaced by the nearest ones.")


def test_fast_reads_a_folder(source, tmp_path):
    rng = np.random.default_rng(0)
    folder = Published(rng.uniform(-1, 1, (300, 4, 7)), vocabulary=300).save(tmp_path / "fast")
    manifest = convert(source, tmp_path / "out", recipe=recipe(f"codec: fast, from: {folder}"))
    assert set(manifest["contract"]["learnt"]) == {"processor_config.json", "tokenizer.json"}
    assert manifest["contract"]["vocabulary"] == 300
    (folder / "tokenizer.json").unlink()  # the output alone says all of it
    sound(tmp_path / "out", source)


def test_words_tell_the_net_motion(source, tmp_path):
    convert(source, tmp_path / "out", recipe=recipe("codec: words, degrees: 5"))
    data = sound(tmp_path / "out", source)
    codec = data.codec
    for sample in data:
        action = np.array(sample.fields["action"], np.float64)
        net = [*action[:, :6].sum(axis=0), action[-1, 6]]
        decoded = codec.decode(codec.parse(sample.target.removeprefix("Go: ")))
        assert (np.abs(decoded - net) <= [0.005 + 1e-6] * 3 + [np.deg2rad(2.5) + 1e-5] * 3 + [0.5]).all()
        assert sample.target.endswith(" gripper")


@pytest.mark.parametrize("codec", ["fast", "words"])
@pytest.mark.parametrize("tail", ["repeat", "truncate"])
def test_tails_are_refused_by_name(source, tmp_path, codec, tail):
    with pytest.raises(
        UsageError, match=rf"^recipe chunky, windows\.tail: codec {codec} cannot leave out the end"
    ):
        convert(source, tmp_path / "out", recipe=recipe(f"codec: {codec}", f"tail: {tail}"))


def test_settings_are_held_against_the_codec():
    with pytest.raises(SpecError) as caught:
        recipe("codec: fast, terminate: first, scale: 5000, bins: 3, vocabulary: 2.5")
    text = str(caught.value)
    for says in ("allowed with codec fast: none; use codec rt2", "scale", "bins", "vocabulary"):
        assert says in text
    assert json.loads(recipe("codec: fast").model_dump_json())["action"]["from"] is None


def test_a_vocabulary_that_is_too_small_ends_it_before_anything_is_written(source, tmp_path):
    with pytest.raises(CodecError, match=r"^\d+ different coefficients need \d+ ids"):
        convert(source, tmp_path / "out", recipe=recipe("codec: fast, vocabulary: 20"))
    assert not list((tmp_path / "out").glob("*.tar"))
