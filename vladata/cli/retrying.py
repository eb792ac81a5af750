"""The work of `vladata retry`, once its options are read: one call, one summary."""

from typing import Any

from vladata.beam.running import Running
from vladata.cli.allowance import Allowance
from vladata.cli.conversion import judged
from vladata.cli.reporting import Report, counted, ledger_lines
from vladata.commands.retry import outlook, retry
from vladata.robot.retry import Mended, Outlook
from vladata.shards.naming import REJECTED
from vladata.spec import find


def run(
    running: Running,
    report: Report,
    allowed: Allowance,
    out: str,
    schema: str | None,
    annotations: tuple[str, ...],
    dry: bool,
    **given: Any,
) -> int:
    """Convert again, or print the plan of a dry run; return the exit code."""
    mended = Mended(spec=find.schema(schema) if schema else None, annotations=annotations or None, **given)
    if dry:
        found = outlook(out, mended, running)
        ledger = found.prepared.ledger.as_json()
        told = {**_outlook(found), "ledger": ledger, "remarks": list(found.prepared.remarks)}
        report.result("\n".join([*_lines(found), *ledger_lines(ledger)]), {"out": out, **told})
        return judged(ledger, allowed, report, "would be")
    seen: list[Outlook] = []

    def planned(found: Outlook) -> None:
        seen.append(found)
        for line in _lines(found):
            report.say(line)

    manifest = retry(out, mended, running, planned)
    ledger = manifest.as_json()["ledger"]
    summary = {
        "out": out,
        **(_outlook(seen[0]) if seen else {}),
        "samples": manifest.samples,
        "shards": len(manifest.shards),
        "ledger": ledger,
        "contract": manifest["contract"]["digest"],
        "seconds": round(report.waited(), 2),
    }
    head = f"{out}: {counted(manifest.samples, 'sample')} in {counted(len(manifest.shards), 'shard')}, {report.waited():.1f} s"
    report.result("\n".join([head, *ledger_lines(ledger)]), summary)
    return judged(manifest.ledger, allowed, report, "was", f" See {REJECTED}.")


def _outlook(found: Outlook) -> dict[str, Any]:
    return {"units": found.units, "kept": found.unchanged, "why": list(found.why)}


def _lines(found: Outlook) -> list[str]:
    made = found.units - found.unchanged
    lines = [
        f"Of {counted(found.units, 'unit')}, {found.unchanged:,} stay as they are, and {made:,} are made again."
    ]
    lines += [f"All are made again: {why}." for why in found.why]
    if any("contract" in why for why in found.why):
        lines.append("Bounds that follow the data moved with it: --keep-statistics keeps those of OUT.")
    return lines
