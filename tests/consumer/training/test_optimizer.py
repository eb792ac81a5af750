"""Which weights decay, what an optimizer remembers by name, and the learning rate of each step."""

import pytest

torch = pytest.importorskip("torch")

from vladata.consumer.training.optimizer import optimizer_of, remember, remembered  # noqa: E402
from vladata.consumer.training.schedule import rate  # noqa: E402
from vladata.errors import OutputError  # noqa: E402
from vladata.spec.training import OptimizerRule, ScheduleRule  # noqa: E402


def module():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.LayerNorm(4), torch.nn.Linear(4, 2))


def test_only_matrices_decay():
    made = module()
    made[2].bias.requires_grad_(False)
    groups = optimizer_of(made, OptimizerRule(learning_rate=0.1, weight_decay=0.3)).param_groups
    assert [[list(w.shape) for w in group["params"]] for group in groups] == [
        [[4, 3], [2, 4]],
        [[4], [4], [4]],
    ]
    assert [group["weight_decay"] for group in groups] == [0.3, 0.0]


def trained(made, optimizer, steps):
    for n in range(steps):
        optimizer.zero_grad()
        made(torch.full((2, 3), float(n + 1))).square().sum().backward()
        optimizer.step()


def test_what_it_remembers_goes_on_to_the_last_bit():
    rule = OptimizerRule(learning_rate=0.1)
    one, other = module(), module()
    first = optimizer_of(one, rule)
    trained(one, first, 3)
    kept = remembered(first, one)
    assert set(kept) == {
        f"{name}.{what}" for name, _ in one.named_parameters() for what in ("exp_avg", "exp_avg_sq", "step")
    }
    other.load_state_dict(one.state_dict())
    second = optimizer_of(other, rule)
    remember(second, other, kept, "here")
    trained(one, first, 2)
    trained(other, second, 2)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def test_weights_whose_channels_are_last_in_memory_go_on_to_the_last_bit():
    """A checkpoint holds what is remembered in another order in memory than such weights have."""

    def made():
        torch.manual_seed(0)
        return torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3)).to(memory_format=torch.channels_last)

    def train(model, optimizer):
        for n in range(3):
            optimizer.zero_grad()
            model(torch.arange(75.0).reshape(1, 3, 5, 5) + n).square().mean().backward()
            optimizer.step()

    rule, one, other = OptimizerRule(learning_rate=0.1), made(), made()
    first, second = optimizer_of(one, rule), optimizer_of(other, rule)
    train(one, first)
    other.load_state_dict(one.state_dict())
    remember(second, other, remembered(first, one), "here")
    train(one, first)
    train(other, second)
    assert torch.equal(one[0].weight, other[0].weight)


def test_the_state_of_other_weights_is_refused():
    made = module()
    optimizer = optimizer_of(made, OptimizerRule(learning_rate=0.1))
    with pytest.raises(
        OutputError, match=r"here: the optimizer's state belongs to a weight that .*; got '9.weight.step'"
    ):
        remember(optimizer, made, {"9.weight.step": torch.tensor(1.0)}, "here")
    state = {f"0.bias.{what}": torch.zeros(9) for what in ("exp_avg", "exp_avg_sq", "step")}
    with pytest.raises(
        OutputError,
        match=r"the optimizer's state of 0.bias has another shape than the weight; got \[9\]; allowed: \[4\]",
    ):
        remember(optimizer, made, state, "here")


def test_the_rate_rises_in_a_line_and_falls_in_half_a_cosine():
    rule = ScheduleRule(steps=14, warmup=3, last=0.1)
    found = [rate(step, 2.0, rule) for step in range(14)]
    assert found[:4] == [0.5, 1.0, 1.5, 2.0]
    assert found[8] == pytest.approx(2 * (0.1 + 0.9 / 2))  # the middle of steps 3 to 13
    assert found[13] == pytest.approx(0.2)
    assert found[3:] == sorted(found[3:], reverse=True)


def test_a_rate_that_stays():
    rule = ScheduleRule(steps=5, last=1.0)
    assert {rate(step, 2.0, rule) for step in range(5)} == {2.0}
    assert rate(0, 2.0, ScheduleRule(steps=1)) == 2.0
