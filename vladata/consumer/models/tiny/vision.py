"""The vision encoder: a picture -> a vector at each of its places, with where the place is.

    3 x h x w -> conv 3x3, half the size -> conv 3x3, half the size -> blocks -> (h / 4)(w / 4) places

The vector of a place is what is seen there, normed, beside sines and cosines of its x and y (four octaves each): a decoder that
looks at a place reads off where it is.
"""

import torch
from torch import nn
from torch.nn import functional

from vladata.consumer.models.tiny.settings import TinySettings

OCTAVES = 4
STEM = 24  # channels at half the size
POSITION_WIDTH = 4 * OCTAVES


class Mixing(nn.Module):
    """A ConvNeXt block (Liu et al. 2022): each channel is convolved alone, 5 x 5, then two linear layers at each place, beside
    the identity. Half the time of two full 3 x 3 convolutions on a CPU. It starts as the identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.around = nn.Conv2d(width, width, 5, padding=2, groups=width)
        self.norm = nn.LayerNorm(width)
        self.wide, self.narrow = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        nn.init.zeros_(self.narrow.weight)
        nn.init.zeros_(self.narrow.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """float [N, C, h, w] -> the same shape."""
        inner = self.norm(self.around(x).permute(0, 2, 3, 1))
        out: torch.Tensor = x + self.narrow(functional.gelu(self.wide(inner))).permute(0, 3, 1, 2)
        return out


class Encoder(nn.Module):
    """Pictures -> places."""

    positions: torch.Tensor

    def __init__(self, settings: TinySettings) -> None:
        super().__init__()
        width = settings.vision_width
        self.first = nn.Conv2d(settings.channels, STEM, 3, stride=2, padding=1)
        self.second = nn.Conv2d(STEM, width, 3, stride=2, padding=1)
        self.blocks = nn.ModuleList(Mixing(width) for _ in range(settings.vision_blocks))
        self.norm = nn.LayerNorm(width)
        self.register_buffer("positions", _positions(settings.places), persistent=False)
        self.frozen = settings.frozen_vision
        if self.frozen:
            self.requires_grad_(False)
        self.to(memory_format=torch.channels_last)

    @staticmethod
    def width_of(settings: TinySettings) -> int:
        """Numbers of a place."""
        return settings.vision_width + POSITION_WIDTH

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """uint8 [N, h, w, C] -> float [N, places, width + 16]."""
        x = pictures.permute(0, 3, 1, 2)  # channels stay last in memory
        x = x.to(self.first.weight.dtype) / 127.5 - 1
        x = self.second(functional.gelu(self.first(x)))
        for block in self.blocks:
            x = block(x)
        x = self.norm(x.flatten(2).transpose(1, 2))
        return torch.cat([x, self.positions.expand(len(x), -1, -1)], 2)


def _positions(side: int) -> torch.Tensor:
    """float32 [side * side, 16]: sines and cosines of x and y of the places' middles, row by row."""
    at = (torch.arange(side, dtype=torch.float32) + 0.5) / side
    angle = at[:, None] * torch.pi * 2.0 ** torch.arange(OCTAVES)
    along = torch.cat([angle.sin(), angle.cos()], 1)  # [side, 8]
    y, x = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    return torch.cat([along[x.flatten()], along[y.flatten()]], 1)
