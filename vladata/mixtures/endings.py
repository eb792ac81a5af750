"""The endings of a source's keys, so that no two samples of a mixture have the same key.

A key begins with the name of its dataset, so a source needs no ending if no other source has a dataset of the same name. Else
its keys end in the source's name, `-web-captions`, and a repeated sample has `-r1` after that (job.py).

The end of a key tells the source only if no ending is the end of another one. But `-x` is the end of `-web-x`, and a source named
`x-r1` has the ending of the second pass over `x`. In such a mixture the endings are numbers in the order of the sources: `-s0`,
`-s1`, ...
"""

import re
from collections.abc import Mapping, Sequence

REPEATED = re.compile(r"(.*-)?r+[0-9]+")


def endings(datasets: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return source -> the ending of its keys, or "". datasets: source -> the names of the datasets of its samples."""
    shared = [
        name for name in datasets if any(_meet(datasets[name], datasets[o]) for o in datasets if o != name)
    ]
    plain = [name.replace("/", "-") for name in shared]
    if not _told_apart(plain):
        plain = [f"s{i}" for i, name in enumerate(shared)]
    return {
        **dict.fromkeys(datasets, ""),
        **{name: f"-{end}" for name, end in zip(shared, plain, strict=True)},
    }


def _meet(some: Sequence[str], others: Sequence[str]) -> bool:
    """Return True if keys of datasets with these names may be equal: a key is the name, "-", and a text from the source."""
    return any(
        f"{a}-".startswith(f"{b}-") or f"{b}-".startswith(f"{a}-")
        for a in (name.replace(".", "_") for name in some)
        for b in (name.replace(".", "_") for name in others)
    )


def _told_apart(ends: Sequence[str]) -> bool:
    return not any(
        REPEATED.fullmatch(end) or any(f"-{end}".endswith(f"-{o}") for j, o in enumerate(ends) if j != i)
        for i, end in enumerate(ends)
    )
