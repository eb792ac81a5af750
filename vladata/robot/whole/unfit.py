"""The refusal of a LeRobot dataset with pictures that could not be decoded.

LeRobot numbers episodes and frames through the whole dataset, and the plan gives each unit its numbers. To leave out a step,
another plan is needed: one from an index that decoded every picture (check_pictures), or one with errata. The commit writes such
errata for the episodes of all steps that were found.
"""

from collections.abc import Sequence

from vladata.errors import OutputError
from vladata.runs.job_file import UNFIT
from vladata.runs.receipts import Rejection
from vladata.selection.errata import Errata, Erratum, said
from vladata.selection.json_file import text_of
from vladata.shards.storage import Output

SHOWN = 20
WHY = "and LeRobot numbers steps through the whole dataset:"


def refuse(given: Errata | None, output: Output, late: Sequence[Rejection]) -> None:
    """Write errata that leave out the episodes of `late`, then raise OutputError that names them. Do nothing if `late` is empty.

    given: the errata of this run, which are also written.
    late:  the steps whose pictures could not be decoded.
    """
    if not late:
        return
    first: dict[str, Rejection] = {}
    for entry in late:
        first.setdefault(entry.episode, entry)
    excluded = {name: Erratum(exclude=f"step {each.step}: {each.says}") for name, each in first.items()}
    told = {**(given.episodes if given else {}), **excluded}
    output.write(UNFIT, text_of((name, said(erratum)) for name, erratum in told.items()), durable=True)
    lines = [f"  {each.episode}, step {each.step}: {each.says}" for each in list(first.values())[:SHOWN]]
    more = [f"  and {len(first) - SHOWN:,} more episodes"] if len(first) > SHOWN else []
    counted = f"{len(first):,} episodes have" if len(first) > 1 else "an episode has"
    raise OutputError(
        "\n".join([f"{counted} a picture that cannot be decoded, {WHY}", *lines, *more]),
        where=output.url,
        hint="Convert again with --overwrite --check-pictures, which decodes every picture first and leaves out single steps; or "
        f"leave out these episodes: --overwrite --errata {output.url}/{UNFIT}",
    )
