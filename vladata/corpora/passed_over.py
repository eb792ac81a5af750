"""Counts by kind of the files and entries that are not records, kept with the rows of the index.

Rule: these are not in the ledger, since they are not records. Every summary shows the counts, so that nothing is left out
silently.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping

import pyarrow as pa

_KEY = b"passed_over"
HIDDEN_FILES = "hidden file of the source folder"


def noted(rows: pa.Table, counts: Mapping[str, int]) -> pa.Table:
    """Return the rows of a file with the counts of its entries that are not records; the unchanged rows without counts."""
    if not counts:
        return rows
    return rows.replace_schema_metadata({_KEY: json.dumps(dict(counts))})


def counted(parts: Iterable[pa.Table], hidden: int = 0) -> Counter[str]:
    """Return kind -> number of files and entries that are not records. hidden: the number of hidden files in the folders."""
    found = Counter({HIDDEN_FILES: hidden} if hidden else {})
    for part in parts:
        found.update(json.loads((part.schema.metadata or {}).get(_KEY, b"{}")))
    return found


def told(counts: Mapping[str, int]) -> str:
    """Return one line: "passed over 7 entries that belong to no record: 6 x hidden file, 1 x folder"; "" if there are none."""
    if not counts:
        return ""
    kinds = ", ".join(
        f"{count:,} x {what}" for what, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )
    return f"passed over {sum(counts.values()):,} entries that belong to no record: {kinds}"
