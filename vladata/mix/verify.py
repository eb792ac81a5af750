"""Any output held against its manifest, and a virtual mixture against its sources too: that each is still what was mixed.

Of the sources only the manifests are read; `vladata verify` of a source says whether its shards are whole.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from vladata.convert.findings import Finding
from vladata.convert.verify import verify as verify_output
from vladata.errors import OutputError, SourceChanged
from vladata.mix.mixture import Opened
from vladata.shards.manifest import read_manifest
from vladata.shards.naming import MANIFEST
from vladata.shards.storage import Output


def verify(output: Output) -> Iterator[Finding]:
    """Everything that is wrong with an output. Raises as vladata/convert/verify.py does."""
    damaged = False
    for finding in verify_output(output):
        damaged |= finding.where == MANIFEST
        yield finding
    if damaged or output.read(MANIFEST) is None:
        return
    manifest = read_manifest(output)
    if manifest.get("virtual"):
        yield from _sources(output, manifest)


def _sources(output: Output, manifest: Mapping[str, Any]) -> Iterator[Finding]:
    mixture = Opened(output, manifest)
    for source in mixture.job.sources:
        try:
            mixture.open_source(source)
        except (OutputError, SourceChanged) as fault:
            yield Finding(f"source {source.name}", str(fault))
