"""`vladata corpora list|show|check`."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import click

from vladata.cli.completing import completing
from vladata.cli.main import HELP
from vladata.cli.numbers import WholeRange
from vladata.cli.reporting import FINDINGS, Report, reporting
from vladata.cli.specs import show
from vladata.spec import find
from vladata.spec.corpus import CorpusSpec


@click.command("list", context_settings=HELP)
@reporting
def list_corpora(report: Report) -> None:
    """List the web corpora whose layouts ship.

    Example: vladata corpora list"""
    specs = [find.corpus(name) for name in find.names("corpus")]
    rows = [_row(spec) for spec in specs]
    widths = [max(len(row[name]) for row in rows) for name in ("name", "layout")]
    lines = [
        f"{row['name']:<{widths[0]}}  {row['layout']:<{widths[1]}}  {', '.join(row['tasks'])}" for row in rows
    ]
    for spec in specs:
        report.detail(
            f"{spec.name}: {spec.source or 'no public place'}; {spec.citation or 'no citation given'}"
        )
    report.result("\n".join(lines), {"corpora": rows})


def _row(spec: CorpusSpec) -> dict[str, Any]:
    tasks = list(dict.fromkeys(pair.task for pair in spec.pairs))
    return {
        "name": spec.name,
        "aliases": list(spec.aliases),
        "layout": spec.layout,
        "tasks": tasks,
        "images_folder": spec.names_files,
    }


@click.command("show", context_settings=HELP)
@click.argument("name", shell_complete=completing("corpus"))
@reporting
def show_corpus(name: str, report: Report) -> None:
    """Show one corpus schema in full, with its defaults; NAME is a shipped one or a path.

    Example: vladata corpora show laion"""
    show(find.corpus(name), report)


@click.command("check", context_settings=HELP)
@click.argument("name", shell_complete=completing("corpus"))
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option(
    "--images", default="", metavar="FOLDER", help="Where the images are, if records only name their files."
)
@click.option(
    "--links-into",
    "links",
    multiple=True,
    metavar="FOLDER",
    help="A folder outside --images that links in it may lead into; may be given again.",
)
@click.option("--split", default="train", show_default=True, help="The split of a TFDS dataset.")
@click.option(
    "--records",
    type=WholeRange(1, 100_000),
    default=100,
    show_default=True,
    help="Number of records to check, from the first on.",
)
@reporting
def check_corpus(
    name: str,
    sources: tuple[str, ...],
    images: str,
    links: tuple[str, ...],
    split: str,
    records: int,
    report: Report,
) -> int:
    """Check a corpus schema and, with SOURCE, the first records of that corpus. Lists the members, columns, features or keys
    of the records beside those that the schema reads.

    The exit code is 3 when no record is fit.

    Example: vladata corpora check ./mine.yaml 'mine/{00000..00099}.tar'"""
    spec = find.corpus(name)
    if not sources:
        report.result(f"{name}: in order", {"name": spec.name, "in_order": True})
        return 0
    from vladata.corpora.corpus import open_corpus
    from vladata.corpora.first_rows import first_rows
    from vladata.corpora.members import members
    from vladata.corpora.passed_over import counted, told

    opened = open_corpus(spec, sources, images, split, links)
    has = members(opened)
    found, passed = _Found(), counted([], opened.hidden)
    for table in first_rows(opened, records):
        passed += counted([table])
        found.add(table.select(["record", "task", "reason", "says"]).to_pylist())
    text = "\n".join(filter(None, [found.text(name, len(opened.files)), told(passed), _beside(has, spec)]))
    more = {"has": has, "reads": _reads(spec), "passed_over": dict(passed)}
    report.result(text, found.summary(spec.name, len(opened.files)) | more)
    return 0 if found.fit else FINDINGS


def _reads(spec: CorpusSpec) -> list[str]:
    """Return the paths and the names of image files that the schema reads."""
    return list(dict.fromkeys([*spec.reads, *(spec.image.file if spec.image else ())]))


def _beside(has: Mapping[str, str], spec: CorpusSpec) -> str:
    """Return lines with the members that the schema reads, and those that the records have."""
    lines = [f"  {name}: {says}" for name, says in has.items()]
    return "\n".join([f"the schema reads: {', '.join(_reads(spec))}", "the records have:", *lines])


class _Found:
    """Counts of the first records of a corpus: pairs that are fit by task, and unfit ones by reason with a first example."""

    def __init__(self) -> None:
        self.records = self.files = 0
        self.fit: Counter[str] = Counter()
        self.unfit: Counter[str] = Counter()
        self.says: dict[str, str] = {}

    def add(self, rows: list[dict[str, Any]]) -> None:
        """Count the rows of one file."""
        self.files += 1
        self.records += len({row["record"] for row in rows})
        for row in rows:
            if row["reason"] is None:
                self.fit[row["task"]] += 1
            else:
                self.unfit[row["reason"]] += 1
                self.says.setdefault(row["reason"], row["says"])

    def text(self, name: str, files: int) -> str:
        tasks = ", ".join(f"{task} {count:,}" for task, count in sorted(self.fit.items()))
        head = (
            f"{name}: in order; of the first {self.records:,} records (in {self.files:,} of {files:,} files) "
            f"{self.fit.total():,} pairs are fit{f' ({tasks})' if tasks else ''}, {self.unfit.total():,} are not"
        )
        return "\n".join(
            [
                head,
                *(f"  {reason} {count:,}: {self.says[reason]}" for reason, count in self.unfit.most_common()),
            ]
        )

    def summary(self, name: str, files: int) -> dict[str, Any]:
        reasons = {
            reason: {"pairs": count, "first": self.says[reason]} for reason, count in self.unfit.most_common()
        }
        return {
            "name": name,
            "in_order": True,
            "files": files,
            "records": self.records,
            "fit": dict(sorted(self.fit.items())),
            "unfit": reasons,
        }
