"""Options of every command that writes an output, declared once.

named         OUT, which has a name
writing       --format --seed --workers --memory --overwrite --dry-run
converting    --order --samples-per-shard --image-size --max-rejected, of conversions
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from vladata.cli.allowance import allowance
from vladata.cli.image_size import image_size
from vladata.cli.numbers import WORKERS, WholeRange
from vladata.cli.reporting import size
from vladata.near_path import EMPTY
from vladata.plan.orders import ORDERS
from vladata.shards.naming import FORMATS, Format

Function = TypeVar("Function", bound=Callable[..., Any])


def named(ctx: click.Context, argument: click.Parameter, path: str) -> str:
    """Return the path of the output, which is not empty. An argument's callback."""
    if not path:
        raise click.UsageError(f"OUT is empty. {EMPTY}")
    return path


def writing(
    seed: str, dry: str, formats: Sequence[Format] = FORMATS, of_formats: str | None = None
) -> Callable[[Function], Function]:
    """Return a decorator. seed, dry, of_formats: the help texts of --seed, --dry-run and --format."""
    options = (
        click.option(
            "--format",
            "fmt",
            type=click.Choice(formats),
            default="webdataset",
            show_default=True,
            help=of_formats,
        ),
        click.option("--seed", type=WholeRange(0), default=0, show_default=True, help=seed),
        click.option(
            "--workers",
            type=WORKERS,
            default=1,
            show_default=True,
            help="Processes on this machine.",
        ),
        click.option(
            "--memory",
            default="256MB",
            callback=size,
            show_default=True,
            help="Most memory for the data that one worker holds at once, with its unit: 256MB, 1GB.",
        ),
        click.option("--overwrite", is_flag=True, help="Replace what an earlier run left in OUT."),
        click.option("--dry-run", "dry", is_flag=True, help=dry),
    )
    return lambda function: _with(function, options)


def converting(allowed: str, of: str, order: str = "") -> Callable[[Function], Function]:
    """Return a decorator. allowed: the default of --max-rejected; of: the words for what it counts; order: added to the help
    text of --order."""
    options = (
        click.option(
            "--order", type=click.Choice(ORDERS), help=f"Order of the samples; shuffled by default{order}."
        ),
        click.option(
            "--samples-per-shard",
            type=WholeRange(1),
            default=1000,
            show_default=True,
            help="Most samples that a shard holds.",
        ),
        click.option(
            "--image-size",
            callback=image_size,
            metavar="N|HxW",
            help="Resize images to N x N, or to a height and a width, whatever the recipe says.",
        ),
        click.option(
            "--max-rejected",
            "allowed",
            default=allowed,
            callback=allowance,
            show_default=True,
            metavar="N|P%",
            help=f"With more rejected {of} than this (a count, or a share), the exit code is 3.",
        ),
    )
    return lambda function: _with(function, options)


def _with(function: Function, options: tuple[Callable[[Any], Any], ...]) -> Function:
    for option in reversed(options):
        function = option(function)
    return function
