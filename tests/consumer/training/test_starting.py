"""What training begins with: the weights of a checkpoint, under the config's own settings, or its encoder of pictures alone."""

import pytest

torch = pytest.importorskip("torch")

from vladata.consumer.models.load import load_backbone  # noqa: E402
from vladata.consumer.training.checkpoint import read_checkpoint  # noqa: E402
from vladata.consumer.training.run import train  # noqa: E402
from vladata.errors import OutputError  # noqa: E402


@pytest.fixture
def first(config, tmp_path):
    """A run's folder."""
    train(config(), tmp_path / "first")
    return tmp_path / "first"


def weights(run):
    return load_backbone(read_checkpoint(run).model_folder).module.state_dict()


def changed(before, after):
    """Which parts of the model have other weights."""
    return {name.split(".")[0] for name, weight in before.items() if not torch.equal(weight, after[name])}


def test_a_frozen_encoder_stays_what_it_was(config, first, tmp_path):
    train(config(start=str(first), model__frozen_vision=True), tmp_path / "next")
    parts = changed(weights(first), weights(tmp_path / "next"))
    assert "encoder" not in parts
    assert {"embedding", "blocks", "head"} <= parts
    train(config(start=str(first)), tmp_path / "other")
    assert "encoder" in changed(weights(first), weights(tmp_path / "other"))


def test_another_shape_is_refused(config, first, tmp_path):
    with pytest.raises(OutputError, match="the weights do not fit the model"):
        train(config(start=str(first), model__width=24), tmp_path / "next")


def test_the_encoder_alone(config, first, tmp_path):
    vision = {"model__vision_from": str(first), "model__frozen_vision": True}
    train(config(seed=5, **vision), tmp_path / "eyes")
    train(config(seed=5), tmp_path / "nothing")
    parts = changed(weights(first), weights(tmp_path / "eyes"))
    assert "encoder" not in parts
    assert "embedding" in parts
    assert "encoder" in changed(weights(first), weights(tmp_path / "nothing"))


def test_an_encoder_and_all_weights_are_not_taken_together(config, first):
    with pytest.raises(ValueError, match="is not used together with start"):
        config(start=str(first), model__vision_from=str(first))
