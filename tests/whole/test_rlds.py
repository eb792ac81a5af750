"""Whole episodes as RLDS, read by TFDS itself and by our own reader: every step is the source's."""

import warnings

import numpy as np
import orjson
import pytest

import vladata
from tests.files import snapshot
from tests.rlds_data import tfds, write_bridge_like
from tests.whole import two_cameras
from vladata.commands.verify import rederive, verify
from vladata.robot.run import begin
from vladata.robot.settings import Settings
from vladata.shards.storage import open_output
from vladata.spec import find
from vladata.spec.select import Length, Select


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return two_cameras.written(tmp_path_factory.mktemp("source"))


def opened(folder):
    """TFDS's own builder of the folder."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return tfds().builder_from_directory(str(folder))


def read(folder, split="train"):
    """The episodes that TFDS gives, each (metadata, list of steps), as numpy."""
    episodes = []
    for episode in opened(folder).as_dataset(split=split):
        steps = [_numpy(step) for step in episode.pop("steps")]
        episodes.append((_numpy(episode)["episode_metadata"], steps))
    return episodes


def _numpy(tree):
    return {k: _numpy(v) for k, v in tree.items()} if isinstance(tree, dict) else tree.numpy()


def equal(one, other):
    assert one.keys() == other.keys()
    for name in one:
        if isinstance(one[name], dict):
            equal(one[name], other[name])
        else:
            assert np.array_equal(one[name], other[name]), name


def test_tfds_reads_every_step_as_it_was(source, converted, tmp_path):
    converted(source, split="train+val")
    for split in ("train", "val"):
        before, after = read(source, split), read(tmp_path / "out", split)
        assert len(before) == len(after) == 3
        for (about, old), (told, new) in zip(before, after, strict=True):
            assert len(new) == len(old)
            for t, (step, found) in enumerate(zip(old, new, strict=True)):
                last = t == len(old) - 1
                shown = step["observation"]
                expected = {
                    "observation": {
                        "primary": shown["image"],
                        "wrist": shown["wrist"],
                        "state": shown["state"],
                    },
                    "action": np.float32(old[-2 if last else t]["action"]),
                    "language_instruction": old[-2 if last else t]["language_instruction"],
                    **{
                        name: step[name]
                        for name in ("is_first", "is_last", "is_terminal", "reward", "discount")
                    },
                }
                equal(expected, found)
            equal({name: about[name] for name in ("file_path", "number", "score")} | told, told)
            assert about["file_path"] == told["file_path"]
            assert about["number"] == told["number"]
            assert told["final_observation"] == b"recorded"
            assert (told["first_step"], told["piece"], told["pieces"]) == (0, 0, 1)


def test_loaders_that_interleave_files_can_read_it(source, converted, tmp_path):
    """dlimp, beneath the loaders of Octo and OpenVLA, asks TFDS for undecoded steps of several files at once."""
    converted(source, samples_per_shard=1)
    episodes = opened(tmp_path / "out").as_dataset(
        split="train",
        shuffle_files=True,
        decoders={"steps": tfds().decode.SkipDecoding()},
        read_config=tfds().ReadConfig(
            skip_prefetch=True, num_parallel_calls_for_interleave_files=2, interleave_cycle_length=2
        ),
    )
    lengths = [len(episode["steps"]["action"]) for episode in episodes]
    assert sorted(lengths) == [4, 6, 9]


def test_texts_are_not_touched(source, converted, tmp_path):
    converted(source)
    texts = [[step["language_instruction"].decode() for step in steps] for _, steps in read(tmp_path / "out")]
    assert texts[0] == [two_cameras.TEXTS[0]] * 3 + [two_cameras.TEXTS[1]] * 3


def test_it_is_read_again_by_its_own_schema(source, converted, tmp_path):
    converted(source)
    out = tmp_path / "out"
    before = list(vladata.episodes(source, two_cameras.schema()))
    after = list(vladata.episodes(out, out / "schema.yaml"))
    assert len(before) == len(after) == 3
    for one, other in zip(before, after, strict=True):
        assert one.steps.keys() == other.steps.keys()
        assert np.array_equal(one.numbers, other.numbers)
        for name in one.steps:
            assert _plain(one.steps[name]) == _plain(other.steps[name]), name


def test_what_is_written_twice_is_the_same(source, converted, tmp_path):
    """RLDS -> RLDS -> RLDS: nothing is lost on the way, to the byte of a picture."""
    converted(source)
    once = tmp_path / "out"
    converted(once, "twice", spec=find.schema(str(once / "schema.yaml")))
    first, second = read(once), read(tmp_path / "twice")
    for (_, old), (_, new) in zip(first, second, strict=True):
        for one, other in zip(old, new, strict=True):
            equal(one, other)


def _plain(column):
    return (
        column.tolist()
        if isinstance(column, np.ndarray)
        else [bytes(v) if not isinstance(v, str) else v for v in column]
    )


def test_statistics_and_ledger(source, converted, tmp_path):
    manifest = converted(source)
    assert manifest["kind"] == "episodes"
    assert manifest["written"] == {"episodes": 3, "stretches": 3, "cut": 0}
    assert manifest["ledger"]["steps"] == {"read": 19, "written": 16, "filtered": 3, "rejected": 0}
    assert manifest["ledger"]["reasons"]["last_step"]["steps"] == 3
    assert manifest["statistics"]["action"]["count"] == 16
    assert "samples" not in manifest["ledger"]


@pytest.mark.parametrize("most", [1, 6, 8, 100])
def test_files_hold_whole_episodes_of_bounded_size(most, source, converted, tmp_path):
    manifest = converted(source, samples_per_shard=most)
    sizes = [shard["samples"] for shard in manifest["shards"]]
    assert sizes == {1: [5, 3, 8], 6: [5, 3, 8], 8: [8, 8], 100: [16]}[most]
    lengths = orjson.loads((tmp_path / "out" / "dataset_info.json").read_bytes())["splits"][0]["shardLengths"]
    assert lengths == {1: ["1"] * 3, 6: ["1"] * 3, 8: ["2", "1"], 100: ["3"]}[most]
    assert [len(steps) for _, steps in read(tmp_path / "out")] == [6, 4, 9]


def test_bytes_do_not_depend_on_the_number_of_workers(source, tmp_path, monkeypatch):
    monkeypatch.setenv("VLADATA_CACHE", str(tmp_path / "cache"))
    given = {"schema": two_cameras.schema(), "format": "rlds", "memory": 1, "samples_per_shard": 4}
    for workers in (1, 2):
        vladata.convert(source, tmp_path / str(workers), workers=workers, **given)
    assert snapshot(tmp_path / "1") == snapshot(tmp_path / "2")


def test_a_run_goes_on_where_it_stopped(source, converted, tmp_path):
    converted(source, "whole", memory=1)
    settings = Settings(
        str(source),
        str(tmp_path / "out"),
        two_cameras.schema(),
        find.recipe("episodes"),
        format="rlds",
        memory=1,
    )
    with begin(settings) as run:
        assert run.units == [0, 1, 2]
        run.open_units(run.url)(1)
    with begin(settings) as run:
        assert run.units == [0, 2]
        run.convert_here()
        run.commit()
    assert snapshot(tmp_path / "out") == snapshot(tmp_path / "whole")


def test_verify(source, converted, tmp_path):
    converted(source)
    output = open_output(str(tmp_path / "out"))
    assert list(verify(output)) == []
    assert list(rederive(output, [str(source)])) == []


def test_verify_says_what_the_source_does_not_give(source, converted, tmp_path):
    converted(source)
    other = two_cameras.written(tmp_path / "other", empty_at=((2, 4),))
    found = [str(finding) for finding in rederive(open_output(str(tmp_path / "out")), [str(other)])]
    assert found == [
        "train-00001-000000, step 0: differs from the source in steps/language_instruction",
    ]


def test_a_selection_is_kept_by_verify(source, converted, tmp_path):
    chosen = find.recipe("episodes").model_copy(update={"select": Select(length=Length(min=5))})
    manifest = converted(source, recipe=chosen)
    assert manifest["written"]["stretches"] == 2
    assert list(rederive(open_output(str(tmp_path / "out")), [str(source)])) == []


def test_thinned_steps_add_up_their_rewards(source, converted, tmp_path):
    chosen = find.recipe("episodes").model_copy(update={"select": Select(every=2)})
    converted(source, recipe=chosen)
    (_, steps), *_ = read(tmp_path / "out")
    # Five steps with an action, two at a time: 0, 2, 4; the moment after is the sixth.
    assert [float(step["reward"]) for step in steps] == [1 + 2, 3 + 4, 5 + 6, 6]
    assert [float(step["discount"]) for step in steps] == [0.25, 0.25, 0.25, 0.5]


def test_bridge_by_its_shipped_schema(tmp_path, converted):
    source = write_bridge_like(tmp_path / "in", episodes=2, steps=7)
    manifest = converted(source, spec=find.schema("bridge_dataset"))
    assert manifest["ledger"]["steps"]["written"] == 10
    assert [len(steps) for _, steps in read(tmp_path / "out")] == [6, 6]
    before = vladata.episodes(source, "bridge_dataset")
    after = vladata.episodes(tmp_path / "out", tmp_path / "out" / "schema.yaml")
    for one, other in zip(before, after, strict=True):
        assert all(_plain(one.steps[name]) == _plain(other.steps[name]) for name in one.steps)
