"""`action` of a recipe: the name of a codec, and the settings that this codec declares.

    action: {codec: rt2, bins: 256, bounds: quantiles, terminate: first}

What a codec may be told stands with the codec, in vladata/actions/codecs/: one model is made here of each in the table,
and a file is held against the one that its `codec` names.
"""

from collections.abc import Callable, Mapping
from functools import cache, reduce
from operator import or_
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, create_model, model_validator

from vladata.actions.codecs.table import CODECS
from vladata.actions.protocol import Codec
from vladata.actions.settings import Fixed, Number, OneOf, Setting, Span, Text, Whole
from vladata.spec.strict import Many, Name, Strict, quoted, says, says_all


class ExplicitBounds(Strict):
    """Bounds of the bins, one number a dimension, without terminate."""

    low: Annotated[Many[float], Field(min_length=1)]
    """The least value of each dimension: bin 0."""
    high: Annotated[Many[float], Field(min_length=1)]
    """The greatest value of each dimension: the last bin."""

    @model_validator(mode="after")
    def _in_order(self) -> "ExplicitBounds":
        if len(self.low) != len(self.high):
            says_all(
                [(("high",), f"got {len(self.high)} numbers; allowed: as many as low has, {len(self.low)}")]
            )
        pairs = enumerate(zip(self.low, self.high, strict=True))
        says_all(
            (("high", i), f"got {high}; allowed: not less than low, {low}")
            for i, (low, high) in pairs
            if high < low
        )
        return self


class QuantileBounds(Strict):
    """Bounds of the bins by quantiles of the data; those of grippers are of their convention."""

    quantiles: Annotated[Many[float], Field(min_length=2, max_length=2)]
    """The lower quantile and the higher one, each from 0 to 1: [0.05, 0.95]."""

    @model_validator(mode="after")
    def _in_order(self) -> "QuantileBounds":
        low, high = self.quantiles
        if not 0 <= low < high <= 1:
            got = f"got {low:g} and {high:g}"
            says_all([(("quantiles",), f"{got}; allowed: the lower first, each from 0 to 1")])
        return self


class ActionRule(Strict):
    """What every codec's settings have in common; the models of single codecs have the others."""

    codec: str
    """The codec, by name."""
    chain: Name | None = None
    """The action chain of the dataset's schema; left out, the schema's default."""

    def settings(self) -> dict[str, Any]:
        """The settings of the codec alone, as `vladata.codec` takes them."""
        return self.model_dump(mode="json", exclude={"codec", "chain"})

    def __reduce__(self) -> tuple[Any, ...]:
        """A model that no module holds is pickled as what it was made of."""
        return _restored, (self.model_dump(),)


def _restored(data: Mapping[str, Any]) -> ActionRule:
    return rule_of(data["codec"], CODECS[data["codec"]]).model_validate(data)


@cache
def rule_of(name: str, codec: type[Codec]) -> type[ActionRule]:
    """The model of what a recipe may say of a codec."""
    fields: dict[str, Any] = {"codec": (Literal[name], Field(description="The codec, by name."))}
    for setting, declared in codec.settings.items():
        kind = annotation_of(name, declared)
        fields[setting] = (kind, Field(default=declared.default, description=declared.about))
    title = f"Action_{name}"
    return create_model(title, __base__=ActionRule, __doc__=codec.__doc__, __module__=__name__, **fields)


class _OfTheTable:
    """Makes the union anew whenever the recipe's model is made: a table may have got another codec."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], Any]) -> Any:
        rules = reduce(or_, (rule_of(name, codec) for name, codec in CODECS.items()))
        return handler(Annotated[rules, Field(discriminator="codec")])


AnyAction = Annotated[ActionRule, _OfTheTable()]
"""The rule of the codec that `codec` names."""


def _whole(codec: str, setting: Whole) -> Any:
    return Annotated[int, Field(ge=setting.least, le=setting.most)]


def _number(codec: str, setting: Number) -> Any:
    return Annotated[float, Field(ge=setting.least, le=setting.most)]


def _text(codec: str, setting: Text) -> Any:
    return Annotated[str, Field(min_length=1)]


def _one_of(codec: str, setting: OneOf | Span) -> Any:
    return Literal.__getitem__(setting.names)


def _fixed(codec: str, setting: Fixed) -> Any:
    def check(value: Any) -> Any:
        if value == setting.default and type(value) is type(setting.default):
            return value
        only = f"allowed with codec {codec}: {setting.default}"
        raise says(f"{only}; {setting.otherwise}" if setting.otherwise else f"got {quoted(value)}; {only}")

    return Annotated[Any, AfterValidator(check), Field(json_schema_extra={"const": setting.default})]


def _span(codec: str, setting: Span) -> Any:
    named: Any = Annotated[_one_of(codec, setting), Tag("name")]
    explicit, quantiles = (
        Annotated[ExplicitBounds, Tag("explicit")],
        Annotated[QuantileBounds, Tag("of_the_data")],
    )
    return Annotated[named | explicit | quantiles, Discriminator(_form_of_bounds)]


def _form_of_bounds(value: Any) -> str:
    if isinstance(value, QuantileBounds) or (isinstance(value, dict) and "quantiles" in value):
        return "of_the_data"
    return "explicit" if isinstance(value, dict | ExplicitBounds) else "name"


def annotation_of(owner: str, setting: Setting) -> Any:
    """What a file is held against: the type of a setting that `owner`, a codec or a kind of task, declares."""
    kind = _KINDS[type(setting)](owner, setting)
    return kind | None if setting.default is None else kind


_KINDS: Mapping[type[Setting], Callable[[str, Any], Any]] = {
    Whole: _whole,
    Number: _number,
    Text: _text,
    OneOf: _one_of,
    Fixed: _fixed,
    Span: _span,
}
