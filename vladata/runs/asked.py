"""Notes about the outputs of this machine: facts that a manifest does not hold, since it is equal on all machines.

One small file per output, in the folder of the user's indexes, named by the output's place: the place of its source, and the
files that selected and corrected episodes. `vladata retry OUT` reads it; after a move, or on another machine, it needs them as
options again.
"""

import os
from collections.abc import Mapping
from typing import Any

import orjson

from vladata import keys
from vladata.shards.remote.cache_rule import cache_url
from vladata.shards.storage import Output, open_output


def remember(output: Output, asked: Mapping[str, Any]) -> None:
    """Write the note of the output; an older note is replaced."""
    notes = _notes()
    notes.tidy()
    notes.write(_name(output), [orjson.dumps({"output": output.url, **asked}, option=orjson.OPT_INDENT_2)])


def recall(output: Output) -> dict[str, Any]:
    """Return the note of the output; {} if there is none."""
    data = _notes().read(_name(output))
    try:
        found = orjson.loads(data or b"{}")
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) and found.get("output") == output.url else {}


def absolute(place: str) -> str:
    """Return a path or URL that is valid from every folder; "" stays ""."""
    return place if not place or "://" in place else os.path.abspath(place)


def _notes() -> Output:
    return open_output(f"{cache_url()}/outputs")


def _name(output: Output) -> str:
    return f"{keys.digest(output.url)[:16]}.json"
