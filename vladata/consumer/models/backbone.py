"""What the trainer, the decoder and the policy ask of a model. The small model and Hugging Face's answer the same questions.

A batch of tensors is a dict: `input_ids` and `attention_mask` int64 [B, L], in training `labels` int64 [B, L] (-100 where nothing
is learnt) and `loss_weights` float32 [B, L], and what else the model takes (`pixel_values`, ...). Labels stand at the place of
their own token; logits at place t are those of the token at t + 1.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import torch

    from vladata.loaders.collators.terms import Terms

Tensors = dict[str, "torch.Tensor"]


class Collator(Protocol):
    """Makes numpy arrays of a batch of vladata.load; the trainer turns them into tensors."""

    def bound(self, terms: "Terms") -> "Collator":
        """The collator for samples of these contracts."""

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """Prompts and targets: input_ids, attention_mask, labels, loss_weights, what the model takes, key, contract."""

    def for_inference(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """Prompts alone, filled up on the left: the same ids of each prompt as in training."""


class Tokens(Protocol):
    """The model's tokens as text."""

    @property
    def size(self) -> int:
        """How many ids there are."""

    @property
    def end(self) -> int:
        """The id that ends a target."""

    def text(self, ids: Sequence[int]) -> str:
        """What the ids of a target say, without the end."""

    def unknown(self, text: str) -> list[str]:
        """The words of a prompt that there is no token for."""

    def piece(self, id: int, first: bool) -> str:
        """What one id adds to a target's text; first: whether it is the target's first. "" for an id that is no text."""


class Backbone(Protocol):
    """A model with its tokens.

    module:     what is trained and saved.
    tokens:     its tokens as text.
    image_size: (height, width) of the pictures that it takes; None where it takes any.
    """

    @property
    def module(self) -> "torch.nn.Module": ...

    @property
    def tokens(self) -> Tokens: ...

    @property
    def image_size(self) -> tuple[int, int] | None: ...

    def collator(self, max_length: int | None = None) -> Collator:
        """What makes its batches, of training and of inference."""

    def logits(self, batch: Tensors) -> "torch.Tensor":
        """float [B, L, V]; at place t those of the token at t + 1."""

    def begin(self, batch: Tensors) -> tuple["torch.Tensor", Any]:
        """Logits [B, V] of the first token of the targets, and a state that keeps keys and values.

        Prompts are filled up on the left."""

    def extend(self, ids: "torch.Tensor", state: Any) -> tuple["torch.Tensor", Any]:
        """Logits [B, V] of the next token, once `ids` int64 [B] have been said."""

    def save(self, folder: Path) -> None:
        """Write all that `load_backbone(folder)` needs: configuration, tokens, weights as safetensors."""
