"""`vladata schemas|recipes list|show|check`."""

from typing import Any

import click
import yaml

from vladata.cli.main import HELP
from vladata.cli.reporting import Report, reporting
from vladata.sources.rlds import open_source
from vladata.spec import find


@click.command("list", context_settings=HELP)
@reporting
def list_schemas(report: Report) -> None:
    """The dataset schemas that ship.

    Example: vladata schemas list"""
    specs = [find.schema(name) for name in find.names("schema")]
    rows: list[dict[str, Any]] = [
        {
            "name": spec.name,
            "robot": spec.robot,
            "hz": spec.control_frequency_hz,
            "cameras": list(spec.cameras),
            "chains": list(spec.actions.chains),
            "gripper": spec.chain().gripper,
        }
        for spec in specs
    ]
    width = max(len(spec.name) for spec in specs)
    lines = [
        f"{row['name']:<{width}}  {row['robot']:<14} {row['hz']:>4g} Hz  gripper {row['gripper']:<14} "
        f"chains {', '.join(row['chains'])}; cameras {', '.join(row['cameras'])}"
        for row in rows
    ]
    for spec in specs:
        report.detail(f"{spec.name}: {spec.source}; {spec.citation}")
    report.result("\n".join(lines), {"schemas": rows})


@click.command("list", context_settings=HELP)
@reporting
def list_recipes(report: Report) -> None:
    """The recipes that ship.

    Example: vladata recipes list"""
    specs = [find.recipe(name) for name in find.names("recipe")]
    lines = [f"{spec.name}  {spec.prompt} -> {spec.target}" for spec in specs]
    report.result("\n".join(lines), {"recipes": [spec.model_dump(mode="json") for spec in specs]})


def _show(spec: Any, report: Report) -> None:
    content = spec.model_dump(mode="json")
    report.result(yaml.safe_dump(content, sort_keys=False, allow_unicode=True).rstrip(), content)


@click.command("show", context_settings=HELP)
@click.argument("name")
@reporting
def show_schema(name: str, report: Report) -> None:
    """One schema in full, defaults filled in; NAME is a shipped one or a path.

    Example: vladata schemas show bridge_dataset"""
    _show(find.schema(name), report)


@click.command("show", context_settings=HELP)
@click.argument("name")
@reporting
def show_recipe(name: str, report: Report) -> None:
    """One recipe in full, defaults filled in; NAME is a shipped one or a path.

    Example: vladata recipes show rt2-pali-x"""
    _show(find.recipe(name), report)


@click.command("check", context_settings=HELP)
@click.argument("name")
@click.option("--source", help="An RLDS folder: does it have every key that the schema names?")
@reporting
def check_schema(name: str, source: str | None, report: Report) -> None:
    """Hold a schema against itself and, with --source, against a dataset's features.json.

    Example: vladata schemas check ./mine.yaml --source mine/1.0.0"""
    spec = find.schema(name)
    if source:
        opened = open_source(source)
        for chain in spec.actions.chains:
            report.detail(
                f"{chain}: {', '.join(sorted(spec.columns(opened.step_columns, chain, opened.values)))}"
            )
    text = f"{name}: in order" + (f", and {source} has every key that it names" if source else "")
    report.result(text, {"name": spec.name, "in_order": True, "source": source})


@click.command("check", context_settings=HELP)
@click.argument("name")
@reporting
def check_recipe(name: str, report: Report) -> None:
    """Hold a recipe against itself.

    Example: vladata recipes check ./mine.yaml"""
    spec = find.recipe(name)
    report.result(f"{name}: in order", {"name": spec.name, "in_order": True})
