"""`vladata schemas|recipes list|show|check|diff`, and `vladata schemas infer`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import click
import yaml

from vladata.actions.contract import differences as differing
from vladata.cli.completing import completing
from vladata.cli.main import HELP
from vladata.cli.reporting import FINDINGS, Report, reporting
from vladata.errors import OutputError
from vladata.near_path import unwritten
from vladata.sources.compare import Difference, differences
from vladata.sources.infer import infer
from vladata.sources.misfits import misfits
from vladata.sources.readers import NATIVE, READERS, open_source
from vladata.sources.source import Source
from vladata.spec import find
from vladata.spec.dataset import DatasetSpec
from vladata.spec.read import validate
from vladata.spec.strict import Strict


@click.command("list", context_settings=HELP)
@click.argument("words", nargs=-1, metavar="[WORD]...")
@reporting
def list_schemas(words: tuple[str, ...], report: Report) -> None:
    """List the dataset schemas that ship; with WORDs, those whose name, robot, cameras or chains hold all of them.

    --json and `schemas show NAME` have the dimensions and grippers in full.

    Example: vladata schemas list franka wrist"""
    specs = [spec for spec in map(find.schema, find.names("schema")) if _holds(spec, words)]
    if not specs:
        report.result(f"No shipped schema holds {' and '.join(words)}.", {"schemas": []})
        return
    rows = [_row(spec) for spec in specs]
    cells = [[cell for cell, _ in COLUMNS]] + [[show(row) for _, show in COLUMNS] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)) for line in cells
    ]
    for spec in specs:
        report.detail(
            f"{spec.name}: {spec.source or 'no public place'}; {spec.citation or 'no citation given'}"
        )
    report.result("\n".join(line.rstrip() for line in lines), {"schemas": rows})


def _holds(spec: DatasetSpec, words: Sequence[str]) -> bool:
    """Return True if every word is in the name, the robot, a camera or a chain of a schema, in any case."""
    text = " ".join([spec.name, spec.robot, *spec.cameras, *spec.actions.chains]).lower()
    return all(word.lower() in text for word in words)


def _row(spec: DatasetSpec) -> dict[str, Any]:
    chain = spec.chain()
    return {
        "name": spec.name,
        "robot": spec.robot,
        "hz": spec.control_frequency_hz,
        "episodes": sum(spec.episodes.values()) if spec.episodes else None,
        "cameras": list(spec.cameras),
        "action": list(chain.names),
        "gripper": dict(chain.grippers),
        "chains": list(spec.actions.chains),
        "uncertain": list(spec.confidence or ()),
    }


def _cut(text: str, width: int) -> str:
    """Return the text, cut to `width` characters; three dots show the cut."""
    return text if len(text) <= width else text[: width - 3] + "..."


COLUMNS: tuple[tuple[str, Callable[[dict[str, Any]], str]], ...] = (
    ("name", lambda row: row["name"]),
    ("robot", lambda row: _cut(row["robot"], 13)),
    ("Hz", lambda row: "?" if row["hz"] is None else f"{row['hz']:g}"),
    ("episodes", lambda row: "?" if row["episodes"] is None else f"{row['episodes']:,}"),
    ("dims", lambda row: str(len(row["action"]))),
)


@click.command("list", context_settings=HELP)
@reporting
def list_recipes(report: Report) -> None:
    """List the recipes that ship.

    Example: vladata recipes list"""
    specs = [find.recipe(name) for name in find.names("recipe")]
    lines = [
        f"{spec.name}  {name}  {task.prompts[0]} -> {task.target}".replace("\n", "\\n")
        for spec in specs
        for name, task in spec.tasks.items()
    ]
    report.result("\n".join(lines), {"recipes": [spec.model_dump(mode="json") for spec in specs]})


def show(spec: Any, report: Report) -> None:
    """Print a spec in full, as YAML or JSON."""
    content = spec.model_dump(mode="json")
    report.result(yaml.safe_dump(content, sort_keys=False, allow_unicode=True).rstrip(), content)


@click.command("show", context_settings=HELP)
@click.argument("name", shell_complete=completing("schema"))
@reporting
def show_schema(name: str, report: Report) -> None:
    """Show one schema in full, with its defaults; NAME is a shipped one or a path.

    Example: vladata schemas show bridge_dataset"""
    show(find.schema(name), report)


@click.command("show", context_settings=HELP)
@click.argument("name", shell_complete=completing("recipe"))
@reporting
def show_recipe(name: str, report: Report) -> None:
    """Show one recipe in full, with its defaults; NAME is a shipped one or a path.

    Example: vladata recipes show rt2-pali-x"""
    show(find.recipe(name), report)


@click.command("check", context_settings=HELP)
@click.argument("name", shell_complete=completing("schema"))
@click.option("--source", help="A robot dataset: check that it has every key that the schema names.")
@click.option("--reader", type=click.Choice(READERS), default=NATIVE, show_default=True)
@reporting
def check_schema(name: str, source: str | None, reader: str, report: Report) -> int:
    """Check a schema and, with --source, the columns of a dataset against it.

    The exit code is 3 when a feature has another type or shape than the schema declares, or cannot be used as the schema says:
    a camera without pictures, an instruction that is not text, columns that an operation cannot compute with.

    Example: vladata schemas check ./mine.yaml --source mine/1.0.0"""
    spec, found = find.schema(name), list[Difference]()
    if source:
        opened = open_source(source, reader)
        for chain in spec.actions.chains:
            report.detail(
                f"{chain}: {', '.join(sorted(spec.columns(opened.step_columns, chain, opened.values)))}"
            )
        found = [*differences(spec, opened), *_misfits(spec, opened)]
    wrong = list(dict.fromkeys(str(difference) for difference in found if not difference.remark))
    for difference in found:
        if difference.remark:
            report.detail(str(difference))
    text = f"{name}: in order" + (f", and {source} has every key that it names" if source else "")
    if wrong:
        text = "\n  ".join([f"{name}: {source} has {len(wrong)} of its features otherwise", *wrong])
    report.result(text, {"name": spec.name, "in_order": not wrong, "source": source, "differences": wrong})
    return FINDINGS if wrong else 0


def _misfits(spec: DatasetSpec, source: Source) -> Iterator[Difference]:
    """Yield the columns that the chains of a schema cannot use, each once."""
    for chain in spec.actions.chains:
        yield from misfits(spec, source, chain)


@click.command("infer", context_settings=HELP)
@click.argument("source")
@click.option(
    "--out", help="Write the draft to this file, which must not be there yet; left out, it is printed."
)
@reporting
def infer_schema(source: str, out: str | None, report: Report) -> None:
    """Draft a schema for the robot dataset SOURCE from its columns; every guess is marked.

    Example: vladata schemas infer mine/1.0.0 --out mine.yaml"""
    opened = open_source(source)
    draft = infer(opened)
    validate(DatasetSpec, draft.text, "the draft")
    if opened.name in find.names("schema"):
        report.say(f"A schema for {opened.name} ships: vladata schemas show {opened.name}")
    if out is None:
        report.result(
            draft.text.rstrip(), {"source": source, "schema": draft.text, "unread": dict(draft.unread)}
        )
        return
    try:
        with open(out, "x", encoding="utf-8") as file:
            file.write(draft.text)
    except OSError as fault:
        what = f"cannot write the draft: {fault.strerror}"
        raise OutputError(what, where=out, hint=unwritten(fault, out)) from fault
    said = f"{out}: a draft with {draft.guesses} guesses. Look at each, then: vladata schemas check {out} --source {source}"
    found = {"source": source, "out": out, "guesses": draft.guesses, "unread": dict(draft.unread)}
    report.result("\n  ".join([said, *_unread(draft.unread)]), found)


def _unread(unread: Mapping[str, str]) -> Iterator[str]:
    """Yield a line with the fields that a draft does not read, grouped by the role that their names suggest.
    unread: field -> role, "" if it is not known.
    """
    if not unread:
        return
    told: dict[str, list[str]] = {}
    for field, role in unread.items():
        told.setdefault(role, []).append(field)
    others = told.pop("", [])
    parts = [f"{role}: {', '.join(fields)}" for role, fields in told.items()]
    parts += [f"and {len(others)} more" if parts else f"{len(others)} fields"] if others else []
    yield f"It does not read, and lists at its end, {'; '.join(parts)}."


@click.command("diff", context_settings=HELP)
@click.argument("one", shell_complete=completing("schema"))
@click.argument("other", shell_complete=completing("schema"))
@reporting
def diff_schemas(one: str, other: str, report: Report) -> int:
    """Compare two schemas, key by key; each is a shipped one or a path. The exit code is 3 when they differ.

    Example: vladata schemas diff bridge_dataset ./mine.yaml"""
    return _diff(one, other, find.schema, report)


@click.command("diff", context_settings=HELP)
@click.argument("one", shell_complete=completing("recipe"))
@click.argument("other", shell_complete=completing("recipe"))
@reporting
def diff_recipes(one: str, other: str, report: Report) -> int:
    """Compare two recipes, key by key, with their defaults; each is a shipped one or a path. The exit code is 3 when they
    differ.

    Example: vladata recipes diff rt2-pali-x ./mine.yaml"""
    return _diff(one, other, find.recipe, report)


def _diff(one: str, other: str, load: Callable[[str], Strict], report: Report) -> int:
    here, there = (load(name).model_dump(mode="json") for name in (one, other))
    lines = differing(here, there)
    text = "\n".join(lines) or f"{one} and {other} say the same"
    report.result(text, {"one": one, "other": other, "differences": lines})
    return FINDINGS if lines else 0


@click.command("check", context_settings=HELP)
@click.argument("name", shell_complete=completing("recipe"))
@click.option("--source", help="A robot dataset: print how many bins of each dimension its actions use.")
@click.option(
    "--schema",
    shell_complete=completing("schema"),
    help="The dataset's schema, by name or path; --source needs it.",
)
@click.option("--split", default="train", show_default=True, help="The split of --source, as TFDS writes it.")
@reporting
def check_recipe(name: str, source: str | None, schema: str | None, split: str, report: Report) -> None:
    """Check a recipe and, with --source and --schema, what it does to a dataset: the bins that each dimension uses, and the
    share of the steps that is clipped.

    Example: vladata recipes check rt1 --source bridge_dataset/1.0.0 --schema bridge_dataset"""
    if (source is None) != (schema is None):
        raise click.UsageError("--source and --schema go together: the schema says how the source is read.")
    spec = find.recipe(name)
    told: dict[str, Any] = {"name": spec.name, "in_order": True}
    if source is None or schema is None:
        report.result(f"{name}: in order", told)
        return
    from vladata.beam.running import hire
    from vladata.cli.conversion import bin_lines
    from vladata.commands.rlds2vla import dry_run
    from vladata.robot.settings import Settings

    with hire(1, (), report.quiet, report.say, report.detail) as running:
        prepared = dry_run(
            Settings(source, "", find.schema(schema), spec, order="source", split=split), running
        )
    bins = {dimension: {"used": used, "of": whole} for dimension, (used, whole) in prepared.bins.items()}
    told |= {
        "source": source,
        "bins": bins,
        "clipping": prepared.job.clipping,
        "remarks": list(prepared.remarks),
    }
    report.result("\n".join([f"{name}: in order", *bin_lines(prepared), *prepared.remarks]), told)
