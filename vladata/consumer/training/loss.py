"""The loss of next tokens: logits at place t are compared with the label at t + 1, for labelled tokens only.

    loss   = sum of weight * surprise over the labelled tokens of the global batch / sum of weight over them
    surprise of a token: -log p(token); of a number that is spread: -sum of q(n) * log p(n) over the numbers n,
             q(n) proportional to exp(-(n - label)^2 / (2 spread^2))

The divisor is the sum over the whole batch (all parts of an accumulation, and all processes), so that the numbers of parts and
processes do not change a gradient.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch

IGNORED = -100


@dataclass(frozen=True, eq=False)
class Surprise:
    """The losses of the N labelled tokens of a part.

    losses, weights: float32 [N].
    rows:  int64 [N], the sample of each token.
    right: bool [N], True where the likeliest token is the label.
    """

    losses: torch.Tensor
    weights: torch.Tensor
    rows: torch.Tensor
    right: torch.Tensor


def surprise(
    logits: torch.Tensor,
    batch: Mapping[str, torch.Tensor],
    spread: torch.Tensor | None = None,
    numbers: range | None = None,
) -> Surprise:
    """Return the losses of labelled tokens.

    logits:  float [B, L, V].
    batch:   labels int64 [B, L], -100 where nothing is learnt, and loss_weights float32 [B, L].
    spread:  float32 [B, L], standard deviations of numbers; 0 where only the label's token is right. None: 0 everywhere.
    numbers: the ids of the whole numbers, in order.
    """
    labels = batch["labels"][:, 1:]
    there = labels != IGNORED
    rows, _ = there.nonzero(as_tuple=True)
    wanted = labels[there]  # [N]
    logs = logits[:, :-1][there].float().log_softmax(-1)  # [N, V]
    losses = -logs.gather(1, wanted[:, None])[:, 0]
    if spread is not None and numbers is not None:
        sigma = spread[:, 1:][there]
        losses = torch.where(sigma > 0, _spread_loss(logs, wanted, sigma, numbers), losses)
    return Surprise(losses, batch["loss_weights"][:, 1:][there], rows, logs.argmax(-1) == wanted)


def _spread_loss(
    logs: torch.Tensor, wanted: torch.Tensor, sigma: torch.Tensor, numbers: range
) -> torch.Tensor:
    """Return the losses of numbers that are spread, float32 [N]; undefined values where sigma is 0."""
    places = torch.arange(len(numbers), device=logs.device)
    away = (places[None] - (wanted - numbers.start)[:, None]).float()  # [N, numbers]
    likely = (-(away**2) / (2 * sigma.clamp(min=1e-6)[:, None] ** 2)).softmax(-1)
    return -(likely * logs[:, numbers.start : numbers.stop]).sum(-1)


def weight_of(batch: Mapping[str, torch.Tensor]) -> float:
    """Return the sum of the weights of a part's labelled tokens."""
    there = batch["labels"][:, 1:] != IGNORED
    return float(batch["loss_weights"][:, 1:][there].double().sum())
