"""The fields that all samples of a mixture have, even if its sources have different windows.

If one source has chunks, actions and bins have rows in all samples: one row for a source without chunks, no row for a web corpus,
and as many rows as its chunks have for any other source. `mask` and `valid` give the number of rows. If one source shows several
frames, `frames` of the other samples names their only frame. Values are not changed.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from vladata import records
from vladata.fields import Spelled, spelled
from vladata.shards.examples import IN_ROWS


def fields_of(sources: Iterable[Spelled]) -> Spelled:
    """Return the fields of a mixture, given the fields of each source."""
    several = list(sources)
    kinds: dict[str, Any] = {}
    for fields in several:
        kinds |= {name: kind for name, kind in fields.items() if name not in kinds or kind in IN_ROWS}
    known = [field.name for field in records.windowed(frames=True, chunks=True)]
    return {name: kinds[name] for name in known if name in kinds}


def misfits(fields: Spelled) -> list[str]:
    """Return sentences about the fields of a dataset that this version does not write; [] if its samples can be mixed."""
    plain, chunks = spelled(records.FIELDS), spelled(records.windowed(frames=True, chunks=True))
    other = [name for name, kind in fields.items() if kind not in (plain.get(name), chunks.get(name))]
    return other or [f"no {name}" for name in plain if name not in fields]


def in_form(fields: Mapping[str, Any], own: Spelled, wanted: Spelled) -> Mapping[str, Any]:
    """Return the fields of a source's sample in the form of its mixture.

    own:    the declared fields of the source.
    wanted: the declared fields of the mixture.
    """
    if own == wanted:
        return fields
    actions = len(fields["action"]) if own["action"] in IN_ROWS else int(len(fields["action"]) > 0)
    lacking = {
        "frames": [fields["step"]] if fields["contract"] else [],
        "mask": [1] * actions,
        "valid": actions,
    }
    return {
        name: _of_kind(fields[name], own[name], kind) if name in own else lacking[name]
        for name, kind in wanted.items()
    }


def _of_kind(value: Any, own: Any, wanted: Any) -> Any:
    return [value] if wanted in IN_ROWS and own not in IN_ROWS and len(value) else value
