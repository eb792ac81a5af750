"""--select, --keep-ranges and --errata: the options that choose the episodes and steps of a command."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

EXAMPLES = {"--select": "length.min=5", "--keep": "size.min=200"}
Function = TypeVar("Function", bound=Callable[..., Any])


def choosing(function: Function) -> Function:
    """Add the options; their values are the command's arguments `asked`, `keep_ranges` and `errata`."""
    for option in (
        click.option(
            "--errata",
            default="",
            metavar="FILE",
            help="A JSON file that corrects the instructions of episodes, or excludes them.",
        ),
        click.option(
            "--keep-ranges",
            default="",
            metavar="FILE",
            help="A JSON file with the ranges of frames to take of each episode.",
        ),
        click.option(
            "--select",
            "asked",
            multiple=True,
            metavar="KEY=VALUE",
            help="A key of the recipe's select, such as length.min=5 or idle.longest=7; may be given again.",
        ),
    ):
        function = option(function)
    return function


def merged(before: Any, asked: Sequence[str], option: str = "--select") -> Any:
    """Return `before`, a part of a spec, with the values of `asked` set: texts KEY=VALUE of the option `option`."""
    if not asked:
        return before
    from vladata.errors import SpecError
    from vladata.spec.read import validate_data

    data = before.model_dump(exclude_none=True)
    for text in asked:
        key, equals, value = text.partition("=")
        names = key.strip().split(".")
        if not equals or not all(names):
            raise click.UsageError(f'{option} "{text}" is not KEY=VALUE, such as {EXAMPLES[option]}.')
        below = data
        for name in names[:-1]:
            below = below.setdefault(name, {})
            if not isinstance(below, dict):
                raise click.UsageError(f'{option} {key}: "{name}" holds a value, no keys.')
        below[names[-1]] = _value(value.strip())
    try:
        return validate_data(type(before), data, option)
    except SpecError as fault:
        fault.hint = f"A list is written [a, b], a key of a map with a dot: {EXAMPLES[option]}."
        raise


def _value(text: str) -> Any:
    """Return the value of a text as in a spec: a scalar, or a list of scalars, [a, b]."""
    from vladata.spec.read import scalar

    if text.startswith("[") and text.endswith("]"):
        return [scalar(item.strip()) for item in text[1:-1].split(",")]
    return scalar(text)
