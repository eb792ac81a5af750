"""What an output says of itself to whoever holds it against its source."""

from collections.abc import Mapping
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel

from vladata.errors import OutputError
from vladata.shards.naming import MANIFEST, REJECTED
from vladata.shards.storage import Output

Spec = TypeVar("Spec", bound=BaseModel)


def spec_of(manifest: Mapping[str, Any], part: str, model: type[Spec]) -> Spec:
    """A spec that the manifest holds. Raises OutputError where it is one of another version."""
    try:
        return model.model_validate_json(orjson.dumps(manifest[part]))
    except ValueError as fault:
        raise OutputError(
            f"this version of vladata does not understand the output's {part}",
            where=f"{MANIFEST}, {part}",
            got=f"written by version {manifest['created_by']['version']}",
            hint="Verify it with the version that wrote it, or convert again.",
        ) from fault


def left_out(output: Output) -> set[tuple[str, int]]:
    """(episode, step) of each line of rejected.jsonl."""
    lines = (output.read(REJECTED) or b"").splitlines()
    return {(line["episode"], line["step"]) for line in map(orjson.loads, lines)}
