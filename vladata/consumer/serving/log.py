"""One line of JSON for what happens: who came and went, what was refused and why. Texts of robots are cut, and end no line."""

import sys
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson

LONGEST = 300  # characters of a text


class Log:
    """Writes lines. to: where; standard error unless said.   quiet: nothing is written."""

    def __init__(self, to: TextIO | None = None, quiet: bool = False) -> None:
        self._to, self._quiet = to or sys.stderr, quiet

    def __call__(self, event: str, **said: Any) -> None:
        """Write what happened."""
        if self._quiet:
            return
        cut = {key: value[:LONGEST] if isinstance(value, str) else value for key, value in said.items()}
        when = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = orjson.dumps({"time": when, "event": event, **cut}, default=str)
        print(line.decode(), file=self._to, flush=True)
