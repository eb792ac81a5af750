"""The base of all models of specs: frozen, no unknown keys, no conversions.

A whole number where text is expected is a mistake and is not converted. Lists become tuples, and maps cannot be changed, so
that a spec can be hashed and sent to a worker. A validator raises `wrong` or `says`: their text is shown unchanged, after the
line and the path. Rules of several keys are checks (together.py).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, ClassVar, NoReturn, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from vladata.errors import SHOWN_BYTES
from vladata.spec.together import EACH_ALONE, raise_misfits, raise_with_misfits, says_all

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")


class Strict(BaseModel):
    """The base of all models of specs."""

    # No use_attribute_docstrings: pydantic would parse the source of every model at each import, a third of a command's
    # start. Only json_schema.py shows the docstrings, and reads them itself.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    moved: ClassVar[Mapping[str, str]] = {}
    """Key that the model once had -> the message in place of "unknown key"."""

    @model_validator(mode="wrap")
    @classmethod
    def _says_everything(
        cls, value: Any, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo
    ) -> Self:
        """Report the keys that are wrong and the checks that fail (together.py) in one error."""
        try:
            made = handler(value)
        except ValidationError as error:
            if info.context == EACH_ALONE:
                raise
            raise_with_misfits(cls, value, error, cls.moved)
        if info.context != EACH_ALONE:
            raise_misfits(made)
        return made

    def model_dump(self, **settings: Any) -> dict[str, Any]:
        """Return the spec as a dict with the keys of the file ("in", not "input"), which `model_validate` accepts."""
        return super().model_dump(**{"by_alias": True, **settings})

    def model_dump_json(self, **settings: Any) -> str:
        """Return the spec as JSON text, with the keys of the file."""
        return super().model_dump_json(**{"by_alias": True, **settings})


class Short(Strict):
    """A map that may be written as only the value of its first key: `similarity: 10%` is `similarity: {top: 10%}`.

    types: the types of that value. alone: its description in messages. The model is the same for both spellings.
    """

    alone: ClassVar[str] = "text"
    types: ClassVar[tuple[type, ...]] = (str,)

    @model_validator(mode="before")
    @classmethod
    def _unfolded(cls, value: Any) -> Any:
        if isinstance(value, cls.types):
            return {next(iter(cls.model_fields)): value}
        if not isinstance(value, Mapping | cls):
            raise wrong(value, f"a map, or {cls.alone}")
        return value

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: Any) -> dict[str, Any]:
        shape: dict[str, Any] = handler.resolve_ref_schema(handler(core))
        shape["type"] = ["object", "string"]
        return shape


class FrozenDict(dict[K, V]):
    """A dict that cannot be changed, so that it can be hashed."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("a spec cannot be changed; make another with model_copy(update=...)")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self.items()))

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (dict(self),)


Many = Annotated[tuple[T, ...], Field(strict=False)]
"""A list in the file, a tuple in the model."""

FrozenMap = Annotated[dict[K, V], Field(min_length=1), AfterValidator(FrozenDict)]
"""A map in the file, not empty; in the model a FrozenDict in the file's order."""


def dotted(base: str, path: tuple[str | int, ...]) -> str:
    """Return `path` below `base` as problems show it: "actions.chains.octo.operations[2].in"."""
    for part in path:
        base += f"[{part}]" if isinstance(part, int) else f".{part}" if base else part
    return base


def quoted(value: object) -> str:
    """Return `value` as YAML spells it, cut to 64 characters."""
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= SHOWN_BYTES else f'"{value[:SHOWN_BYTES]}..."'
    if isinstance(value, Mapping):
        return "a map" if value else "an empty map"
    if isinstance(value, list | tuple):
        return "a list" if value else "an empty list"
    if value is None:
        return "nothing"
    return str(value).lower() if isinstance(value, bool) else str(value)[:SHOWN_BYTES]


def wrong(got: object, allowed: str) -> PydanticCustomError:
    """Return the error of a validator that got `got` and expected `allowed`."""
    return says(f"got {quoted(got)}; allowed: {allowed}")


def says(text: str) -> PydanticCustomError:
    """Return the error of a validator with the message `text`."""
    return PydanticCustomError("says", "{text}", {"text": text})


def matching(pattern: str, allowed: str) -> Callable[[str], str]:
    """Return a validator of texts that `pattern` must match whole. allowed: the description of the pattern in messages."""
    known = re.compile(pattern)

    def check(text: str) -> str:
        if not known.fullmatch(text):
            raise wrong(text, allowed)
        return text

    return check


def repeated(names: Iterable[str]) -> list[tuple[int, str]]:
    """Return position and name of every name that appears for the second time or more."""
    listed = list(names)
    return [(i, name) for i, name in enumerate(listed) if name in listed[:i]]


def unrepeated(names: tuple[str, ...]) -> tuple[str, ...]:
    """Check that no name appears twice."""
    says_all(((i,), f'"{name}" appears twice') for i, name in repeated(names))
    return names


NAME = r"[A-Za-z0-9][A-Za-z0-9_-]*"
DIMENSION = r"[a-z][a-z0-9_]*"

Name = Annotated[
    str,
    Field(max_length=100, json_schema_extra={"pattern": f"^{NAME}$"}),
    AfterValidator(matching(NAME, "letters, digits, _ and -, a letter or digit first")),
]
"""The name of a dataset, a chain or a recipe. It becomes part of file names and sample keys: it has no dot and no slash, and
is short enough that, with a split and numbers, it fits the 255 bytes that a file system allows."""

Label = Annotated[
    str,
    AfterValidator(matching(DIMENSION, "small letters, digits and _, a letter first")),
    Field(json_schema_extra={"pattern": f"^{DIMENSION}$"}),
]
"""The name of a camera or of a dimension."""

Labels = Annotated[Many[Label], Field(min_length=1), AfterValidator(unrepeated)]
"""Names of dimensions, in order, none twice."""

Line = Annotated[str, Field(min_length=1)]
"""Text that is not empty."""
