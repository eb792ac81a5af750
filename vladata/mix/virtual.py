"""A virtual mixture: a folder with a manifest and a plan, that points at the shards of its sources.

    manifest.json    as of a materialised one, without shards; `places` says where the sources lie, local ones relative to it
    mixture.arrow    the plan: which bytes each unit reads, and so the order of all samples

Its samples are those of the materialised mixture of the same settings, one by one; mixture.py reads them.
"""

import os
from typing import Any

from vladata.mix.describe import KIND, cameras, ledger, made_from
from vladata.mix.prepare import PreparedMix, prepare
from vladata.mix.run import MIXTURE
from vladata.mix.settings import MixSettings
from vladata.runs.attempt import attempt
from vladata.runs.job_file import remove_job
from vladata.shards.manifest import FORMAT_VERSION, write_manifest
from vladata.shards.naming import MIXTURE_PLAN
from vladata.shards.storage import LocalOutput, Output
from vladata.version import __version__


def write_virtual(settings: MixSettings, overwrite: bool = False) -> tuple[PreparedMix, dict[str, Any]]:
    """Plans the mixture and writes it as a virtual one; what was planned, and the manifest."""
    with attempt(settings.out, overwrite, lambda: prepare(settings, virtual=True), MIXTURE) as run:
        output, prepared = run.output, run.prepared
        if run.finished:
            return prepared, run.commit()
        written = output.write(MIXTURE_PLAN, [prepared.plan_bytes], durable=True)
        file = {"path": MIXTURE_PLAN, "bytes": written.bytes, "checksum": written.checksum}
        manifest = write_manifest(output, {**_described(output, prepared), "files": [file]})
        remove_job(output)
        return prepared, manifest


def _described(output: Output, prepared: PreparedMix) -> dict[str, Any]:
    """The manifest but for `files` and `digest`."""
    job = prepared.job
    return {
        "format_version": FORMAT_VERSION,
        "kind": KIND,
        "virtual": True,
        "name": job.layout.name,
        "created_by": {"name": "vladata", "version": __version__},
        **made_from(prepared),
        "job": job.as_json() | {"sources": [source.placeless() for source in job.sources]},
        "places": {source.name: _relative(output, source.url) for source in job.sources},
        "cameras": cameras(prepared),
        "order": job.layout.order,
        "seed": job.layout.seed,
        "splits": {job.split: {"shards": 0, "samples": job.samples}},
        "shards": [],
        "ledger": ledger(prepared).as_json(),
    }


def _relative(output: Output, url: str) -> str:
    """A local source from a local mixture, where both really lie: they can then be moved together, and links to them too."""
    local = isinstance(output, LocalOutput) and "://" not in url
    return os.path.relpath(os.path.realpath(url), os.path.realpath(output.url)) if local else url
