"""The forms of annotation files by name, also of other projects: files are read as rows and written from rows."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vladata.annotations import ecot, lerobot
from vladata.annotations.row import Row
from vladata.annotations.table import read_table, table_bytes
from vladata.errors import UsageError
from vladata.shards.storage import open_output

Lost = Counter[str]
"""Description of a kind of data that was left out -> its count."""


@dataclass(frozen=True)
class AnnotationForm:
    """A form of annotation files.

    read:  a function from a path or URL to its rows; it also counts what it leaves out.
    write: a function from rows, the path or URL, and frames per second (or None) to the bytes of a file.
    """

    read: Callable[[str, Lost], list[Row]]
    write: Callable[[Sequence[Row], str, float | None], bytes]


def _read_table(url: str, lost: Lost) -> list[Row]:
    return [row for _, rows in read_table(url) for row in rows.drop_columns(["number"]).to_pylist()]


def _write_table(rows: Sequence[Row], url: str, hz: float | None) -> bytes:
    return b"".join(table_bytes(rows, url))


FORMS = {
    "table": AnnotationForm(_read_table, _write_table),
    "ecot": AnnotationForm(ecot.read, ecot.write),
    "lerobot": AnnotationForm(lerobot.read, lerobot.write),
}


def read_form(form: str, url: str) -> tuple[list[Row], Lost]:
    """Return the rows of a file, and the counts of what was left out. Later rows override earlier ones."""
    lost: Lost = Counter()
    return FORMS[form].read(url, lost), lost


def write_form(form: str, url: str, rows: Sequence[Row], hz: float | None = None) -> None:
    """Write rows into a file. Raises UsageError for rows that the form cannot hold, and for `hz` unless form is lerobot."""
    if hz is not None and form != "lerobot":
        raise UsageError("only a lerobot table has times", got=f"{hz:g} frames per second with form {form}")
    data = FORMS[form].write(rows, url, hz)
    folder, _, name = url.rpartition("/")
    open_output(folder or ".").write(name, [data], durable=True)
