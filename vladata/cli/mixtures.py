"""`vladata mixtures list|show|check`."""

from difflib import get_close_matches
from typing import Any

import click

from vladata.cli.completing import completing
from vladata.cli.main import HELP
from vladata.cli.reporting import FINDINGS, Report, reporting
from vladata.cli.specs import show
from vladata.mixtures.tree import leaves, tree_of
from vladata.spec import find


@click.command("list", context_settings=HELP)
@reporting
def list_mixtures(report: Report) -> None:
    """List the mixtures that ship: RT-2's, and those of other projects.

    Example: vladata mixtures list"""
    specs, schemas = (
        [find.mixture(name) for name in find.names("mixture")],
        {*find.names("schema"), *find.names("corpus")},
    )
    rows: list[dict[str, Any]] = [
        {
            "name": spec.name,
            "sources": len(list(spec.datasets())),
            "with_schema": len(schemas.intersection(spec.datasets())),
            "weights": spec.weights,
            "source": spec.source,
        }
        for spec in specs
    ]
    width = max(len(spec.name) for spec in specs)
    lines = [
        f"{row['name']:<{width}}  {row['sources']:>3} datasets, {row['with_schema']:>3} with a schema; "
        f"weights {row['weights'] or 'not established'}; {row['source']}"
        for row in rows
    ]
    report.result("\n".join(lines), {"mixtures": rows})


@click.command("show", context_settings=HELP)
@click.argument("name", shell_complete=completing("mixture"))
@reporting
def show_mixture(name: str, report: Report) -> None:
    """Show one mixture in full, with its defaults; NAME is a shipped one or a path.

    Example: vladata mixtures show openvla-oxe_magic_soup_plus"""
    show(find.mixture(name), report)


@click.command("check", context_settings=HELP)
@click.argument("name", shell_complete=completing("mixture"))
@reporting
def check_mixture(name: str, report: Report) -> int:
    """Check a mixture, the mixtures in it, and that the schemas that ship know its datasets.

    Exit code 3 when a dataset that has no path has no schema either.

    Example: vladata mixtures check ./mine.yaml"""
    spec, schemas = find.mixture(name), (*find.names("schema"), *find.names("corpus"))
    # A mixture may leave the meaning of its weights open until it is mixed; it makes no difference here.
    datasets = list(leaves(tree_of(spec, None if spec.weights else "shares", name)))
    named = [leaf.name.rsplit("/", 1)[-1] for leaf in datasets if leaf.source.path is None]
    missing = {source: get_close_matches(source, schemas, n=1) for source in named if source not in schemas}
    lines = [
        f"no schema for {source}" + (f'; did you mean "{close[0]}"?' if close else "")
        for source, close in missing.items()
    ]
    head = f"{name}: in order, {len(datasets)} datasets"
    text = "\n  ".join([f"{head}, {len(missing)} without a schema" if missing else head, *lines])
    report.result(text, {"name": spec.name, "without_schema": list(missing)})
    return FINDINGS if missing else 0
