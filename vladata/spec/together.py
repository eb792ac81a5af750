"""Checks of several keys of a map together, reported in one round with all other problems of a file.

pydantic calls a validator of a whole map only if each key is correct by itself, and stops at the first validator that
fails: five mistakes would need five runs. So a rule of several keys is a `check` here: a method of the model that yields (path
below the map, text) for each problem. `raise_misfits` raises the problems of all checks of a map in one error; where some keys
are wrong, `raise_with_misfits` runs the checks on the other keys and adds their problems.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, create_model
from pydantic.fields import FieldInfo
from pydantic_core import InitErrorDetails, PydanticCustomError

from vladata.errors import VladataError

Problem = tuple[tuple[str | int, ...], str]
"""A path below the map, and the message for it."""
Check = TypeVar("Check", bound=Callable[[Any], Iterable[Problem]])

EACH_ALONE = "each key alone"
"""The context of a validation without checks: each value is validated by itself, whether or not it fits the others."""


def check(method: Check) -> Check:
    """Mark a method of a model as a check: it yields a problem for keys that do not fit together."""
    method.is_check = True  # type: ignore[attr-defined]
    return method


@cache
def _checks(model: type[BaseModel]) -> tuple[Callable[[Any], Iterable[Problem]], ...]:
    """Return the checks of a model and of its bases, in the order in which they are written."""
    found: dict[str, Callable[[Any], Iterable[Problem]]] = {}
    for base in reversed(model.__mro__):
        found |= {name: each for name, each in vars(base).items() if getattr(each, "is_check", False)}
    return tuple(found.values())


def says_all(problems: Iterable[Problem]) -> None:
    """Raise one error for all `problems`; do nothing if there are none."""
    if found := list(problems):
        raise _error_of(found)


def _error_of(found: list[Problem]) -> PydanticCustomError:
    return PydanticCustomError("says_all", "{text}", {"text": found[0][1], "problems": found})


def raise_misfits(made: BaseModel) -> None:
    """Raise one error for every problem that the checks of a model find in `made`."""
    says_all(problem for each in _checks(type(made)) for problem in each(made))


def raise_with_misfits(
    model: type[BaseModel], given: Any, error: ValidationError, moved: Mapping[str, str]
) -> NoReturn:
    """Raise `error` together with the problems that checks find in the keys of `given` that are correct by themselves.

    moved: key that the model once had -> the message in place of "unknown key".
    """
    faults: list[Any] = error.errors(include_url=False)
    more = list(_misfits_of_part(model, given, faults)) if isinstance(given, Mapping) else []
    told = [fault for fault in faults if _is_moved(fault, moved)]
    more += [(fault["loc"], moved[fault["loc"][0]]) for fault in told]
    if not more:
        raise error
    details = [_details(fault) for fault in faults if fault not in told]
    details.append(InitErrorDetails(type=_error_of(more), loc=(), input=given))
    raise ValidationError.from_exception_data(error.title, details)


def _is_moved(fault: Mapping[str, Any], moved: Mapping[str, str]) -> bool:
    return fault["type"] == "extra_forbidden" and len(fault["loc"]) == 1 and fault["loc"][0] in moved


def _details(fault: Mapping[str, Any]) -> InitErrorDetails:
    """Return one error of pydantic in the form from which a new ValidationError can be made."""
    kind, context = fault["type"], fault.get("ctx", {})
    if kind in ("says", "says_all"):
        kind = PydanticCustomError(kind, "{text}", context)
    return InitErrorDetails(type=kind, loc=fault["loc"], input=fault["input"], ctx=context)


def _misfits_of_part(
    model: type[BaseModel], given: Mapping[str, Any], faults: Iterable[Mapping[str, Any]]
) -> Iterator[Problem]:
    wrong = {fault["loc"][0] for fault in faults if fault["loc"]}
    part = model.model_construct()
    part.__dict__.clear()
    for name, field in model.model_fields.items():
        key = field.alias or name
        if key in given:
            part.__dict__ |= _right(model, name, given[key])
        elif key not in wrong:
            part.__dict__[name] = field.get_default(call_default_factory=True)
    for each in _checks(model):
        try:
            found = list(each(part))
        except (AttributeError, LookupError, TypeError, ValueError, VladataError):
            continue  # the check needs a wrong key, which is reported already
        yield from found


def _right(model: type[BaseModel], name: str, value: Any) -> dict[str, Any]:
    """Return {name: validated value}, or {} where the value is wrong by itself."""
    try:
        alone = _alone(model, name).model_validate(
            {model.model_fields[name].alias or name: value}, context=EACH_ALONE
        )
    except ValidationError:
        return {}
    return {name: getattr(alone, name)}


@cache
def _alone(model: type[BaseModel], name: str) -> type[BaseModel]:
    """Return a model with only the field `name` of `model`."""
    field: FieldInfo = model.model_fields[name]
    fields: dict[str, Any] = {name: (field.annotation, field)}
    return create_model(f"{model.__name__}_{name}", __config__=ConfigDict(**model.model_config), **fields)
