"""A policy asks what its model was taught, to the byte, and refuses what it was not."""

import numpy as np
import pytest

pytest.importorskip("torch")

import vladata
from tests.consumer.policy.conftest import RECIPES
from vladata.consumer.policy.observation import Observation
from vladata.consumer.policy.questions import questions_of
from vladata.errors import ContractMismatch, MissingFile, UnknownName, UsageError


@pytest.fixture(scope="module")
def policies(runs):
    return {recipe: vladata.policy(run) for recipe, run in runs.items()}


def seen(sample, picture=None):
    """The observation of a stored step."""
    image = np.zeros((48, 48, 3), np.uint8) if picture is None else picture
    return Observation({"primary": image}, sample.instruction, np.array(sample.state, np.float32))


@pytest.mark.parametrize("recipe", RECIPES)
def test_prompts_are_those_of_the_conversion(recipe, converted, policies):
    """Every stored prompt, where the model's own answer does not stand in it; and there with the stored answer in its place."""
    policy, asked = policies[recipe], 0
    for sample in vladata.open(converted[recipe]):
        question = next(each for each in policy.questions if each.task == sample.task)
        words = policy._words(seen(sample))
        if "{point}" in question.prompt:
            words["point"] = " ".join(sample.prompt.split()[1:3])
        assert question.asked(words) == sample.prompt
        asked += 1
    assert asked > 60


def test_a_plan_is_asked_for_first(policies):
    assert [each.task for each in policies["two_queries"].questions] == ["point", "action"]
    assert [each.task for each in policies["one_query"].questions] == ["action"]


@pytest.mark.parametrize("recipe", RECIPES)
def test_an_answer_is_an_action(recipe, converted, policies):
    rng = np.random.default_rng(0)
    samples = [vladata.open(converted[recipe])[i] for i in range(0, 60, 6)]
    observations = [seen(each, rng.integers(0, 256, (48, 48, 3), np.uint8)) for each in samples]
    actions = policies[recipe].act_many(observations)
    for action in actions:
        assert action.actions.shape == (1, 2)
        assert action.actions.dtype == np.float32
        assert np.abs(action.actions).max() <= np.float32(0.16)
        assert isinstance(action.terminate, bool)
        assert action.names == ("dx", "dy")
        numbers = action.texts["action"].split()[-3:]
        assert action.terminate == (numbers[0] == "0")
        assert action.actions[0] == pytest.approx([int(n) / 255 * 0.32 - 0.16 for n in numbers[1:]], abs=1e-6)
    if recipe != "action_alone":
        assert all(len(action.plan.split()) == 2 for action in actions)
    if recipe == "two_queries":
        assert all(action.prompts["action"].startswith(f"robot {action.plan} go ") for action in actions)


@pytest.mark.parametrize("recipe", RECIPES)
def test_many_are_what_each_is_alone(recipe, converted, policies):
    rng = np.random.default_rng(1)
    samples = [vladata.open(converted[recipe])[i] for i in (3, 30, 50)]
    observations = [seen(each, rng.integers(0, 256, (48, 48, 3), np.uint8)) for each in samples]
    together = policies[recipe].act_many(observations)
    for one, observation in zip(together, observations, strict=True):
        alone = policies[recipe].act(observation)
        assert alone.texts == one.texts
        assert alone.actions.tolist() == one.actions.tolist()


def test_pictures_are_those_of_training(converted, policies):
    """The stored picture, given as pixels, comes out as loading gives it, but for one JPEG."""
    batch = next(iter(vladata.load(converted["action_alone"], 16, shuffle=False)))
    pictures = policies["action_alone"]._pictures
    made, there = pictures.batch([{"primary": image[0]} for image in batch["images"]], None, None)
    assert there.all()
    assert made.tolist() == batch["images"].tolist()


IMAGE = np.zeros((48, 48, 3), np.uint8)
STATE = np.array([0.5, 0.5], np.float32)
WRONG = {
    "another camera": ({"front": IMAGE}, "go", STATE, ContractMismatch, "other cameras"),
    "one camera more": ({"primary": IMAGE, "wrist": IMAGE}, "go", STATE, ContractMismatch, "other cameras"),
    "levels from 0 to 1": ({"primary": IMAGE / 255}, "go", STATE, UsageError, "another type"),
    "channels first": ({"primary": IMAGE.transpose(2, 0, 1)}, "go", STATE, UsageError, "another shape"),
    "grey": ({"primary": IMAGE[..., 0]}, "go", STATE, UsageError, "another shape"),
    "two frames": ({"primary": np.stack([IMAGE, IMAGE])}, "go", STATE, ContractMismatch, "number of frames"),
    "no words": ({"primary": IMAGE}, "  ", STATE, UsageError, "no instruction"),
    "no text": ({"primary": IMAGE}, None, STATE, UsageError, "no instruction"),
    "no state": ({"primary": IMAGE}, "go", None, UsageError, "the observation has none"),
    "a longer state": ({"primary": IMAGE}, "go", np.zeros(7), ContractMismatch, "the state is another"),
    "a state that is none": ({"primary": IMAGE}, "go", np.array([0, np.nan]), UsageError, "not finite"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_fit_is_refused_with_the_difference(name, policies):
    images, instruction, state, error, says = WRONG[name]
    with pytest.raises(error, match=says):
        policies["one_query"].act(Observation(images, instruction, state))


def test_which_checkpoint(runs, tmp_path):
    with pytest.raises(MissingFile, match="there is no checkpoint"):
        vladata.policy(tmp_path)
    with pytest.raises(UnknownName, match='"bridge"'):
        vladata.policy(runs["one_query"], dataset="bridge")
    assert vladata.policy(runs["one_query"], dataset="shapes").names == ("dx", "dy")


def test_a_recipe_that_cannot_be_asked():
    recipe = vladata.recipe("ecot")
    with pytest.raises(UsageError, match="neither an observation nor another task says"):
        questions_of(
            recipe.model_copy(update={"tasks": {"action": task_of("{note_objects}", "{action}")}}), "recipe r"
        )


def task_of(prompt, target):
    """A task as a recipe has it."""
    from vladata.spec.read import validate_data
    from vladata.spec.recipe import RecipeSpec

    said = {
        "name": "r",
        "action": {"codec": "rt2", "bounds": "quantiles"},
        "images": {"cameras": ["primary"]},
    }
    made = validate_data(
        RecipeSpec,
        {**said, "tasks": {"action": {}, "x": {"kind": "action", "prompt": prompt, "target": target}}},
        "r",
    )
    return made.tasks["x"]
