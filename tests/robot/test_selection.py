"""Episodes and steps that are chosen: samples, ledger, statistics and files of the output, beside plain loops."""

import numpy as np
import orjson
import pytest

import vladata
from tests.conversion import convert
from tests.outcome import ledger, rejected, samples
from tests.rlds_data import NOT_UTF8, Faults, write_bridge_like
from vladata.errors import NoSteps, PlanDiffers, UsageError
from vladata.robot.prepare import prepare
from vladata.robot.rederive import rederive
from vladata.robot.run import begin, index_here
from vladata.robot.settings import Settings
from vladata.robot.sources import open_sources
from vladata.runs.verify import verify
from vladata.shards.storage import open_output
from vladata.spec.read import validate
from vladata.spec.select import Select
from vladata.spec.selection import EpisodeTest

LENGTHS = (6, 12, 9, 20, 7, 5)
EMPTY, BAD = 1, 4  # episodes without words, and with bytes that are no text
FAULTS = Faults(
    empty_instructions=[(EMPTY, t) for t in range(LENGTHS[EMPTY])],
    bad_utf8=[(BAD, t) for t in range(2)],
    not_images=[(EMPTY, 3), (3, 4), (0, 1)],
)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_bridge_like(
        tmp_path_factory.mktemp("chosen"), 6, LENGTHS, num_shards=2, faults=FAULTS, val_episodes=2
    )


@pytest.fixture(scope="module")
def raw(source):
    """Episode id -> (its number, raw episode)."""
    found = list(vladata.episodes(source))
    return {e.id: (int(e.metadata["episode_metadata/episode_id"]), e) for e in found}


@pytest.fixture(scope="module")
def ids(raw):
    """Number -> episode id."""
    return {number: name for name, (number, _) in raw.items()}


@pytest.fixture(scope="module")
def everything(source, tmp_path_factory):
    out = tmp_path_factory.mktemp("everything") / "out"
    convert(source, out, recipe=rules())
    return out


def rules(text="{}", chain="octo"):
    """rt2-pali-x with a `select` and an action chain."""
    found = vladata.recipe("rt2-pali-x")
    action = found.action.model_copy(update={"chain": chain})
    return found.model_copy(update={"select": validate(Select, text, "select"), "action": action})


def json_file(path, content):
    path.write_bytes(orjson.dumps(content))
    return str(path)


def findings(out, source):
    output = open_output(str(out))
    return [str(finding) for finding in (*verify(output), *rederive(output, str(source)))]


def remarks(source, out, **settings):
    settings = Settings(str(source), str(out), **{"spec": vladata.schema("bridge_dataset"), **settings})
    sources = open_sources(settings)
    index_here(sources)
    return prepare(settings, sources).remarks


def fit(everything):
    """(episode, step) -> the sample, of all that is fit and has words."""
    return {(s.fields["episode"], s.fields["step"]): s.fields for s in vladata.open(everything)}


def test_by_length_and_by_words(source, raw, ids, everything, tmp_path):
    manifest = convert(
        source,
        tmp_path / "out",
        recipe=rules("{length: {min: 7, max: 12}, instruction: {drop: '^zzz', keep: '[a-z]'}}"),
    )
    kept = [name for name, (number, _) in raw.items() if 7 <= LENGTHS[number] <= 12]
    assert samples(tmp_path / "out") == sorted(at for at in fit(everything) if at[0] in kept)
    assert ledger(manifest)["length(min=7, max=12)"] == (
        "filtered",
        3,
        5 + 19 + 4,
    )  # with the images that are none
    assert ledger(manifest)["empty_instruction"] == ("filtered", 0, 10)
    assert ledger(manifest)["bad_image"] == ("rejected", 1, 1)  # of the episode without words
    whole = {line["episode"]: line for line in rejected(tmp_path / "out") if line["step"] == -1}
    assert whole[ids[0]]["reason"] == "length(min=7, max=12)"
    assert "length(min=7, max=12) took 5" in whole[ids[0]]["says"]
    assert findings(tmp_path / "out", source) == []


def test_statistics_are_those_of_what_is_kept(source, everything, tmp_path):
    manifest = convert(source, tmp_path / "out", recipe=rules("{length: {max: 9}}"))
    kept = np.array([s.fields["action"] for s in vladata.open(tmp_path / "out")], np.float64)
    found = manifest["statistics"]["action"]
    assert found["count"] == len(kept) < len(fit(everything))
    np.testing.assert_allclose(found["mean"], kept.mean(axis=0), atol=1e-7)
    np.testing.assert_allclose(found["q99"], np.quantile(kept, 0.99, axis=0), atol=1e-6)


def test_steps_by_their_own_instruction(source, raw, ids, everything, tmp_path):
    word = raw[ids[2]][1].steps["language_instruction"][0].split()[0]
    out = tmp_path / "out"
    manifest = convert(source, out, recipe=rules(f"{{instruction: {{keep: '^{word}'}}}}"))
    wanted = [at for at, sample in fit(everything).items() if sample["instruction"].startswith(word)]
    assert samples(out) == sorted(wanted)
    assert manifest["ledger"]["reasons"][f"instruction(keep=^{word})"]["outcome"] == "filtered"
    assert findings(out, source) == []


def test_idle_stretches(source, everything, tmp_path):
    out = tmp_path / "out"
    manifest = convert(source, out, recipe=rules("{idle: {longest: 1, still: 0.04, gripper: 2}}"))
    fitting = fit(everything)
    expected = []
    for name in {at[0] for at in fitting}:
        steps = sorted(step for episode, step in fitting if episode == name)
        still = [np.abs(np.float32(fitting[name, t]["action"][:6])).max() <= np.float32(0.04) for t in steps]
        runs = np.split(np.arange(len(steps)), np.flatnonzero(np.diff(still)) + 1)
        gone = {i for run in runs if still[run[0]] and len(run) > 1 for i in run}
        expected += [(name, t) for i, t in enumerate(steps) if i not in gone]
    assert samples(out) == sorted(expected)
    assert 0 < len(expected) < len(fitting)
    reason = "idle(longest=1, still=0.04, gripper=2, shortest=1)"
    assert ledger(manifest)[reason][2] == len(fitting) - len(expected)
    assert findings(out, source) == []


def test_keep_ranges(source, ids, everything, tmp_path):
    ranges = {ids[0]: [[0, 2], [4, 6]], ids[3]: [[3, 11], [10, 12]], ids[5]: []}
    file = json_file(tmp_path / "keep.json", ranges)
    out = tmp_path / "out"
    manifest = convert(source, out, recipe=rules(), keep_ranges=file)
    inside = [(e, t) for e, t in fit(everything) if any(a <= t < b for a, b in ranges.get(e, []))]
    assert samples(out) == sorted(inside)
    assert ledger(manifest)["keep_ranges"] == ("filtered", 4, 2 + 11 + 8 + 10 + 6 + 4)
    assert ledger(manifest)["bad_image"] == ("rejected", 0, 2)  # that of episode 1 is of no interest
    assert orjson.loads((out / "keep_ranges.json").read_bytes()) == {
        ids[0]: [[0, 1], [4, 6]],  # step 1 has no image
        ids[3]: [[3, 4], [5, 12]],
    }
    assert findings(out, source) == []
    again = convert(source, tmp_path / "again", recipe=rules(), keep_ranges=str(out / "keep_ranges.json"))
    assert again["shards"] == manifest["shards"]


def test_an_episode_by_the_name_that_other_projects_have_for_it(source, raw, ids, tmp_path):
    spec = vladata.schema("bridge_dataset").model_copy(
        update={"features": None, "episode_key": ("episode_metadata/file_path",)}
    )
    name = raw[ids[2]][1].metadata["episode_metadata/file_path"]
    file = json_file(tmp_path / "keep.json", {name: [[0, 100]]})
    convert(source, tmp_path / "out", spec=spec, recipe=rules(), keep_ranges=file)
    assert {episode for episode, _ in samples(tmp_path / "out")} == {ids[2]}


def test_corrected_instructions_mend_what_had_no_words(source, ids, everything, tmp_path):
    errata = {
        ids[EMPTY]: {"instruction": "sweep the table"},
        ids[BAD]: {"instruction": "lift the lid"},
        ids[0]: {"exclude": "the camera had fallen"},
        ids[2]: {"instruction": ""},
    }
    out = tmp_path / "out"
    manifest = convert(source, out, recipe=rules(), errata=json_file(tmp_path / "errata.json", errata))
    found = fit(out)
    assert {sample["instruction"] for (e, _), sample in found.items() if e == ids[EMPTY]} == {
        "sweep the table"
    }
    assert [t for e, t in sorted(found) if e == ids[EMPTY]] == [
        n for n in range(11) if n != 3
    ]  # 3 has no image
    assert {sample["prompt"] for (e, _), sample in found.items() if e == ids[BAD]} == {
        "Q: what action should the robot take to lift the lid? A:"
    }
    assert [t for e, t in sorted(found) if e == ids[BAD]] == [0, 1, 2, 3, 4, 5]
    untouched = {at: s for at, s in fit(everything).items() if at[0] in (ids[2], ids[3], ids[5])}
    assert {at: found[at]["instruction"] for at in untouched} == {
        at: s["instruction"] for at, s in untouched.items()
    }
    assert ledger(manifest)["errata"] == ("filtered", 1, 5)
    assert ledger(manifest)["episodes"] == (6, 5, 1, 0)
    assert orjson.loads((out / "errata.json").read_bytes()) == {
        ids[e]: errata[ids[e]] for e in sorted((EMPTY, BAD, 0), key=ids.get)
    }
    assert findings(out, source) == []
    lines = [orjson.loads(line) for line in (out / "rejected.jsonl").read_bytes().splitlines()]
    (said,) = [line["says"] for line in lines if line["reason"] == "errata"]
    assert said == "Excluded by errata: the camera had fallen"
    again = convert(source, tmp_path / "again", recipe=rules(), errata=str(out / "errata.json"))
    assert again["shards"] == manifest["shards"]
    assert (tmp_path / "again" / "rejected.jsonl").read_bytes() == (out / "rejected.jsonl").read_bytes()


def test_success_as_the_schema_tells_it(source, raw, ids, everything, tmp_path):
    test = EpisodeTest(path="episode_metadata/episode_id", test="gt", value=2.0)
    spec = vladata.schema("bridge_dataset").model_copy(update={"features": None, "success": test})
    for wanted, kept in (("true", (3, 4, 5)), ("false", (0, 1, 2))):
        out = tmp_path / wanted
        convert(source, out, spec=spec, recipe=rules(f"{{success: {wanted}}}"))
        assert samples(out) == sorted(at for at in fit(everything) if raw[at[0]][0] in kept)
    absent = spec.model_copy(update={"success": EpisodeTest(path="won", test="is_true")})
    for unknown in (absent, vladata.schema("bridge_dataset")):
        with pytest.raises(
            UsageError, match="the schema does not say if an episode of bridge_dataset succeeded"
        ):
            convert(source, tmp_path / "out", spec=unknown, recipe=rules("{success: true}"))


def test_another_control_frequency(source, raw, everything, tmp_path):
    out = tmp_path / "out"
    manifest = convert(source, out, recipe=rules("{hz: 2.5}"))
    assert manifest["every"] == manifest["contract"]["every"] == 2
    assert manifest["contract"]["control_frequency_hz"] == 2.5
    assert all(step % 2 == 0 for _, step in samples(out))
    for sample in vladata.open(out):
        state = raw[sample.fields["episode"]][1].steps["observation/state"]
        t = sample.fields["step"]
        moved = state[min(t + 2, len(state) - 1), :6] - state[t, :6]
        np.testing.assert_allclose(sample.fields["action"][:6], moved, atol=1e-6)
    assert findings(out, source) == []


def test_a_step_that_stands_for_two_needs_both_in_range(source, ids, tmp_path):
    file = json_file(tmp_path / "keep.json", {ids[2]: [[0, 3], [4, 8]], ids[0]: [[0, 6]]})
    out = tmp_path / "out"
    convert(source, out, recipe=rules("{every: 2}"), keep_ranges=file)
    assert [t for e, t in samples(out) if e == ids[2]] == [0, 4, 6]
    assert [t for e, t in samples(out) if e == ids[0]] == [
        0,
        2,
        4,
    ]  # 4 stands for itself alone: 5 has no action
    assert findings(out, source) == []


def test_a_measured_split_is_chosen_from_too(source, tmp_path):
    train = convert(source, tmp_path / "train", recipe=rules("{length: {max: 9}}"))
    val = convert(source, tmp_path / "val", recipe=rules("{length: {max: 9}}"), split="val", measured="train")
    assert val["contract"] == train["contract"]


def test_what_is_emptied_is_named(source, raw, tmp_path):
    texts = {e.steps["language_instruction"][-1]: number for number, e in raw.values() if number != EMPTY}
    gone = [text for text in texts if text.startswith("p")]
    said = remarks(source, tmp_path / "out", recipe=rules("{instruction: {drop: '^p'}}"))
    assert len(said) == 1
    assert said[0].startswith(f"Nothing is left of {len(gone)} of {len(texts)} instructions: ")
    assert all(f'"{text}"' in said[0] for text in gone)
    assert remarks(source, tmp_path / "out", recipe=rules("{idle: {longest: 1000}}")) == ()


def test_names_that_are_no_episode_s_are_told(source, ids, tmp_path):
    file = json_file(
        tmp_path / "keep.json", {**{name: [[0, 99]] for name in ids.values()}, "train-9": [[0, 1]]}
    )
    said = remarks(source, tmp_path / "out", recipe=rules(), keep_ranges=file)
    assert said == (f"{file}: of its 7 names 1 belong to no episode that was read: train-9.",)


def test_nothing_left_says_which_rule_took_it(source, tmp_path):
    file = json_file(tmp_path / "keep.json", {"train-9": [[0, 1]]})
    with pytest.raises(NoSteps, match=r"6 filtered \(keep_ranges\)"):
        convert(source, tmp_path / "out", recipe=rules(), keep_ranges=file)


def test_other_choices_are_another_run(source, ids, tmp_path):
    files = [json_file(tmp_path / f"{n}.json", {ids[2]: [[0, n]]}) for n in (3, 4)]
    settings = {"spec": vladata.schema("bridge_dataset"), "recipe": rules()}
    with begin(Settings(str(source), str(tmp_path / "out"), **settings, keep_ranges=files[0])):
        pass
    with pytest.raises(PlanDiffers, match="keep_ranges: "):
        begin(Settings(str(source), str(tmp_path / "out"), **settings, keep_ranges=files[1]))
    with begin(Settings(str(source), str(tmp_path / "out"), **settings, keep_ranges=files[0])) as run:
        run.convert_here()
        run.commit()
    assert samples(tmp_path / "out") == [(ids[2], t) for t in range(3)]


def test_an_output_of_everything_has_no_such_files(everything):
    assert not {"keep_ranges.json", "errata.json"} & {file.name for file in everything.iterdir()}
    assert NOT_UTF8 not in {s["instruction"] for s in fit(everything).values()}
