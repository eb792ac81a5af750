"""The words of prompts are no part of the action contract: they have a digest of their own."""

import pytest

import vladata
from tests.conversion import asked, convert
from tests.mix.made import mix, mixture
from tests.rlds_data import write_bridge_like
from tests.robot.test_rederive import forged, with_fields
from vladata import keys
from vladata.runs.verify import verify
from vladata.shards.storage import open_output


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_bridge_like(tmp_path_factory.mktemp("prompts"), 3, (6, 4))


def worded(**words):
    return asked({"action": words})


@pytest.fixture(scope="module")
def outs(source, tmp_path_factory):
    folder = tmp_path_factory.mktemp("worded")
    convert(source, folder / "plain")
    convert(
        source, folder / "comma", recipe=worded(prompt="Q: {instruction}, A:", target="Action: {action}.")
    )
    return folder / "plain", folder / "comma"


def test_another_comma_is_the_same_contract(outs):
    plain, comma = (vladata.open(out) for out in outs)
    assert plain.contract == comma.contract
    assert {sample.fields["contract"] for sample in (*plain, *comma)} == {plain.contract["digest"]}
    assert not {"prompt", "target", "instruction"} & set(plain.contract)


def test_the_manifest_has_the_words_and_their_digest(outs):
    action = {"kind": "action", "prompts": ["Q: {instruction}, A:"], "target": "Action: {action}."}
    words = {
        "tasks": {"action": action},
        "instruction": {"strip": True, "case": "keep", "final_stop": "keep"},
    }
    found = vladata.open(outs[1]).manifest.as_json()["prompts"]
    assert found == {**words, "digest": keys.digest(words)}
    assert found["digest"] != vladata.open(outs[0]).manifest.as_json()["prompts"]["digest"]


@pytest.fixture(scope="module")
def mixed(source, tmp_path_factory):
    """Two datasets of one contract and other words, materialised together."""
    folder = tmp_path_factory.mktemp("mixed")
    twin = write_bridge_like(folder, 3, (6, 4), name="twin")
    convert(source, folder / "one")
    convert(twin, folder / "two", recipe=worded(target="Action: {action}."))
    mix(mixture({"one": 1, "two": 1}), folder / "out", {"one": folder / "one", "two": folder / "two"})
    return folder / "out"


def test_a_mixture_has_one_contract_and_the_words_of_both(mixed):
    (entry,) = vladata.open(mixed).manifest.as_json()["contracts"].values()
    assert [words["tasks"]["action"]["target"] for words in entry["prompts"]] == [
        "{action}",
        "Action: {action}.",
    ]
    assert findings(mixed) == []
    starts = {sample.fields["target"][:8] == "Action: " for sample in vladata.open(mixed)}
    assert starts == {True, False}


def findings(out):
    return [str(finding) for finding in verify(open_output(str(out)))]


def test_verify_takes_the_words_off_the_target(source, tmp_path):
    convert(source, tmp_path / "out", recipe=worded(target="Action: {action}."), order="source")
    assert findings(tmp_path / "out") == []
    forged(tmp_path / "out", lambda samples: [bare(samples[0]), *samples[1:]])
    (said,) = findings(tmp_path / "out")
    assert "the target does not spell the bins 1 " in said


def bare(sample):
    return with_fields(sample, target=sample.fields["target"].removeprefix("Action: ").removesuffix("."))
