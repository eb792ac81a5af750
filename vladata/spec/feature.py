"""What a schema says of the fields that it reads: type and shape, as features.json declares them.

A schema stands on its own so: it can be held against itself without the data, a dataset's features.json against it, and
tests make data after it.
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
    """One field, in every step or once an episode."""

    dtype: Annotated[str, AfterValidator(_dtype), Field(json_schema_extra={"enum": list(DTYPES)})]
    """image: an encoded picture. string: text. Else the type of its numbers."""
    shape: Many[Annotated[int, Field(ge=1)]] | None
    """Of one value, [] for one number; of an image height, width and channels. Nothing where it is not established."""
    level: Literal["step", "episode"] = "step"
    """Whether every step has one, or the episode."""

    @property
    def width(self) -> int | None:
        """How many columns it has: one for a single number, else its last axis; None where that is not known."""
        if self.shape is None or self.dtype in ("image", "string"):
            return None
        return self.shape[-1] if self.shape else 1
