"""The files and entries that were passed over because they are not records: counted by kind, and kept beside the rows of the
index.

Rule: they are not in the ledger, since they are not records; every summary shows their count, so that nothing is left out
silently.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping

import pyarrow as pa

_KEY = b"passed_over"
HIDDEN_FILES = "hidden file of the source folder"


def noted(rows: pa.Table, counts: Mapping[str, int]) -> pa.Table:
    """Return the rows of a file with the counts of entries that were passed over in it; unchanged if there are none."""
    if not counts:
        return rows
    return rows.replace_schema_metadata({_KEY: json.dumps(dict(counts))})


def counted(parts: Iterable[pa.Table], hidden: int = 0) -> Counter[str]:
    """Return the counts of entries that were passed over in all files, by kind. hidden: files of the folders that were not
    read at all."""
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
