"""The interface of a model, for the trainer, the decoder and the policy. The small model and Hugging Face's both have it.

A batch of tensors is a dict: `input_ids` and `attention_mask` int64 [B, L]; in training also `labels` int64 [B, L] (-100 where
nothing is learnt) and `loss_weights` float32 [B, L]; and the model's other inputs (`pixel_values`, ...). A label is at the place
of its own token; logits at place t predict the token at t + 1.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import torch

    from vladata.loaders.collators.terms import Terms

Tensors = dict[str, "torch.Tensor"]


class Collator(Protocol):
    """A function from a batch of vladata.load to numpy arrays, which the trainer turns into tensors."""

    def bound(self, terms: "Terms") -> "Collator":
        """Return this collator for samples of these contracts."""

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """Return prompts and targets: input_ids, attention_mask, labels, loss_weights, other inputs, key and contract."""

    def for_inference(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """Return the prompts only, padded on the left, each with the same ids as in training."""


class Tokens(Protocol):
    """The model's tokens as text."""

    @property
    def size(self) -> int:
        """The number of ids."""

    @property
    def end(self) -> int:
        """The id that ends a target."""

    def text(self, ids: Sequence[int]) -> str:
        """Return the text of a target's ids, without the end token."""

    def unknown(self, text: str) -> list[str]:
        """Return the words of a prompt for which the model has no token."""

    def piece(self, id: int, first: bool) -> str:
        """Return the text that one id adds to a target; "" for an id without a text. first: True for the target's first id."""


class Backbone(Protocol):
    """A model with its tokens.

    module:     the module that is trained and saved.
    tokens:     its tokens as text.
    image_size: (height, width) of its pictures; None if it takes pictures of any size.
    """

    @property
    def module(self) -> "torch.nn.Module": ...

    @property
    def tokens(self) -> Tokens: ...

    @property
    def image_size(self) -> tuple[int, int] | None: ...

    def collator(self, max_length: int | None = None) -> Collator:
        """Return the collator of its batches, for training and inference."""

    def logits(self, batch: Tensors) -> "torch.Tensor":
        """Return logits, float [B, L, V]; place t has those of the token at t + 1."""

    def begin(self, batch: Tensors) -> tuple["torch.Tensor", Any]:
        """Return the logits, [B, V], of the first token of the targets, and a state with the cached keys and values.

        The prompts must be padded on the left."""

    def extend(self, ids: "torch.Tensor", state: Any) -> tuple["torch.Tensor", Any]:
        """Add the tokens `ids`, int64 [B], and return the logits, [B, V], of the next token, and the new state."""

    def save(self, folder: Path) -> None:
        """Write everything that `load_backbone(folder)` needs: configuration, tokens, weights as safetensors."""
