"""Whole numbers as features: neighbours start with similar features, so that what the model learns of one helps with the next.

sin(2^k pi n / 255), cos(2^k pi n / 255),  k = 0..5
"""

import torch

OCTAVES = 6


def number_features(last: int = 255) -> torch.Tensor:
    """Return the features of the numbers 0..last, float32 [last + 1, 12], each within -1..1."""
    angle = (
        torch.arange(last + 1, dtype=torch.float32)[:, None] / last * torch.pi * 2.0 ** torch.arange(OCTAVES)
    )
    return torch.cat([angle.sin(), angle.cos()], 1)
