"""Models of Hugging Face through the real trainer and policy: converted data, two steps, a checkpoint, an action."""

import json
import os

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("peft")

import vladata  # noqa: E402
from tests.consumer.models import families  # noqa: E402
from tests.conversion import convert  # noqa: E402
from tests.rlds_data import write_bridge_like  # noqa: E402
from vladata.consumer.policy.observation import Observation  # noqa: E402
from vladata.consumer.training.checkpoint import read_checkpoint  # noqa: E402
from vladata.consumer.training.run import train  # noqa: E402
from vladata.errors import UsageError  # noqa: E402
from vladata.spec import find  # noqa: E402
from vladata.spec.training import TrainingSpec  # noqa: E402
from vladata.vocabularies.counts import counts_of  # noqa: E402
from vladata.vocabularies.demand import demand_of  # noqa: E402
from vladata.vocabularies.file import encoded  # noqa: E402
from vladata.vocabularies.overwrite_least_used import overwrite_least_used  # noqa: E402
from vladata.vocabularies.tokenizer import open_tokenizer  # noqa: E402

LORA = {"rank": 4, "alpha": 8.0}
RECIPES = {"rt2": "rt2-pali-x", "vla0": "vla0", "overwrite": "rt2-pali-x"}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Codec -> a converted robot, its pictures as stored 32 x 32."""
    folder = tmp_path_factory.mktemp("acted")
    source = write_bridge_like(folder, episodes=2, steps=(5, 7), size=families.processors.SIDE)
    for name in ("rt2-pali-x", "vla0"):
        found = find.recipe(name)
        images = found.images.model_copy(update={"size": None})
        convert(source, folder / name, recipe=found.model_copy(update={"images": images}))
    return folder


@pytest.fixture
def config(data, tmp_path):
    def made(path, spelled="rt2", lora=None, **changes):
        out = data / RECIPES[spelled]
        plain = {
            "name": "few",
            "data": {"path": str(out), "batch_size": 3, "image_size": families.processors.SIDE, "workers": 0},
            "model": {"kind": "hugging_face", "path": str(path), "lora": lora},
            "optimizer": {"learning_rate": 0.01},
            "schedule": {"steps": 2},
            "checkpoint": {"every": 1},
            "log": {"every": 1, "tensorboard": False},
            "threads": 1,
        }
        if spelled == "overwrite":
            plain["vocabulary"] = str(vocabulary(path, out, tmp_path / "vocabulary.json"))
        return TrainingSpec.model_validate_json(json.dumps(plain | changes))

    return made


def vocabulary(path, out, file):
    """Bins on the ids that the texts of an output use least."""
    dataset = vladata.open(out)
    tokenizer = open_tokenizer(path)
    texts = (text for sample in dataset for text in (sample.prompt, sample.target))
    made = overwrite_least_used(demand_of(dataset.codec), tokenizer, counts=counts_of(tokenizer, texts))
    file.write_bytes(encoded(made))
    return file


def seen(count=2):
    rng = np.random.default_rng(4)
    side = families.processors.SIDE
    return [
        Observation({"primary": rng.integers(0, 256, (side, side, 3)).astype(np.uint8)}, text)
        for text in ("put the spoon on the towel", "open")[:count]
    ]


def equal(one, other):
    assert one.texts == other.texts
    assert one.tokens == other.tokens
    np.testing.assert_array_equal(one.actions, other.actions)


EVERY = [
    (name, spelled, lora)
    for name in ("paligemma", "smolvlm", "qwen2_vl")
    for spelled, lora in (("rt2", None), ("vla0", LORA), ("overwrite", LORA))
    if os.environ.get("VLADATA_FUZZ") == "all" or name == "paligemma" or spelled != "vla0"
] + [("qwen2_5_vl", "overwrite", None)]
"""Long targets take their time: those of every family in `make fuzz`."""


@pytest.mark.parametrize(("name", "spelled", "lora"), EVERY)
def test_learnt_saved_and_acted(name, spelled, lora, known, config, tmp_path):
    spec = config(known[name], spelled, lora)
    result = train(spec, tmp_path / "out")
    assert (result.step, len(result.metrics) > 0) == (2, True)
    together = vladata.policy(tmp_path / "out").act_many(seen())
    for action in together:
        assert action.actions.shape == ((8, 7) if spelled == "vla0" else (1, 7))
        assert np.isfinite(action.actions).all()
    held = read_checkpoint(tmp_path / "out").vocabulary
    if spelled == "overwrite":
        said = together[0].tokens["action"]
        codec = vladata.open(spec.data.path).codec
        assert codec.text(held.bins(said)) == together[0].texts["action"]
    else:
        assert held is None
    # Loaded again, and asked alone: the shorter prompt, which was filled up before.
    equal(vladata.policy(tmp_path / "out").act(seen()[1]), together[1])


@pytest.mark.parametrize("lora", [None, LORA])
def test_a_run_that_was_stopped_goes_on_to_the_same_weights(lora, known, config, tmp_path):
    spec = config(known["smolvlm"], lora=lora, schedule={"steps": 3})
    train(spec, tmp_path / "whole")
    train(spec, tmp_path / "stopped")
    last = read_checkpoint(tmp_path / "stopped").folder
    for file in sorted(last.rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    last.rmdir()
    again = train(spec, tmp_path / "stopped")
    assert (again.began, again.step) == (2, 3)
    from safetensors.torch import load_file

    (mine, its) = (
        load_file(next((read_checkpoint(tmp_path / out).model_folder / "weights").glob("*.safetensors")))
        for out in ("stopped", "whole")
    )
    assert mine.keys() == its.keys()
    assert all(torch.equal(mine[name], its[name]) for name in its)


def test_start_of_a_config(known, config, tmp_path):
    still = {"optimizer": {"learning_rate": 1e-30, "weight_decay": 0.0}, "schedule": {"steps": 1}}
    first = train(config(known["smolvlm"]), tmp_path / "first")
    train(config(known["smolvlm"], lora=LORA, start=str(first.out), **still), tmp_path / "second")
    equal(vladata.policy(tmp_path / "second").act(seen()[0]), vladata.policy(first.out).act(seen()[0]))
    described = json.loads((read_checkpoint(tmp_path / "second").model_folder / "backbone.json").read_text())
    assert described["path"] == str(first.checkpoint / "model" / "weights")
    changed = config(known["smolvlm"], lora={"rank": 2}, start=str(tmp_path / "second"))
    with pytest.raises(UsageError, match="has another adapter"):
        train(changed, tmp_path / "third")
