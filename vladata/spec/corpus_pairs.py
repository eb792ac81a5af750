"""The pairs of one record of a web corpus: captions, questions, conversations, documents. Part of CorpusSpec.

A path is names joined by dots. A path goes through lists: `answers.answer` is the answer of every item of `answers`.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from vladata.spec.strict import Line, Many, Strict, matching, repeated, unrepeated
from vladata.spec.together import Problem, check

DOTTED = r"[^.\s{}]+(\.[^.\s{}]+)*"

Path = Annotated[
    str,
    AfterValidator(matching(DOTTED, "names joined by dots, such as json.caption")),
    Field(json_schema_extra={"pattern": f"^{DOTTED}$"}),
]
"""The path of a value of a record."""


class Caption(Strict):
    """A text that says what is in the image. Each text of a list makes its own pair."""

    task: Literal["caption"]
    """The pair has an answer and no question."""
    text: Path
    """The caption, or the list of captions."""

    @property
    def reads(self) -> tuple[Path, ...]:
        """The values of a record from which the pair is made."""
        return (self.text,)


class Question(Strict):
    """A question about the image, and its answers."""

    task: Literal["vqa", "ocr"]
    """vqa: about the things in the image. ocr: about the text in the image."""
    each: Path | None = None
    """The list whose items are questions; the other paths then begin in an item. Leave it out where a record is one question."""
    question: Path
    """The question."""
    answers: Path
    """The answer, or the list of answers; an answer that appears more often weighs more."""

    @property
    def reads(self) -> tuple[Path, ...]:
        """The values of a record from which the pair is made."""
        return (self.each,) if self.each else (self.question, self.answers)


class Conversation(Strict):
    """Turns of two speakers. Each answer makes a pair, whose context is everything said before."""

    task: Literal["conversation"]
    """The pair has a context."""
    turns: Path
    """The list of turns."""
    speaker: Line = "from"
    """The key of the speaker in a turn."""
    says: Line = "value"
    """The key of the words in a turn."""
    asks: Annotated[Many[Line], Field(min_length=1), AfterValidator(unrepeated)] = ("human", "user")
    """The speakers who ask."""
    answers: Annotated[Many[Line], Field(min_length=1), AfterValidator(unrepeated)] = ("gpt", "assistant")
    """The speakers who answer."""
    left_out: Annotated[Many[Line], AfterValidator(unrepeated)] = ("system",)
    """The speakers whose turns are left out. A conversation with any other speaker is rejected. Names are compared without regard
    to case."""

    @check
    def _one_part_each(self) -> Iterator[Problem]:
        names = [name.strip().casefold() for name in (*self.asks, *self.answers, *self.left_out)]
        for _, name in repeated(names):
            yield (), f'the speaker "{name}" appears twice'

    @property
    def reads(self) -> tuple[Path, ...]:
        """The values of a record from which the pair is made."""
        return (self.turns,)


class Interleaved(Strict):
    """A document of texts and images in order; its last text is the answer."""

    task: Literal["interleaved"]
    """The pair has the images that come before its last text."""
    texts: Path
    """The list of texts."""
    images: Path
    """The list of images: their bytes, or the names of their members or files. Without `before`, each place holds a text in one
    list or an image in the other."""
    before: Path | None = None
    """The list that gives, for each image, the number (from 0) of the text that follows it."""

    @property
    def reads(self) -> tuple[Path, ...]:
        """The values of a record from which the pair is made."""
        return (self.texts, self.images, *((self.before,) if self.before else ()))


Pair = Annotated[Caption | Question | Conversation | Interleaved, Field(discriminator="task")]
