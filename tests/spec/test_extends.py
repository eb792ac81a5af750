import json
from importlib.resources import files

import pytest

from vladata.errors import SpecError
from vladata.spec.find import recipe

MINE = """
name: mine
extends: rt2-pali-x
action: {bins: 128}
images: {size: 224}
tasks:
  action: {loss_weight: 2.0}
  instruction:
"""
WRITTEN_OUT = """
name: mine
tasks:
  action:
    prompt: "Q: what action should the robot take to {instruction}? A:"
    target: "{action}"
    loss_weight: 2.0
  instruction:
action: {codec: rt2, bins: 128, bounds: quantiles}
images: {cameras: [primary], size: 224}
"""


@pytest.fixture
def write(tmp_path):
    def written(name, text):
        (tmp_path / f"{name}.yaml").write_text(text)
        return str(tmp_path / f"{name}.yaml")

    return written


def said(path):
    with pytest.raises(SpecError) as caught:
        recipe(path)
    return [(problem.line, problem.path, problem.says) for problem in caught.value.problems]


def test_what_extends_is_what_is_written_out(write):
    found, written = recipe(write("mine", MINE)), recipe(write("whole", WRITTEN_OUT))
    assert found == written
    assert found.model_dump_json() == written.model_dump_json()  # so manifests and digests are equal


def test_a_base_may_be_a_file_beside_it_that_extends_too(write):
    write("mine", MINE)
    found = recipe(write("two", "name: two\nextends: ./mine.yaml\nwindows: {chunk: 4, tail: repeat}\n"))
    assert (found.name, found.windows.chunk, found.action.bins, found.images.size) == ("two", 4, 128, 224)


def test_another_codec_takes_none_of_the_settings(write):
    found = recipe(write("mine", "name: mine\nextends: rt2-pali-x\naction: {codec: rt1}\n"))
    assert found.action == recipe("rt1").action


def test_another_kind_of_task_takes_none_of_the_words(write):
    text = "name: mine\nextends: rt2-cot\ntasks: {action: {kind: instruction}}\n"
    assert recipe(write("mine", text)).tasks["action"].target == "{instruction}"


def test_a_task_of_the_base_is_left_out(write):
    write("mine", MINE)
    text = "name: two\nextends: ./mine.yaml\ntasks: {action: false, instruction: {loss_weight: 2.0}}\n"
    found = recipe(write("two", text))
    assert (list(found.tasks), found.tasks["instruction"].loss_weight) == (["instruction"], 2.0)


def test_a_task_that_the_base_lacks_cannot_be_left_out(write):
    ((line, path, _),) = said(write("mine", "name: mine\nextends: rt2-pali-x\ntasks:\n  plan: false\n"))
    assert (line, path) == (4, "tasks.plan")


def test_what_stands_deeper_is_replaced(write):
    write("base", "name: base\ntasks: {action: {}}\naction: {codec: rt2, bounds: {quantiles: [0.1, 0.9]}}\n")
    bounds = "{low: [0, 0], high: [1, 1]}"
    found = recipe(write("mine", f"name: mine\nextends: ./base.yaml\naction: {{bounds: {bounds}}}\n"))
    assert found.action.bounds.high == (1.0, 1.0)


def test_a_name_of_its_own_is_needed(write):
    assert said(write("mine", "extends: rt2-pali-x\n")) == [(1, "name", "is missing")]


def test_mistakes_are_told_at_their_lines(write):
    text = "name: mine\nextends: rt2-pali-x\nimages: {sise: 3}\ncodec: fast\nstate: {codec: rt2}\n"
    assert [(line, path) for line, path, _ in said(write("mine", text))] == [
        (3, "images.sise"),
        (4, "codec"),
        (5, "state"),
    ]


def test_what_does_not_fit_the_base_is_told_at_extends(write):
    """The base has tasks without shares."""
    found = said(write("mine", "name: mine\nextends: rt2-pali-x\n\ntasks: {state: {share: 1}}\n"))
    assert found[0] == (
        2,
        "tasks.action.share",
        "is missing, and other tasks have one; give all of them shares, or none",
    )


def test_an_unknown_base_offers_the_nearest(write):
    ((line, path, text),) = said(write("mine", "name: mine\nextends: rt2-pali\n"))
    assert (line, path) == (2, "extends")
    assert text.startswith('there is no recipe "rt2-pali". Did you mean "rt2-pali-x"?')


def test_a_base_that_is_not_there(write):
    ((_, path, text),) = said(write("mine", "name: mine\nextends: ./nosuch.yaml\n"))
    assert path == "extends"
    assert "nosuch.yaml: there is no recipe file at this path" in text


@pytest.mark.parametrize("value", ["3", "[rt1]", "''", "null"])
def test_a_base_is_a_name(write, value):
    (problem,) = said(write("mine", f"name: mine\nextends: {value}\n"))
    assert problem == (2, "extends", "is not text; allowed: the name of a recipe, or the path of one")


def test_a_circle_is_an_error(write):
    write("one", "name: one\nextends: ./two.yaml\n")
    ((_, path, text),) = said(write("two", "name: two\nextends: ./one.yaml\n"))
    assert path == "extends"
    assert text.startswith("leads back to the recipe itself: ")
    assert text.count(" -> ") == 2


def test_a_wrong_base_is_told_by_its_own_name(write):
    write("base", "name: base\ntasks: {action: {}}\naction: {codec: rt3}\n")
    with pytest.raises(SpecError, match=r"base\.yaml: 1 problem\n  line 3    action.codec"):
        recipe(write("mine", "name: mine\nextends: ./base.yaml\n"))


def test_the_shortest_recipe(write):
    found = recipe(write("mine", "name: mine\ntasks: {action: {}}\naction: {codec: rt2}\n"))
    assert (found.action.bounds, found.images.cameras) == ("quantiles", ("primary",))
    shortest = recipe(write("less", "name: less\nextends: rt2-pali-x\n"))
    assert shortest.model_copy(update={"name": "rt2-pali-x"}) == recipe("rt2-pali-x")


def test_editors_take_a_recipe_that_extends(write):
    shape = json.loads((files("vladata.schemas") / "jsonschema" / "recipe.json").read_text("utf-8"))
    assert shape["if"] == {"required": ["extends"]}
    assert shape["then"]["required"] == ["name", "extends"]
    assert shape["else"]["required"] == ["name", "tasks", "action"]
    assert set(shape["then"]["properties"]) == {"extends", *shape["else"]["properties"]}
