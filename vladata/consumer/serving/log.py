"""One line of JSON for each event: a robot connects or leaves, a message is refused (with the reason).

Long texts from robots are cut, and their line breaks are escaped."""

import sys
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson

LONGEST = 300  # most characters of a text


class ServerLog:
    """A writer of the lines. to: the stream; None: standard error.   quiet: True to write nothing."""

    def __init__(self, to: TextIO | None = None, quiet: bool = False) -> None:
        self._to, self._quiet = to or sys.stderr, quiet

    def __call__(self, event: str, **said: Any) -> None:
        """Write one event."""
        if self._quiet:
            return
        cut = {key: value[:LONGEST] if isinstance(value, str) else value for key, value in said.items()}
        when = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = orjson.dumps({"time": when, "event": event, **cut}, default=str)
        print(line.decode(), file=self._to, flush=True)
