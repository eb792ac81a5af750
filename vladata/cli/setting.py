"""--set PATH=VALUE: other values than a config's, of commands that take one."""

import click


def values(ctx: click.Context, option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """Return dotted path -> YAML of "data.path=out/bridge". An option's callback."""
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise click.UsageError(f'--set "{text}" is not PATH=VALUE, such as data.path=out/bridge.')
        if name in found:
            raise click.UsageError(f'--set gives {name} twice: "{found[name]}" and "{value}".')
        found[name] = value
    return found
