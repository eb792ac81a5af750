"""WebRule: the words of samples that are made of image-text pairs, the `web` of a recipe.

    prompt  Generate caption in EN            Q: what is on the plate? A:
    target  two dogs on a beach               a slice of cake

The default prompt for captions is PaLI's (arXiv 2209.06794); for questions it is RT-2's, in the form of its robot prompts. PaLI's
own question is "Answer in EN: [question]", here written "Answer in {language}: {question}". We found no source for PaLI's words
for the text in an image: "Generate the text in the image in {language}" is ours, after its prompt for captions.
"""

from typing import Annotated, Literal

from vladata.spec.keep import ALL_PAIRS, Keep, Tag
from vladata.spec.strict import Line, Short, Strict
from vladata.spec.template import template

Target = Annotated[Line, template("answer", optional=("language",))]
"""The text that the model has to say; {answer} is replaced by the answer."""


class FixedPrompt(Short):
    """A task whose prompt may be without {question}: then it is the same for every image."""

    prompt: Annotated[str, template(optional=("question", "language"))]
    """The text that the model reads; {language} and {question} are replaced."""
    target: Target = "{answer}"
    """The text that the model has to say; {answer} is replaced by the answer."""


class QuestionPrompt(Short):
    """A task with another question for every pair."""

    prompt: Annotated[Line, template("question", optional=("language",))]
    """The text that the model reads; {question} and {language} are replaced."""
    target: Target = "{answer}"
    """The text that the model has to say; {answer} is replaced by the answer."""


class WebRule(Strict):
    """The prompt and target of pairs, by task. A task is written as its prompt, or as {prompt, target}."""

    caption: FixedPrompt = FixedPrompt(prompt="Generate caption in {language}")
    """Captions: texts that describe the image."""
    vqa: QuestionPrompt = QuestionPrompt(prompt="Q: {question} A:")
    """Questions about the image."""
    ocr: FixedPrompt = FixedPrompt(prompt="Generate the text in the image in {language}")
    """Texts that are written in the image."""
    conversation: QuestionPrompt = QuestionPrompt(prompt="Q: {question} A:")
    """Several questions about one image. Earlier questions, each rendered the same way and with its answer, come before the
    last."""
    interleaved: QuestionPrompt = QuestionPrompt(prompt="{question}")
    """Documents of images and texts: the last text is the answer to everything before it."""
    answers: Literal["most_frequent", "weighted"] = "most_frequent"
    """The answer that becomes the target where there are several. most_frequent: the answer that most people gave, the first of
    equals. weighted: an answer drawn by the seed and the sample's key, weighted by the number of people who gave it."""
    default_language: Tag = "en"
    """The language of pairs without a language. Prompts have languages in capitals: EN."""
    keep: Keep = ALL_PAIRS
    """The pairs that are taken; left out, all that were not rejected."""
