"""Feature: the type and shape of a field that a schema reads, as features.json declares them.

With features a schema can be checked without its data, a dataset's features.json can be compared with the schema, and tests can
make data that fit the schema.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from vladata.spec.strict import Many, Strict, wrong

DTYPES = (
    *("image", "string", "bool"),
    *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64"),
)


def _dtype(text: str) -> str:
    if text not in DTYPES:
        raise wrong(text, ", ".join(DTYPES))
    return text


class Feature(Strict):
    """One field, in every step or once in an episode."""

    dtype: Annotated[str, AfterValidator(_dtype), Field(json_schema_extra={"enum": list(DTYPES)})]
    """The type. image: an encoded picture. string: text. Otherwise the type of its numbers."""
    shape: Many[Annotated[int, Field(ge=1)]] | None
    """The shape of one value: [] for one number; height, width and channels for an image; null where it is not established."""
    level: Literal["step", "episode"] = "step"
    """step: every step has a value. episode: the episode has one."""

    @property
    def width(self) -> int | None:
        """The number of columns: 1 for a single number, else the length of the last axis; None where it is not known."""
        if self.shape is None or self.dtype in ("image", "string"):
            return None
        return self.shape[-1] if self.shape else 1
