"""A policy asks what a conversion wrote, byte for byte and pixel for pixel: a model that knows nothing else answers."""

import json
from contextlib import closing

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import vladata  # noqa: E402
from tests.consumer.policy.oracle import checkpoint, observations, oracle_of  # noqa: E402
from tests.conversion import convert  # noqa: E402
from tests.rlds_data import write_bridge_like  # noqa: E402
from vladata.consumer.policy.policy import Policy  # noqa: E402
from vladata.consumer.training.checkpoint import read_checkpoint  # noqa: E402
from vladata.spec import find  # noqa: E402
from vladata.spec.recipe import RecipeSpec  # noqa: E402

STATE = {"codec": "rt2", "bins": 256, "bounds": "quantiles"}
POINT = {"kind": "point", "prompt": "robot {instruction}", "target": "{point}"}
RECIPES = {
    "plain": {"action": {"prompt": "Q: what now to {instruction}? A:"}},
    "answers": {"action": {"prompt": "Instruction: {instruction}", "target": "Plan: {plan}. Action: {action}"}},
    "state": {"action": {"prompt": "{instruction}, State: {state};", "target": "Action: {action}|"}},
    "first": {
        "point": POINT,
        "action": {"cameras": [], "prompt": "robot {point} go {state}", "target": "{action}"},
    },
    "chunks": {"action": {"prompt": "{instruction}"}},
}  # fmt: skip
MORE = {
    "state": {"state": STATE, "instruction": {"case": "lower", "final_stop": "remove", "strip": True}},
    "first": {"state": STATE},
    "chunks": {"windows": {"history": 2, "chunk": 3, "tail": "repeat"}},
}


def recipe_of(name):
    plain = find.recipe("rt2-pali-x").model_dump(mode="json")
    plain |= {"tasks": RECIPES[name], **MORE.get(name, {})}
    return RecipeSpec.model_validate_json(json.dumps(plain))


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_bridge_like(tmp_path_factory.mktemp("asks"), 2, (6, 5), size=16)


@pytest.fixture(scope="module")
def notes(source, tmp_path_factory):
    """A plan and a point of every step."""
    file = tmp_path_factory.mktemp("notes") / "notes.jsonl"
    rows = [
        {"episode": f"train-00000-00000{e}", "start": t, "stop": t + 1, "field": field, "value": value}
        for e in range(2)
        for t in range(6 - e)
        for field, value in (("plan", f"go on, {e} and {t}"), ("point", [t + 1.0, 2.0 * e + 3]))
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return (str(file),)


@pytest.mark.parametrize("name", list(RECIPES))
def test_prompts_pictures_and_actions_are_those_of_the_conversion(name, source, notes, tmp_path):
    """An answer is known only to the very prompt and picture of a sample; and one batch gives what one by one gives."""
    out = tmp_path / "out"
    convert(source, out, recipe=recipe_of(name), annotations=notes if name in ("answers", "first") else ())
    oracle, samples = oracle_of(out)
    found = read_checkpoint(checkpoint(out, tmp_path / "run"))
    policy = Policy(oracle, found, found.robots[0], torch.device("cpu"))
    seen = observations(source, "bridge_dataset", history=2 if name == "chunks" else 1)
    asked = sorted({(episode, step) for episode, step, _ in samples})
    assert len(asked) > 6
    together = policy.act_many([seen[each] for each in asked])
    assert set(oracle.sizes) == {len(asked)}
    codec = vladata.open(out).codec
    for (episode, step), action in zip(asked, together, strict=True):
        alone = policy.act(seen[episode, step])
        assert np.array_equal(alone.actions, action.actions)
        assert (alone.texts, alone.tokens, alone.plan) == (action.texts, action.tokens, action.plan)
        for task, prompt in action.prompts.items():
            sample = samples[episode, step, task]
            assert (prompt, action.texts[task]) == (sample.prompt, sample.target)
        decoded = np.atleast_2d(codec.decode(samples[episode, step, "action"].bins))
        assert np.array_equal(action.actions, decoded[:, 1:])
        assert action.actions.dtype == np.float32
        assert action.ends.tolist() == (decoded[:, 0] >= 0.5).tolist()
        assert action.terminate == bool(action.ends[0])
    assert any(action.ends.any() for action in together)
    assert set(together[0].prompts) == set(RECIPES[name])
    plans = {
        "answers": "go on, 0 and 1",
        "first": samples[(*asked[0], "point")].target if name == "first" else "",
    }
    told = [action.plan for action in together]
    assert plans.get(name, "") in told


def test_pictures_that_were_made_smaller_go_the_same_way(source, tmp_path):
    """Within the loss of one JPEG: the recorded picture is one, what a camera gives is none."""
    plain = recipe_of("plain").model_dump(mode="json")
    plain["images"] |= {"size": [12, 16], "fit": "pad"}
    out = tmp_path / "out"
    convert(source, out, recipe=RecipeSpec.model_validate_json(json.dumps(plain)))
    found = read_checkpoint(checkpoint(out, tmp_path / "run"))
    policy = Policy(oracle_of(out)[0], found, found.robots[0], torch.device("cpu"))
    seen = observations(source, "bridge_dataset")
    with closing(vladata.load(out, 11, image_size=16, workers=0)) as loader:
        batch = next(iter(loader))
    for i, key in enumerate(zip(batch["episode"], batch["step"].tolist(), strict=True)):
        images = {"primary": seen[key].images["primary"][None]}
        (made, there) = policy._pictures.batch([images], None, 1)
        assert there.all()
        assert np.abs(made[0].astype(int) - batch["images"][i]).mean() < 4
        assert np.abs(made[0].astype(int) - batch["images"][i - 1]).mean() > 8  # another picture is farther
