"""AdamW over the trained weights, and its state for each weight, by the weight's name."""

from collections.abc import Mapping

import torch

from vladata.errors import OutputError
from vladata.spec.training import OptimizerRule

REMEMBERED = ("exp_avg", "exp_avg_sq", "step")


def trained(module: torch.nn.Module) -> dict[str, torch.nn.Parameter]:
    """Return name -> weight for the trained weights, in the module's order."""
    return {name: weight for name, weight in module.named_parameters() if weight.requires_grad}


def optimizer_of(module: torch.nn.Module, rule: OptimizerRule) -> torch.optim.AdamW:
    """Return an AdamW with weight decay for matrices (two axes or more), and none for biases and gains."""
    weights = list(trained(module).values())
    groups = [
        {"params": [w for w in weights if w.ndim >= 2], "weight_decay": rule.weight_decay},
        {"params": [w for w in weights if w.ndim < 2], "weight_decay": 0.0},
    ]
    kept = [group for group in groups if group["params"]]
    return torch.optim.AdamW(kept, lr=rule.learning_rate, betas=rule.betas, eps=rule.eps, fused=True)


def remembered(optimizer: torch.optim.Optimizer, module: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Return the optimizer's state as a checkpoint stores it: "NAME.exp_avg" -> tensor.

    A weight that no step used has no state."""
    return {
        f"{name}.{what}": optimizer.state[weight][what].detach().cpu().contiguous()
        for name, weight in trained(module).items()
        if weight in optimizer.state
        for what in REMEMBERED
    }


def remember(
    optimizer: torch.optim.Optimizer, module: torch.nn.Module, kept: Mapping[str, torch.Tensor], where: str
) -> None:
    """Load a state that `remembered` returned into the optimizer. Raises OutputError if it belongs to other weights."""
    weights = trained(module)
    wanted = {f"{name}.{what}" for name in weights for what in REMEMBERED}
    if foreign := sorted(set(kept) - wanted):
        what = "the optimizer's state belongs to a weight that this model does not train"
        raise OutputError(what, where=where, got=foreign[0])
    for name, weight in weights.items():
        if f"{name}.step" not in kept:
            continue
        state = {what: kept[f"{name}.{what}"].clone() for what in REMEMBERED}
        for what in ("exp_avg", "exp_avg_sq"):
            if state[what].shape != weight.shape:
                got, allowed = list(state[what].shape), str(list(weight.shape))
                raise OutputError(
                    f"the optimizer's state of {name} has another shape than the weight",
                    where=where,
                    got=got,
                    allowed=allowed,
                )
            # The state must have the weight's layout in memory: the fused AdamW reads both in memory order, and ignores strides.
            state[what] = torch.empty_like(weight).copy_(state[what])
        optimizer.state[weight] = {**state, "step": state["step"].to(weight.device)}
