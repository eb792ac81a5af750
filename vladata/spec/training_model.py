"""The `model` of a TrainingSpec: what is trained, one class a kind."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from vladata.spec.strict import Line, Many, Strict, says_all

Count = Annotated[int, Field(ge=1)]


class TinyModel(Strict):
    """The small model of our own, made for CPUs and trained from nothing. Its defaults have about half a million parameters."""

    kind: Literal["tiny"]
    """The kind of model."""
    words_from: Many[Line] = ()
    """Converted datasets whose prompts and targets say which words it has; left out, the data that it is trained on."""
    image_size: int = Field(default=48, ge=4, multiple_of=4)
    """Pixels of a side of its pictures, a multiple of 4."""
    pictures: Count = 1
    """Pictures of a sample at most: frames times cameras."""
    vision_width: Count = 48
    """Numbers that stand for each 4 x 4 pixels of a picture."""
    vision_blocks: int = Field(default=2, ge=0)
    """Blocks of the encoder of pictures."""
    width: Count = 96
    """Numbers that stand for a word."""
    heads: Count = 4
    """Attention heads; twice their number divides the width."""
    layers: Count = 3
    """Blocks of the decoder."""
    blind_layers: int = Field(default=1, ge=0)
    """How many of them, the first ones, do not look at pictures."""
    feed_forward: Count = 3
    """Inner width of a block's two linear layers, in widths."""
    longest_prompt: Count = 64
    """Words of a prompt at most."""
    longest_target: Count = 128
    """Words of a target at most."""
    frozen_vision: bool = False
    """Whether the encoder of pictures is left as it is."""
    vision_from: Line | None = None
    """A checkpoint, or a run's folder, of which the encoder of pictures is taken and nothing else; only without start."""
    mask_channel: bool = False
    """Whether the first two numbers of a prompt are a place on 0..255 that is drawn on a fourth channel of its pictures."""

    @model_validator(mode="after")
    def _fits(self) -> "TinyModel":
        problems: list[tuple[tuple[str | int, ...], str]] = []
        if self.width % (2 * self.heads):
            problems.append((("width",), f"got {self.width}; allowed: a multiple of {2 * self.heads}"))
        if self.blind_layers > self.layers:
            allowed = f"up to the {self.layers} layers that there are"
            problems.append((("blind_layers",), f"got {self.blind_layers}; allowed: {allowed}"))
        says_all(problems)
        return self

    def settings(self) -> dict[str, Any]:
        """What the model itself is made by."""
        return self.model_dump(exclude={"kind", "words_from", "vision_from"})

    def changed(self) -> dict[str, Any]:
        """What the config itself says of that: a model that training begins with keeps the rest."""
        return {name: value for name, value in self.settings().items() if name in self.model_fields_set}


class Lora(Strict):
    """Small matrices beside frozen ones, trained in their place (LoRA, by peft)."""

    rank: Count = 16
    """Their inner width."""
    alpha: Annotated[float, Field(gt=0)] = 32.0
    """What they count for: alpha / rank."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """The part of their input that is left out at random."""
    targets: Line | Many[Line] = "all-linear"
    """Which layers get them: names that a layer's name ends in, or all-linear."""


class HuggingFaceModel(Strict):
    """Any image-text-to-text model of transformers."""

    kind: Literal["hugging_face"]
    """The kind of model."""
    path: Line
    """A folder, or a name on the Hugging Face hub."""
    lora: Lora | None = None
    """Train small matrices beside the frozen ones; left out, all weights are trained."""
    template: Literal["plain", "chat"] = "plain"
    """How a prompt is put to the model: image tokens and text, or the processor's chat template."""
    between: str = " "
    """What stands between a prompt and its target, with template plain."""
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    """The numbers of the arithmetic: auto is bfloat16 where a GPU has it, float32 elsewhere. Trained weights are float32."""
    max_length: Count | None = None
    """Tokens of a sample at most; a longer one is an error that names it."""


Model = Annotated[TinyModel | HuggingFaceModel, Field(discriminator="kind")]
