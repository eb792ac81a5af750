"""Language: the instruction of a step, from a field or as a constant; the `language` of a schema."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from vladata.spec.references import Key
from vladata.spec.strict import Line, Many, Strict, unrepeated
from vladata.spec.together import Problem, check

Take = Annotated[
    Annotated[Literal["first", "drawn"], Tag("way")]
    | Annotated[int, Field(ge=0, le=1_000_000), Tag("number")],
    Discriminator(lambda value: "number" if isinstance(value, int) else "way"),
]


class Language(Strict):
    """The instruction: the field that holds it, or a constant."""

    path: Key | None = None
    """The field that holds the instruction, in every step or once in an episode (episode_metadata/language_instruction). Leave it
    out where the data has no instruction."""
    wordings: Annotated[Many[Key], AfterValidator(unrepeated)] = ()
    """Further fields that hold the instruction in other words. Each episode takes one field that has words, the same in every
    run."""
    take: Take | None = None
    """The text to take where a value holds several texts (an array or a list). first: the first text that has words. drawn: a
    text that has words, drawn by the episode's identity. A number: the text at that place, from 0."""
    constant: Line | None = None
    """The instruction of every step without words, for data that shows one task."""
    plan: Key | None = None
    """The field that holds the plan, in every step or once in an episode; decoded like the instruction."""
    decode: Literal["utf8", "utf8_bytes_padded"] = "utf8"
    """The storage of the text. utf8: text. utf8_bytes_padded: integers, each a byte of UTF-8, cut at the first 0."""
    empty: Literal["reject", "filter"] = "reject"
    """The treatment of a step without words, which is left out. reject: it counts as a fault of the data. filter: it counts as
    expected."""

    @property
    def paths(self) -> tuple[str, ...]:
        """The fields that hold the instruction."""
        return (self.path, *self.wordings) if self.path else ()

    def references(self) -> list[tuple[str, str]]:
        """Return the fields that are read, as (path of the key in the schema's file, field)."""
        names = ["language.path", *(f"language.wordings[{i}]" for i in range(len(self.wordings)))]
        found = list(zip(names, self.paths, strict=True)) if self.path else []
        return [*found, ("language.plan", self.plan)] if self.plan else found

    @check
    def _says_something(self) -> Iterator[Problem]:
        if self.path is None and self.constant is None:
            yield (
                ("path",),
                "is missing; name the field of the instruction, or give the instruction in constant",
            )

    @check
    def _wordings_need_a_path(self) -> Iterator[Problem]:
        if self.path is None and self.wordings:
            yield ("wordings",), "is not used without path, which names the first field"

    @check
    def _take_needs_texts(self) -> Iterator[Problem]:
        if self.take is not None and (self.path is None or self.decode != "utf8"):
            yield (
                ("take",),
                "is used with a path and decode: utf8 only: it chooses one of several texts in a value",
            )
