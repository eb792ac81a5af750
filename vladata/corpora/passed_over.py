"""What was passed over, since it is no record: counted by what it is, and kept beside the rows of the index.

Rule: it is no record, so that the ledger does not know it; a count says it in every summary, so that nothing is left in silence.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping

import pyarrow as pa

_KEY = b"passed_over"
HIDDEN_FILES = "hidden file of the source folder"


def noted(rows: pa.Table, counts: Mapping[str, int]) -> pa.Table:
    """The rows of a file, with what was passed over in it; they are as they were where nothing was."""
    if not counts:
        return rows
    return rows.replace_schema_metadata({_KEY: json.dumps(dict(counts))})


def counted(parts: Iterable[pa.Table], hidden: int = 0) -> Counter[str]:
    """What was passed over in all files, by what it is. hidden: files of the folders that were not read at all."""
    found = Counter({HIDDEN_FILES: hidden} if hidden else {})
    for part in parts:
        found.update(json.loads((part.schema.metadata or {}).get(_KEY, b"{}")))
    return found


def told(counts: Mapping[str, int]) -> str:
    """One line: "passed over 7 entries that belong to no record: 6 x hidden file, 1 x folder"; "" where nothing was."""
    if not counts:
        return ""
    kinds = ", ".join(
        f"{count:,} x {what}" for what, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )
    return f"passed over {sum(counts.values()):,} entries that belong to no record: {kinds}"
