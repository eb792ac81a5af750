"""WebRule: how image-text pairs become samples, the `web` of a recipe.

    prompt  Generate caption in EN            Q: what is on the plate? A:
    target  two dogs on a beach               a slice of cake

The defaults for captions are PaLI's words, for questions RT-2's, which are those of its robot prompts. PaLI itself asks
questions with "Answer in {language}: {question}" (arXiv 2209.06794, section 3.2: "Answer in EN: [question]"), which can
be written here. What it writes for texts in images is not printed there: "Generate the text in the image in {language}"
is ours, after its captions.
"""

from typing import Annotated, Literal

from vladata.spec.keep import ALL_PAIRS, Keep, Tag
from vladata.spec.strict import Line, Short, Strict
from vladata.spec.template import template

Target = Annotated[Line, template("answer", optional=("language",))]
"""What the model has to say; {answer} is put in."""


class Described(Short):
    """A task that can do without a question: what is asked is the same for every image."""

    prompt: Annotated[str, template(optional=("question", "language"))]
    """What the model reads; {language} and {question} are put in."""
    target: Target = "{answer}"
    """What the model has to say; {answer} is put in."""


class Asked(Short):
    """A task with a question of its own for every pair."""

    prompt: Annotated[Line, template("question", optional=("language",))]
    """What the model reads; {question} and {language} are put in."""
    target: Target = "{answer}"
    """What the model has to say; {answer} is put in."""


class WebRule(Strict):
    """How pairs are rendered, by their task. A task is written as its prompt, or as {prompt, target}."""

    caption: Described = Described(prompt="Generate caption in {language}")
    """What is in the image."""
    vqa: Asked = Asked(prompt="Q: {question} A:")
    """A question about the image."""
    ocr: Described = Described(prompt="Generate the text in the image in {language}")
    """The text that is in the image."""
    conversation: Asked = Asked(prompt="Q: {question} A:")
    """Several questions about one image: those before are put in front, each rendered the same way with its answer."""
    interleaved: Asked = Asked(prompt="{question}")
    """A document of images and texts: its last text, after all before it."""
    answers: Literal["most_frequent", "weighted"] = "most_frequent"
    """Which one is the target where there are several. most_frequent: the one that most people gave, the first of equals.
    weighted: drawn by how many people gave it, by the seed and the sample's key."""
    default_language: Tag = "en"
    """The language of pairs that say none. In prompts it stands in capitals: EN."""
    keep: Keep = ALL_PAIRS
    """Which pairs are taken; left out, all that are fit."""
