"""The `model` of a TrainingSpec, one class for each kind."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from vladata.spec.strict import Line, Many, Strict
from vladata.spec.together import Problem, check

Count = Annotated[int, Field(ge=1)]


class TinyModel(Strict):
    """Our own small model, made for CPUs and trained from scratch. With the defaults it has about half a million parameters."""

    kind: Literal["tiny"]
    """The kind of model."""
    words_from: Many[Line] = ()
    """Converted datasets whose prompts and targets give the words of the model; left out, the data that it is trained on."""
    image_size: int = Field(default=48, ge=4, multiple_of=4)
    """The pixels of a side of its pictures, a multiple of 4."""
    pictures: Count = 1
    """The largest number of pictures in a sample: frames times cameras."""
    vision_width: Count = 48
    """The width of the encoder of pictures: numbers for each 4 x 4 pixels."""
    vision_blocks: int = Field(default=2, ge=0)
    """The number of blocks of the encoder of pictures."""
    width: Count = 96
    """The width of the decoder: numbers for each word."""
    heads: Count = 4
    """The number of attention heads; width must be a multiple of twice this number."""
    layers: Count = 3
    """The number of blocks of the decoder."""
    blind_layers: int = Field(default=1, ge=0)
    """The number of blocks, from the first, that do not look at pictures."""
    feed_forward: Count = 3
    """The inner width of a block's two linear layers, as a multiple of width."""
    longest_prompt: Count = 64
    """The largest number of words in a prompt."""
    longest_target: Count = 128
    """The largest number of words in a target."""
    frozen_vision: bool = False
    """true: the encoder of pictures is not trained."""
    vision_from: Line | None = None
    """A checkpoint, or the folder of a run, from which only the encoder of pictures is taken. Not together with start."""
    mask_channel: bool = False
    """true: the first two numbers of a prompt (0 to 255) are a point, which is drawn on a fourth channel of its pictures."""

    @check
    def _heads_fit(self) -> Iterator[Problem]:
        if self.width % (2 * self.heads):
            yield ("width",), f"got {self.width}; allowed: a multiple of {2 * self.heads} (twice the heads)"

    @check
    def _layers_are_there(self) -> Iterator[Problem]:
        if self.blind_layers > self.layers:
            yield ("blind_layers",), f"got {self.blind_layers}; allowed: up to {self.layers} (layers)"

    def settings(self) -> dict[str, Any]:
        """Return the arguments of the model."""
        return self.model_dump(exclude={"kind", "words_from", "vision_from"})

    def changed(self) -> dict[str, Any]:
        """Return the arguments that the config gives; for the others, a model that training begins with keeps its own."""
        return {name: value for name, value in self.settings().items() if name in self.model_fields_set}


class Lora(Strict):
    """Small matrices beside frozen ones, trained in their place (LoRA, by peft)."""

    rank: Count = 16
    """The inner width of the matrices."""
    alpha: Annotated[float, Field(gt=0)] = 32.0
    """The scale of their product, which is multiplied by alpha / rank."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """The share of their input that is left out at random."""
    targets: Line | Many[Line] = "all-linear"
    """The layers that get such matrices: endings of the names of layers, or all-linear."""


class HuggingFaceModel(Strict):
    """Any image-text-to-text model of transformers."""

    kind: Literal["hugging_face"]
    """The kind of model."""
    path: Line
    """A folder, or a name on the Hugging Face hub."""
    lora: Lora | None = None
    """Train small matrices beside the frozen ones; left out, all weights are trained."""
    template: Literal["plain", "chat"] = "plain"
    """The form of a prompt. plain: image tokens and text. chat: the processor's chat template."""
    between: str = " "
    """The text between a prompt and its target, with template: plain."""
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    """The type of the numbers in computations. auto: bfloat16 on a GPU that supports it, else float32. Trained weights are
    float32."""
    max_length: Count | None = None
    """The largest number of tokens in a sample; a longer sample is an error that names it."""


Model = Annotated[TinyModel | HuggingFaceModel, Field(discriminator="kind")]
