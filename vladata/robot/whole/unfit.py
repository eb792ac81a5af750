"""The refusal of a LeRobot dataset of which a step turned out unfit while its pictures were decoded.

LeRobot numbers episodes and frames through the whole dataset, and the plan has given every unit its numbers. To leave a step out,
another plan is needed. So the commit writes errata that leave out the episodes of all such steps, and says how to give them.
"""

from collections.abc import Sequence

from vladata.errors import OutputError
from vladata.runs.job_file import UNFIT
from vladata.runs.receipts import Rejection
from vladata.selection.errata import Errata, Erratum, said
from vladata.selection.json_file import text_of
from vladata.shards.storage import Output

SHOWN = 20


def refuse(given: Errata | None, output: Output, late: Sequence[Rejection]) -> None:
    """Raise OutputError that names the steps of `late`, after writing errata for their episodes; nothing where there are none.

    given: the errata of this run, which are in the file too.
    """
    if not late:
        return
    first = {entry.episode: entry for entry in reversed(late)}
    excluded = {name: Erratum(exclude=f"step {each.step}: {each.says}") for name, each in first.items()}
    told = {**(given.episodes if given else {}), **excluded}
    output.write(UNFIT, text_of((name, said(erratum)) for name, erratum in told.items()), durable=True)
    lines = [f"  {entry.episode}, step {entry.step}: {entry.says}" for entry in late[:SHOWN]]
    more = [f"  and {len(late) - SHOWN:,} more steps"] if len(late) > SHOWN else []
    raise OutputError(
        f"{len(late):,} steps of {len(first):,} episodes have a picture that cannot be decoded, and LeRobot numbers steps "
        "through the whole dataset:\n" + "\n".join([*lines, *more]),
        where=output.url,
        hint=f"Mend them, or leave these episodes out: the same command with --overwrite --errata {output.url}/{UNFIT}",
    )
