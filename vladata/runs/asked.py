"""How outputs were asked for on this machine: what a manifest does not say, since outputs are the same wherever they are made.

One small file an output, in the folder of the user's indexes, named after the output's place: where its source lies, and which
files chose and corrected episodes. `vladata retry OUT` asks it; who moved the output, or is on another machine, says it again.
"""

import os
from collections.abc import Mapping
from typing import Any

import orjson

from vladata import keys
from vladata.shards.remote.cache_rule import cache_url
from vladata.shards.storage import Output, open_output


def remember(output: Output, asked: Mapping[str, Any]) -> None:
    """Note how the output is asked for; an older note is replaced."""
    notes = _notes()
    notes.tidy()
    notes.write(_name(output), [orjson.dumps({"output": output.url, **asked}, option=orjson.OPT_INDENT_2)])


def recall(output: Output) -> dict[str, Any]:
    """What was noted of the output; {} where nothing was."""
    data = _notes().read(_name(output))
    try:
        found = orjson.loads(data or b"{}")
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) and found.get("output") == output.url else {}


def absolute(place: str) -> str:
    """Return a path or URL that means the same from every folder; "" stays."""
    return place if not place or "://" in place else os.path.abspath(place)


def _notes() -> Output:
    return open_output(f"{cache_url()}/outputs")


def _name(output: Output) -> str:
    return f"{keys.digest(output.url)[:16]}.json"
