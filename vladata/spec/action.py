"""`action` of a recipe: the name of a codec, and the settings that this codec declares.

    action: {codec: rt2, bins: 256, bounds: quantiles, terminate: first}

Each codec declares its settings in vladata/actions/codecs/. One model is made here for each codec in the table, and a file is
checked by the model that its `codec` names.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache, reduce
from operator import or_
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, create_model

from vladata.actions.codecs.table import CODECS
from vladata.actions.protocol import Codec
from vladata.actions.settings import Fixed, Number, OneOf, Setting, Span, Text, Whole
from vladata.spec.strict import Many, Name, Strict, quoted, says
from vladata.spec.together import Problem, check


class ExplicitBounds(Strict):
    """Bounds of the bins: one number for each dimension, terminate not counted."""

    low: Annotated[Many[float], Field(min_length=1)]
    """The least value of each dimension: bin 0."""
    high: Annotated[Many[float], Field(min_length=1)]
    """The greatest value of each dimension: the last bin."""

    @check
    def _as_many(self) -> Iterator[Problem]:
        if len(self.low) != len(self.high):
            yield ("high",), f"got {len(self.high)} numbers; allowed: as many as low has, {len(self.low)}"

    @check
    def _in_order(self) -> Iterator[Problem]:
        for i, (low, high) in enumerate(zip(self.low, self.high, strict=False)):
            if high < low:
                yield ("high", i), f"got {high}; allowed: {low} (low) or more"


class QuantileBounds(Strict):
    """Bounds of the bins by quantiles of the data. A gripper keeps the bounds of its convention (0 to 1, or -1 to 1)."""

    quantiles: Annotated[Many[float], Field(min_length=2, max_length=2)]
    """The lower quantile and the higher one, each from 0 to 1: [0.05, 0.95]."""

    @check
    def _in_order(self) -> Iterator[Problem]:
        low, high = self.quantiles
        if not 0 <= low < high <= 1:
            yield ("quantiles",), f"got {low:g} and {high:g}; allowed: the lower first, each from 0 to 1"


class ActionRule(Strict):
    """The settings that all codecs have. The model of each codec adds its own."""

    codec: str
    """The codec, by name."""
    chain: Name | None = None
    """The action chain of the dataset's schema; left out or null, the schema's default."""

    def settings(self) -> dict[str, Any]:
        """Return only the settings of the codec, as `vladata.codec` takes them."""
        return self.model_dump(mode="json", exclude={"codec", "chain"})

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the data of the model: its class is made at run time, and no module holds it."""
        return _restored, (self.model_dump(),)


def _restored(data: Mapping[str, Any]) -> ActionRule:
    return rule_of(data["codec"], CODECS[data["codec"]]).model_validate(data)


@cache
def rule_of(name: str, codec: type[Codec]) -> type[ActionRule]:
    """Return the model of a codec's settings in a recipe."""
    fields: dict[str, Any] = {"codec": (Literal[name], Field(description="The codec, by name."))}
    for setting, declared in codec.settings.items():
        kind = annotation_of(name, declared)
        fields[setting] = (kind, Field(default=declared.default, description=declared.about))
    title = f"Action_{name}"
    return create_model(title, __base__=ActionRule, __doc__=codec.__doc__, __module__=__name__, **fields)


class _CodecUnion:
    """A union that is made anew for each model of a recipe, since the table of codecs may have grown."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], Any]) -> Any:
        rules = reduce(or_, (rule_of(name, codec) for name, codec in CODECS.items()))
        return handler(Annotated[rules, Field(discriminator="codec")])


AnyAction = Annotated[ActionRule, _CodecUnion()]
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
    """Return the type of a setting that `owner`, a codec or a kind of task, declares."""
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
