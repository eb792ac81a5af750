"""bounds: what bounds from quantiles do to each dimension of the action, counted over every step.

A dimension that moves rarely has quantiles that cut its motion off; a conversion then takes min to max (vladata/actions/bounds.py
has the rule), and says so, as this does. One wild step among rare motion spoils either.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

import pyarrow as pa

from vladata.actions.codec import codec
from vladata.doctor.facts import Subject
from vladata.doctor.finding import Finding
from vladata.errors import CodecError
from vladata.index.clipping import Clipping, clipping, remarks
from vladata.index.summary import summarise

QUANTILES = "quantiles"


def bounds(subject: Subject, read: Callable[[Sequence[str]], Iterable[pa.Table]]) -> Iterator[Finding]:
    """Return a finding for each dimension that `bounds: quantiles` would cut off, or cuts far; `read` is called several times."""
    names, column = subject.layout.names, ["action"]
    statistics = summarise(lambda: read(column), {"action": names})["action"].statistics
    if not statistics.count:
        return
    try:
        made = codec("rt2", statistics, bounds=QUANTILES, gripper=subject.chain.grippers)
    except CodecError as fault:  # a conversion would say the same, and end
        yield refused("bounds", fault, statistics.count)
        return
    found = clipping(made, statistics, lambda: read(column))
    for d, says in remarks(made, QUANTILES, statistics, found):
        yield cut_finding("bounds", d, says, found)


def refused(kind: str, fault: CodecError, steps: int) -> Finding:
    """Return the finding of bounds that no codec can be made with."""
    says = f"{fault.what}; got {fault.got}."
    return Finding(kind, "error", says[0].upper() + says[1:], fault.hint, steps=steps)


def cut_finding(kind: str, d: int, says: str, found: Clipping) -> Finding:
    """Return the finding of one dimension whose motion the bounds cut."""
    advice = (
        "Look at these steps (vladata stats has the numbers). If they are wrong, cut them out with --keep-ranges. If they are "
        "right, keep them, or give the recipe bounds: {low: [...], high: [...]}."
    )
    evidence = {
        "dimension": found.names[d],
        "min": found.least[d],
        "max": found.most[d],
        "clipped": found.clipped[d],
        "of": found.steps,
    }
    return Finding(kind, "warning", says, advice, evidence, steps=found.steps)
