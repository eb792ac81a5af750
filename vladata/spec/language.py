"""Language: where the instruction of a step is, or what it is; the `language` of a schema."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from vladata.spec.references import Key
from vladata.spec.strict import Line, Many, Strict, says_all, unrepeated

Take = Annotated[
    Annotated[Literal["first", "drawn"], Tag("way")]
    | Annotated[int, Field(ge=0, le=1_000_000), Tag("number")],
    Discriminator(lambda value: "number" if isinstance(value, int) else "way"),
]


class Language(Strict):
    """Where the instruction is, or what it is."""

    path: Key | None = None
    """The field that holds it, in every step or once an episode (episode_metadata/language_instruction); left out where
    the data has none."""
    wordings: Annotated[Many[Key], AfterValidator(unrepeated)] = ()
    """Other fields that hold it in other words: an episode takes one of all that have some, always the same."""
    take: Take | None = None
    """Which text is meant where one value holds several, an array or a list. first: the first that has words. drawn: one
    that has words, drawn by the episode's identity. A number: the text at that place, from 0."""
    constant: Line | None = None
    """The instruction of every step that has no words: of data that shows one task."""
    plan: Key | None = None
    """The field that holds what is planned, in every step or once an episode; decoded as the instruction is."""
    decode: Literal["utf8", "utf8_bytes_padded"] = "utf8"
    """utf8: text. utf8_bytes_padded: integers, each a byte of UTF-8, cut at the first 0."""
    empty: Literal["reject", "filter"] = "reject"
    """What becomes of a step without words: rejected as a fault of the data, or filtered as known and expected."""

    @property
    def paths(self) -> tuple[str, ...]:
        """The fields that hold it."""
        return (self.path, *self.wordings) if self.path else ()

    def references(self) -> list[tuple[str, str]]:
        """The path of the key in the file that names each of them, and the field."""
        names = ["language.path", *(f"language.wordings[{i}]" for i in range(len(self.wordings)))]
        found = list(zip(names, self.paths, strict=True)) if self.path else []
        return [*found, ("language.plan", self.plan)] if self.plan else found

    @model_validator(mode="after")
    def _says_something(self) -> "Language":
        if self.path is None and self.constant is None:
            says_all([(("path",), "is missing; or say in constant what the instruction is")])
        if self.path is None and self.wordings:
            says_all([(("wordings",), "is not used without path, the first of them")])
        if self.take is not None and (self.path is None or self.decode != "utf8"):
            says_all([(("take",), "is not used without a path of texts, several in one value")])
        return self
