"""The base of all models of specs: frozen, no unknown keys, no conversions.

A whole number where text is wanted is a mistake, not something to convert. Lists become tuples and maps refuse to be
changed, so that a spec can be hashed, sent to a worker and trusted. A validator raises `wrong` or `says`: the text reaches the
reader unchanged, after the line and the path. Rules of several keys are checks (together.py).
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

    # Without use_attribute_docstrings, by which pydantic parses the source of every model whenever it is imported, a third
    # of a command's start: json_schema.py, which alone shows them, reads the docstrings itself.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    moved: ClassVar[Mapping[str, str]] = {}
    """Keys that the model once had -> what to say of them in place of "unknown key"."""

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
        """Return the spec under the keys of the file ("in", not "input"), so that `model_validate` takes it back."""
        return super().model_dump(**{"by_alias": True, **settings})

    def model_dump_json(self, **settings: Any) -> str:
        """Return the spec as JSON text, under the keys of the file."""
        return super().model_dump_json(**{"by_alias": True, **settings})


class Short(Strict):
    """A map that may be written as the value of its first key alone: `similarity: 10%` is `similarity: {top: 10%}`.

    `types` are the types of that value, `alone` says it in words. A model of this kind has one form, however it was written.
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
    """A dict that cannot be changed, and so can be hashed."""

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
"""A map in the file, not empty, in the file's order; one that cannot be changed in the model."""


def dotted(base: str, path: tuple[str | int, ...]) -> str:
    """Return `path` below `base` as problems show it: "actions.chains.octo.operations[2].in"."""
    for part in path:
        base += f"[{part}]" if isinstance(part, int) else f".{part}" if base else part
    return base


def quoted(value: object) -> str:
    """Return `value` as the writer of a YAML file knows it, at most 64 characters of it."""
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
    """Return the error of a validator, in its own words."""
    return PydanticCustomError("says", "{text}", {"text": text})


def matching(pattern: str, allowed: str) -> Callable[[str], str]:
    """Return a validator: the whole text matches `pattern`, which messages call `allowed`."""
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
"""The name of a dataset, a chain or a recipe. It becomes part of file names and sample keys: no dot and no slash, and with a
split and numbers less than the 255 bytes that a file system takes."""

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
