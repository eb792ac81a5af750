"""Mixtures rendered again: robots as by their own conversion, pairs in other words, and what cannot be told apart refused."""

import pytest

import vladata
from tests.conversion import convert
from tests.loaders.again import rules
from tests.loaders.columns import columns_of
from tests.mix.made import mix, mixture, virtual, web
from tests.rlds_data import write_bridge_like
from vladata.errors import UsageError
from vladata.loaders.rendering.rerender import Rerender
from vladata.spec import find

WORDS = {
    "caption": "Describe it in {language}:",
    "vqa": {"prompt": "{question} Answer:", "target": "It is {answer}"},
}


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mixed")
    source = write_bridge_like(folder, 4, (9, 6), size=16)
    for name in ("rt2-pali-x", "rt2-palm-e", "rt1"):
        convert(source, folder / name, recipe=find.recipe(name))
    return {"folder": folder, "robots": folder / "rt2-pali-x", "pairs": web(folder / "web", "blocks", 12)}


@pytest.fixture(scope="module", params=[mix, virtual], ids=["materialised", "virtual"])
def mixed(request, places):
    out = places["folder"] / request.param.__name__
    spec = mixture({"robots": 1, "pairs": 1})
    request.param(spec, out, {name: places[name] for name in ("robots", "pairs")})
    return vladata.open(out)


def test_robots_and_pairs(mixed, places):
    samples = list(mixed)
    asked = rules(web=WORDS, action={"codec": "rt1"})
    converted = vladata.open(convert_as(places, asked))
    again = Rerender(mixed, asked)
    found = again.columns(columns_of(samples))
    of_step = {(sample.episode, sample.step): sample for sample in converted}
    for i, sample in enumerate(samples):
        if sample.contract:
            other = of_step[sample.episode, sample.step]
            wanted = (other.prompt, other.target, other.contract)
        elif sample.task == "caption":
            wanted = ("Describe it in EN:", sample.target, "")
        else:
            wanted = (f"{sample.instruction} Answer:", f"It is {sample.target}", "")
        assert (found["prompt"][i], found["target"][i], found["contract"][i]) == wanted
        assert (found["bins"][i] >= 0).any() == bool(sample.contract)
    assert {sample.task for sample in samples} == {"action", "caption", "vqa"}
    assert again.contracts == converted.contracts


def convert_as(places, asked):
    out = places["folder"] / "asked"
    if not out.exists():
        convert(places["folder"] / "bridge_dataset" / "1.0.0", out, recipe=asked)
    return out


def test_one_source_alone(mixed):
    batch = columns_of(list(mixed))
    found = Rerender(mixed, {"robots": rules(tasks={"action": {"prompt": "{instruction}!"}})}).columns(batch)
    for i, task in enumerate(batch["task"]):
        wanted = f"{batch['instruction'][i]}!" if task == "action" else batch["prompt"][i]
        assert (found["prompt"][i], found["target"][i]) == (wanted, batch["target"][i])


def test_pairs_that_hold_too_little(mixed, places):
    asked = rules(web={"ocr": "{question} in {language}", "interleaved": "So: {question}"})
    again = Rerender(mixed, asked)
    assert again.untouched == {
        "pairs, ocr": "its stored words do not hold {question}",
        "pairs, interleaved": "earlier turns or texts are not in a sample",
    }
    for samples, recipe in ((mixed, {"pairs": asked}), (vladata.open(places["pairs"]), asked)):
        with pytest.raises(
            UsageError, match="pairs of task ocr cannot be worded anew: its stored words do not hold"
        ):
            Rerender(samples, recipe)
    asked = rules(web={"answers": "weighted"})
    assert "a sample holds one answer" in Rerender(mixed, asked).untouched["pairs, vqa"]


@pytest.mark.parametrize("made", [mix, virtual])
def test_sources_that_look_the_same(made, places, tmp_path):
    spec = mixture({"here": 1, "there": 1})
    made(spec, tmp_path / "out", {"here": places["robots"], "there": places["robots"]})
    for asked in ("rt2-palm-e", {"here": "rt2-palm-e"}, {"there": "rt2-palm-e"}):
        with pytest.raises(
            UsageError, match="the samples of two sources of the mixture cannot be told apart"
        ):
            Rerender(vladata.open(tmp_path / "out"), asked)


def test_a_mixture_of_a_mixture(places, tmp_path):
    mix(mixture({"robots": 1, "pairs": 1}), tmp_path / "inner", {n: places[n] for n in ("robots", "pairs")})
    spec = mixture({"inner": 1, "other": 1})
    outer = {"inner": tmp_path / "inner", "other": places["folder"] / "rt1"}
    mix(spec, tmp_path / "out", outer)
    with pytest.raises(UsageError, match="since it is a materialised mixture itself"):
        Rerender(vladata.open(tmp_path / "out"), "rt2-palm-e")


def test_shares_are_not_dealt_in_a_materialised_mixture(mixed):
    dealt = rules(tasks={"action": {"share": 1}, "instruction": {"share": 1}})
    if mixed.manifest.format is None:
        assert set(Rerender(mixed, dealt).columns(columns_of(list(mixed[:40])))["task"]) >= {
            "action",
            "instruction",
        }
    else:
        with pytest.raises(UsageError, match="shares are dealt by counting all samples of a dataset"):
            Rerender(mixed, dealt)
