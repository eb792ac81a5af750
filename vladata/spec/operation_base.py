"""The bases of the operations of an action chain, as they are declared."""

from typing import Annotated

from pydantic import Discriminator, Field, Tag

from vladata.spec.references import AnyReference, Register
from vladata.spec.strict import Many, Strict

Reads = list[tuple[tuple[str | int, ...], str]]
"""References that an operation reads, as (path of the key below the operation, reference)."""


def _kind(value: object) -> str:
    return "register" if isinstance(value, str) else "list" if isinstance(value, list | tuple) else "number"


NumberOrList = Annotated[
    Annotated[float, Tag("number")] | Annotated[Many[float], Field(min_length=1), Tag("list")],
    Discriminator(lambda value: "list" if isinstance(value, list | tuple) else "number"),
]

NumberListOrRegister = Annotated[
    Annotated[float, Tag("number")]
    | Annotated[Many[float], Field(min_length=1), Tag("list")]
    | Annotated[Register, Tag("register")],
    Discriminator(_kind),
]


class Unary(Strict):
    """An operation that reads one reference and writes one register."""

    input: AnyReference = Field(alias="in")
    """The input: columns of a field, or a register."""
    output: Register = Field(alias="out")
    """The register that it writes."""

    def reads(self) -> Reads:
        return [(("in",), self.input)]

    @property
    def writes(self) -> str | None:
        return self.output


class CutOperation(Strict):
    """An operation that removes steps and writes no register. The ledger counts the removed steps under its `rule`."""

    def reads(self) -> Reads:
        return []

    @property
    def writes(self) -> str | None:
        return None
