"""Beam over the layers below: DoFns, PTransforms, and the local processes that run graphs.

Only plans and receipts travel through Beam; image bytes go from source to shard inside one call. Names are resolved lazily, so
that the process which only supervises others does not import Beam.

    read_episodes.py   ReadEpisodes: episodes for a pipeline of your own
    do_units.py        DoUnits: the units of a plan, on any runner; ConvertUnits: the units of a robot conversion
    index_files.py     IndexFiles: source files -> parts of an index
    runners.py         a graph on FnApiRunner in this process, or on another runner
    lean.py            imports at the start of a process, without pandas
    worker.py          the process that runs shares of a job
    crew.py            N worker processes, supervised
    running.py         the choice between local processes and a Beam runner, and the reports of a job
"""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from vladata.errors import MissingExtra

if TYPE_CHECKING:
    from vladata.beam.do_units import ConvertUnits as ConvertUnits
    from vladata.beam.read_episodes import ReadEpisodes as ReadEpisodes

PUBLIC = {"ReadEpisodes": "vladata.beam.read_episodes", "ConvertUnits": "vladata.beam.do_units"}


def __getattr__(name: str) -> Any:
    if name in PUBLIC:
        if find_spec("apache_beam") is None:
            raise MissingExtra("vladata.beam needs Apache Beam", hint='pip install "vladata[beam]"')
        return getattr(import_module(PUBLIC[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(PUBLIC)
