"""One step of the optimizer: the gradients of all parts of a global batch are summed, clipped and applied."""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import torch

from vladata.consumer.models.backbone import Backbone
from vladata.consumer.models.tensors import tensors
from vladata.consumer.training.loss import Surprise, surprise, weight_of
from vladata.consumer.training.meters import Meters
from vladata.consumer.training.parts import Part, numbers_of
from vladata.consumer.training.ranks import Ranks
from vladata.errors import LoadError, TrainingError


@dataclass(frozen=True)
class Stepped:
    """The result of a step.

    loss:   the loss of the global batch.
    norm:   the norm of all gradients, before clipping.
    logits: the logits of this process's first part."""

    loss: float
    norm: float
    logits: torch.Tensor


def predicted(backbone: Backbone, part: Part, ranks: Ranks) -> tuple[torch.Tensor, Surprise]:
    """Return the logits of a part, and the losses of its labelled tokens."""
    batch = tensors(part.arrays, ranks.device)
    spread = None if part.spread is None else torch.from_numpy(part.spread).to(ranks.device)
    with torch.autocast("cuda", torch.bfloat16) if ranks.autocast else nullcontext():
        logits = backbone.logits(batch)
    return logits, surprise(logits, batch, spread, numbers_of(backbone))


def step(
    backbone: Backbone,
    optimizer: torch.optim.Optimizer,
    parts: Sequence[Part],
    ranks: Ranks,
    clip: float | None,
    meters: Meters,
) -> Stepped:
    """Learn from the parts of a batch. clip: the largest norm of gradients; None for no limit.   meters: counts the predictions.

    Raises LoadError if all weights in the global batch are 0, TrainingError if the loss is not finite; the model's weights
    are then as before the step.
    """
    own = sum(weight_of({name: torch.from_numpy(part.arrays[name]) for name in WEIGHED}) for part in parts)
    whole = ranks.total(own)
    if not whole > 0:
        what = "the weights of all labelled tokens of the batch add up to nothing"
        raise LoadError(what, where=parts[0].said["key"][0], got=whole, allowed="a sum above 0")
    optimizer.zero_grad(set_to_none=True)
    loss, first = 0.0, torch.empty(0)
    for n, part in enumerate(parts):
        logits, found = predicted(backbone, part, ranks)
        first = first if n else logits.detach()
        here = (found.losses * found.weights).sum() / whole
        here.backward()
        loss += float(here.detach())
        meters.count(part.said, found)
    weights = list(trainable(optimizer))
    ranks.sum_gradients(weights)
    loss = ranks.total(loss)
    most = float("inf") if clip is None else clip
    norm = float(torch.nn.utils.clip_grad_norm_(weights, most))
    if not (torch.isfinite(torch.tensor(loss)) and torch.isfinite(torch.tensor(norm))):
        raise TrainingError(
            "the loss or its gradient is not finite",
            got=f"loss {loss}, gradient {norm}",
            hint="Lower optimizer.learning_rate, or raise schedule.warmup; the last checkpoint is still good.",
        )
    optimizer.step()
    return Stepped(loss, norm, first)


WEIGHED = ("labels", "loss_weights")


def trainable(optimizer: torch.optim.Optimizer) -> Iterator[torch.nn.Parameter]:
    """Yield the weights that an optimizer changes."""
    groups: list[dict[str, Any]] = optimizer.param_groups
    for group in groups:
        yield from group["params"]
