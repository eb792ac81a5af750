"""The small model: what sees what, keys and values that are kept, and what is saved."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from vladata.consumer.models.tiny.backbone import TinyBackbone  # noqa: E402
from vladata.consumer.models.tiny.settings import TinySettings, settings_of  # noqa: E402
from vladata.consumer.models.tiny.words import words_of  # noqa: E402
from vladata.errors import MalformedJson, MissingFile, OutputError, UsageError  # noqa: E402

WORDS = words_of(["where is red circle move to x y go"])
PROMPTS = ["where is red circle", "red", "move to circle 1 2 3", "go"]
TARGETS = ["12 200", "x y go 4 5 6 7", "0", "255 255"]
THERE = np.array([[1, 1], [0, 0], [0, 1], [1, 0]], bool)  # two pictures a row at most
SMALL = TinySettings(
    image_size=16, pictures=2, vision_width=16, width=32, longest_prompt=16, longest_target=16
)


def moved(settings=SMALL):
    """A model whose every weight counts: a fresh one has convolutions that are zeros."""
    made = TinyBackbone(settings, WORDS, seed=1)
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for weight in made.module.parameters():
            weight.add_(0.2 * torch.randn(weight.shape, generator=generator))
    return made


def batch_of(backbone, prompts=PROMPTS, targets=TARGETS, there=THERE, seed=3):
    many, side = len(prompts), backbone.settings.image_size
    rng = np.random.default_rng(seed)
    batch = {
        "key": [str(i) for i in range(many)],
        "contract": [""] * many,
        "prompt": prompts,
        "target": targets,
        "loss_weight": np.ones(many, np.float32),
        "images": rng.integers(0, 256, (many, 2, 1, side, side, 3)).astype(np.uint8),
        "image_mask": there[:, :, None],
    }
    return batch


def tensors(found):
    return {name: torch.from_numpy(value) for name, value in found.items() if isinstance(value, np.ndarray)}


def trained(backbone, **changed):
    return tensors(backbone.collator()(batch_of(backbone, **changed)))


def rolled(batch):
    """The same batch, filled up on the left."""
    out = dict(batch)
    for name in ("input_ids", "attention_mask", "prompt_mask", "labels"):
        free = (batch["attention_mask"] == 0).sum(1).tolist()
        out[name] = torch.stack([row.roll(by) for row, by in zip(batch[name], free, strict=True)])
    return out


def test_it_is_small():
    many = sum(weight.numel() for weight in TinyBackbone(TinySettings(), WORDS).module.parameters())
    assert 300_000 < many < 1_000_000


def test_padding_on_either_side_gives_equal_logits():
    backbone = moved()
    right = trained(backbone)
    left = rolled(right)
    assert not torch.equal(left["input_ids"], right["input_ids"])
    a, b = backbone.logits(right), backbone.logits(left)
    assert torch.allclose(a[right["attention_mask"] == 1], b[left["attention_mask"] == 1], atol=1e-5)


def test_a_row_alone_is_the_row_in_a_batch():
    backbone = moved()
    together, mask = backbone.logits(trained(backbone)), trained(backbone)["attention_mask"] == 1
    whole = batch_of(backbone)
    for i in range(len(PROMPTS)):
        one = {name: column[i : i + 1] for name, column in whole.items()}
        alone = backbone.logits(tensors(backbone.collator()(one)))[0]
        assert torch.allclose(together[i][mask[i]], alone, atol=1e-5)


def test_a_target_sees_what_is_before_it_and_a_prompt_all_of_itself():
    backbone = moved()
    batch = trained(backbone, prompts=["red circle go"], targets=["1 2 3"], there=THERE[:1])
    before = backbone.logits(batch)[0]  # red circle go <answer> 1 2 3 <end>
    changes = {}
    for at in range(8):
        ids = batch["input_ids"].clone()
        ids[0, at] = 100
        after = backbone.logits({**batch, "input_ids": ids})[0]
        changes[at] = ((after - before).abs().amax(1) > 1e-6).nonzero()[:, 0].tolist()
    assert changes == {
        **{at: list(range(8)) for at in range(4)},
        4: [4, 5, 6, 7],
        5: [5, 6, 7],
        6: [6, 7],
        7: [7],
    }


def test_rows_without_pictures_skip_the_encoder():
    backbone, seen = moved(), []
    batch = trained(backbone)
    backbone.module.encoder.register_forward_hook(lambda module, given, made: seen.append(len(given[0])))
    before = backbone.logits(batch)
    assert sum(seen) == 4  # 2 + 0 + 1 + 1
    other = {**batch, "pixel_values": 255 - batch["pixel_values"]}
    after = backbone.logits(other)
    changed = [not torch.equal(a, b) for a, b in zip(before, after, strict=True)]
    assert changed == [True, False, True, True]
    absent = torch.where(batch["image_mask"][..., None, None, None], batch["pixel_values"], 77)
    assert torch.equal(backbone.logits({**batch, "pixel_values": absent}), before)
    seen.clear()
    none = {**batch, "image_mask": torch.zeros_like(batch["image_mask"])}
    bare = {name: value for name, value in batch.items() if name not in ("pixel_values", "image_mask")}
    assert torch.equal(backbone.logits(none), backbone.logits(bare))
    assert seen == []


def test_first_and_second_picture_are_told_apart():
    backbone = moved()
    batch = trained(backbone, there=np.ones((4, 2), bool))
    swapped = {**batch, "pixel_values": batch["pixel_values"].flip(1)}
    assert not torch.allclose(backbone.logits(batch), backbone.logits(swapped), atol=1e-3)


def test_kept_keys_and_values_give_what_the_whole_gives():
    backbone = moved()
    whole = trained(backbone)
    logits = backbone.logits(whole)
    starts = whole["prompt_mask"].sum(1)
    state_logits, state = backbone.begin(tensors(backbone.collator().for_inference(batch_of(backbone))))
    for step in range(7):  # targets that end before go on with what is not compared
        places = starts + step - 1
        for i, place in enumerate(places.tolist()):
            if place < int(whole["attention_mask"][i].sum()):
                assert torch.allclose(state_logits[i], logits[i, place], atol=1e-5), (step, i)
        said = whole["input_ids"].gather(1, (places + 1).clamp(max=logits.shape[1] - 1)[:, None])[:, 0]
        state_logits, state = backbone.extend(said, state)


def test_a_state_may_be_gone_on_from_twice():
    backbone = moved()
    _, state = backbone.begin(tensors(backbone.collator().for_inference(batch_of(backbone))))
    ids = torch.full((4,), 20)
    first = backbone.extend(ids, state)[0]
    backbone.extend(ids + 1, state)
    assert torch.equal(backbone.extend(ids, state)[0], first)


def test_prompts_filled_up_on_the_right_are_refused():
    backbone = moved()
    batch = tensors(backbone.collator().for_inference(batch_of(backbone)))
    with pytest.raises(UsageError, match="prompts must be padded on the left"):
        backbone.begin({**batch, "attention_mask": batch["attention_mask"].flip(1)})


def test_an_answer_without_end_is_refused():
    backbone = moved()
    _, state = backbone.begin(tensors(backbone.collator().for_inference(batch_of(backbone))))
    for _ in range(16):
        _, state = backbone.extend(torch.full((4,), 9), state)
    with pytest.raises(UsageError, match="the answer is longer than the model takes"):
        backbone.extend(torch.full((4,), 9), state)


def test_the_seed_alone_makes_the_weights():
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    a, b, c = (TinyBackbone(SMALL, WORDS, seed) for seed in (7, 7, 8))
    assert torch.equal(torch.random.get_rng_state(), before)
    same = [torch.equal(x, y) for x, y in zip(a.module.parameters(), b.module.parameters(), strict=True)]
    assert all(same)
    assert not torch.equal(a.module.embedding.weight, c.module.embedding.weight)


def test_numbers_start_alike_and_words_do_not():
    rows = TinyBackbone(TinySettings(), WORDS).module.embedding.weight.detach()
    cosine = torch.nn.functional.cosine_similarity
    near, far = cosine(rows[104], rows[105], dim=0), cosine(rows[104], rows[232], dim=0)
    assert near > 0.9
    assert near > far + 0.3
    assert abs(cosine(rows[260], rows[261], dim=0)) < 0.5


def test_where_attention_looks_is_said_from_the_first_step_on():
    network = TinyBackbone(TinySettings(), WORDS, seed=4).module
    place = torch.zeros(64)
    place[48:] = network.encoder.positions[12 * 4 + 7]  # row 4 and column 7 of 12 x 12
    value = network.keys(place[None, None])[1][0, :, 0]  # [heads, each]
    for block in network.blocks[1:]:
        out = block.seen.out.weight.unflatten(1, (4, 24))
        for head, wanted in enumerate((7.5 / 12, 4.5 / 12, 7.5 / 12, 4.5 / 12)):
            said = network.head.weight[4:260] @ (out[:, head, :8] @ value[head, :8])
            assert abs(said.argmax().item() / 255 - wanted) < 0.02


def test_saved_and_loaded(tmp_path):
    backbone = moved()
    backbone.save(tmp_path / "model")
    again = TinyBackbone.load(tmp_path / "model")
    assert (again.settings, again.tokens, again.image_size) == (SMALL, WORDS, (16, 16))
    batch = trained(backbone)
    assert torch.equal(again.logits(batch), backbone.logits(batch))
    assert json.loads((tmp_path / "model/backbone.json").read_text())["kind"] == "tiny"
    assert sorted(path.name for path in (tmp_path / "model").iterdir()) == [
        "backbone.json",
        "model.safetensors",
    ]


def test_what_cannot_be_loaded(tmp_path):
    backbone = moved()
    with pytest.raises(MissingFile, match=r"a file of a saved model is missing"):
        TinyBackbone.load(tmp_path)
    backbone.save(tmp_path)
    with pytest.raises(OutputError, match="the weights do not fit the model"):
        TinyBackbone.load(tmp_path, layers=2)
    (tmp_path / "model.safetensors").write_bytes(b"\x00" * 40)
    with pytest.raises(OutputError, match="the weights cannot be read"):
        TinyBackbone.load(tmp_path)
    (tmp_path / "backbone.json").write_text('{"kind": "tiny"}')
    with pytest.raises(MalformedJson, match="the file does not describe a small model"):
        TinyBackbone.load(tmp_path)


def test_a_frozen_encoder_gets_no_gradient(tmp_path):
    backbone = moved()
    backbone.save(tmp_path)
    frozen = TinyBackbone.load(tmp_path, frozen_vision=True)
    batch = trained(frozen)
    assert torch.equal(frozen.logits(batch), backbone.logits(batch))
    frozen.logits(batch).square().mean().backward()
    got = {name for name, weight in frozen.module.named_parameters() if weight.grad is not None}
    all_of = {name for name, _ in frozen.module.named_parameters()}
    assert all_of - got == {name for name in all_of if name.startswith("encoder.")}


def test_a_fourth_channel_that_is_added_changes_nothing_at_first(tmp_path):
    backbone = moved()
    backbone.save(tmp_path)
    with_channel = TinyBackbone.load(tmp_path, mask_channel=True)
    words = {"prompts": ["where is red circle", "red", "move to circle", "go"]}  # no number: nothing is drawn
    said = with_channel.logits(trained(with_channel, **words))
    assert torch.allclose(said, backbone.logits(trained(backbone, **words)), atol=1e-5)
    drawn = {"prompts": ["go 30 9"], "targets": ["x"], "there": THERE[:1]}
    with_channel.logits(trained(with_channel, **drawn)).square().mean().backward()
    gradient = with_channel.module.get_parameter("encoder.first.weight").grad
    assert gradient[:, 3].abs().sum() > 0


def test_the_encoder_of_another_model(tmp_path):
    other, backbone = moved(), TinyBackbone(SMALL, words_of(["red circle"]), seed=9)
    other.save(tmp_path)
    before = {name: weight.clone() for name, weight in backbone.module.state_dict().items()}
    backbone.see_as(tmp_path)
    theirs = other.module.state_dict()
    for name, weight in backbone.module.state_dict().items():
        wanted = theirs if name.startswith("encoder.") else before
        assert torch.equal(weight, wanted[name]), name
    assert not torch.equal(before["encoder.first.weight"], theirs["encoder.first.weight"])
    wider = TinyBackbone(settings_of({**SMALL.to_json(), "vision_width": 24}), WORDS)
    with pytest.raises(
        OutputError, match=r"encoder\.blocks\.0\.first\.bias: \[16\] in the file, \[24\] in the mod"
    ):
        wider.see_as(tmp_path)
    with pytest.raises(MissingFile, match="a file of a saved model is missing"):
        backbone.see_as(tmp_path / "nothing")


def test_gradients_reach_every_weight():
    backbone = moved()
    backbone.logits(trained(backbone)).square().mean().backward()
    assert [name for name, weight in backbone.module.named_parameters() if weight.grad is None] == []


def test_a_drawn_place_changes_what_is_said():
    backbone = moved(TinySettings(**{**SMALL.to_json(), "mask_channel": True}))
    a, b = (
        backbone.logits(trained(backbone, prompts=[f"go {x} 9"], targets=["x"], there=THERE[:1]))
        for x in (30, 200)
    )
    assert not torch.allclose(a, b, atol=1e-4)
