"""Annotations in other projects' forms, by name: read as rows, written from rows."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vladata.annotations import ecot, lerobot
from vladata.annotations.row import Row
from vladata.annotations.table import read_table, table_bytes
from vladata.errors import UsageError
from vladata.shards.storage import open_output

Lost = Counter[str]
"""What could not be taken over, in words -> how often."""


@dataclass(frozen=True)
class Form:
    """read: the rows at a path or URL; what it leaves out is counted.   write: the bytes of a file; hz: frames a second."""

    read: Callable[[str, Lost], list[Row]]
    write: Callable[[Sequence[Row], str, float | None], bytes]


def _read_table(url: str, lost: Lost) -> list[Row]:
    return [row for _, rows in read_table(url) for row in rows.drop_columns(["number"]).to_pylist()]


def _write_table(rows: Sequence[Row], url: str, hz: float | None) -> bytes:
    return b"".join(table_bytes(rows, url))


FORMS = {
    "table": Form(_read_table, _write_table),
    "ecot": Form(ecot.read, ecot.write),
    "lerobot": Form(lerobot.read, lerobot.write),
}


def read_form(form: str, url: str) -> tuple[list[Row], Lost]:
    """The rows of a file, in the order in which they count, and what of it no row says."""
    lost: Lost = Counter()
    return FORMS[form].read(url, lost), lost


def write_form(form: str, url: str, rows: Sequence[Row], hz: float | None = None) -> None:
    """Write rows into a file. Raises UsageError for rows that the form cannot say, and for hz where it is not asked for."""
    if hz is not None and form != "lerobot":
        raise UsageError("only a lerobot table has times", got=f"{hz:g} frames a second with form {form}")
    data = FORMS[form].write(rows, url, hz)
    folder, _, name = url.rpartition("/")
    open_output(folder or ".").write(name, [data], durable=True)
