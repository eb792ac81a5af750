"""The options --json, --quiet and --verbose, and the output of every command.

Standard output has the result: text for people, or one JSON object. Standard error has remarks and progress.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import click
import orjson

from vladata.cli.main import STARTED
from vladata.shards.counts import missing
from vladata.shards.naming import REASONS, SAMPLES, ledger_units
from vladata.sizes import bytes_in
from vladata.sizes import counted as counted
from vladata.sizes import human as human

FINDINGS = 3
"""The exit code of a command that did its work, but has findings or rejected more than is allowed."""

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class Report:
    """The output of a command: its result, remarks and details."""

    json: bool
    quiet: bool
    verbose: bool

    def say(self, text: str) -> None:
        """Print a remark for a person on standard error, unless --quiet is given."""
        if not self.quiet:
            click.echo(text, err=True)

    def detail(self, text: str) -> None:
        """Print a remark on standard error if --verbose is given."""
        if self.verbose:
            click.echo(text, err=True)

    def waited(self) -> float:
        """Return the seconds since the command was called, including its imports."""
        return time.monotonic() - STARTED

    def result(self, text: str, summary: Mapping[str, Any]) -> None:
        """Print the result of the command, once."""
        if self.json:
            click.echo(
                orjson.dumps(summary, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY).decode()
            )
        elif not self.quiet:
            click.echo(text)


def reporting(function: Function) -> Function:
    """Add the options and hand the command a Report as `report`."""

    def wrapped(*args: Any, as_json: bool, quiet: bool, verbose: bool, **kwargs: Any) -> Any:
        if quiet and verbose:
            raise click.UsageError("--quiet and --verbose ask for opposite things.")
        return function(*args, report=Report(as_json, quiet, verbose), **kwargs)

    wrapped.__doc__ = function.__doc__
    wrapped.__click_params__ = getattr(function, "__click_params__", [])  # type: ignore[attr-defined]
    for option in (
        click.option("--verbose", is_flag=True, help="Print the steps of the work as they are done."),
        click.option("--quiet", is_flag=True, help="Print errors only."),
        click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON."),
    ):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[return-value]


def size(ctx: click.Context, option: click.Parameter, text: str) -> int:
    """Return the bytes of "256MB", "1.5GiB" or "4096B", as an option's callback. A number without a unit is refused."""
    try:
        found = bytes_in(text)
    except ValueError as fault:
        raise click.BadParameter(str(fault)) from None
    if text.strip()[-1] in "0123456789.":
        raise click.BadParameter(
            f'"{text}" has no unit; write {text}MB (megabytes), {text}GB or {text}B (bytes)'
        )
    return found


def png(ctx: click.Context, option: click.Parameter, path: str | None) -> str | None:
    """Return the path of a picture that is written as PNG. An option's callback."""
    if path is not None and not path.lower().endswith(".png"):
        raise click.BadParameter(f'expected a name that ends in .png, since a PNG is written; got "{path}"')
    return path


def missing_lines(ledger: Mapping[str, Any]) -> list[str]:
    """Return the line about data that was read and rejected, to be shown first; [] if nothing was rejected."""
    return [line] if (line := missing(ledger)) else []


def ledger_lines(ledger: Mapping[str, Any]) -> list[str]:
    """Return the ledger as text: one line per unit and one per reason."""
    lines = []
    whole, part = ledger_units(ledger)
    for unit in (whole, part):
        counts = ledger[unit]
        parts = ", ".join(f"{counts[name]:,} {name}" for name in ("written", "filtered", "rejected"))
        lines.append(f"  {unit:<9}{counts['read']:,} read = {parts}")
    if len(tasks := ledger.get(SAMPLES, {})) > 1 and whole != SAMPLES:
        lines.append(f"  {SAMPLES:<9}" + ", ".join(f"{task} {count:,}" for task, count in tasks.items()))
    for reason, entry in ledger[REASONS].items():
        counts = ", ".join(counted(entry[unit], unit.removesuffix("s")) for unit in (whole, part))
        lines.append(f"  {entry['outcome']:<9}{reason}: {counts}")
    return lines
