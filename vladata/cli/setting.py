"""--set PATH=VALUE: values in place of a config's, for commands that take a config."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])


def setting(example: str) -> Callable[[Function], Function]:
    """Return the decorator of the option, whose value is dotted path -> YAML: {"data.path": "out/bridge"}."""
    return click.option(
        "--set",
        "values",
        multiple=True,
        callback=_values,
        metavar="PATH=VALUE",
        help=f"Another value than the config's, such as {example}; may be given again.",
    )


def _values(ctx: click.Context, option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise click.UsageError(f'--set "{text}" is not PATH=VALUE, such as data.path=out/bridge.')
        if name in found:
            raise click.UsageError(f'--set gives {name} twice: "{found[name]}" and "{value}".')
        found[name] = value
    return found
