"""A virtual mixture: a folder with a manifest and a plan, which point at the shards of its sources.

    manifest.json    like that of a materialised mixture, without shards; `places` has the paths of the sources, local ones
                     relative to this folder
    mixture.arrow    the plan: the bytes that each unit reads, and so the order of all samples

Its samples and their order are those of a materialised mixture with the same settings; mixture.py reads them.
"""

import os
from dataclasses import replace

from vladata.mixtures.describe import cameras, fields, ledger, part, partly
from vladata.mixtures.prepare import PreparedMix, prepare
from vladata.mixtures.run import MIXTURE
from vladata.mixtures.settings import MixSettings
from vladata.runs.attempt import attempt
from vladata.runs.job_file import remove_job
from vladata.shards.manifest import (
    FORMAT_VERSION,
    CreatedBy,
    FileEntry,
    Manifest,
    SplitCounts,
    write_manifest,
)
from vladata.shards.naming import MIXTURE_PLAN
from vladata.shards.parts import Pointers
from vladata.shards.storage import LocalOutput, Output
from vladata.version import __version__


def write_virtual(settings: MixSettings, overwrite: bool = False) -> tuple[PreparedMix, Manifest]:
    """Plan a mixture, write it as a virtual one, and return the planned mixture and its manifest."""
    with attempt(settings.out, overwrite, lambda: prepare(settings, virtual=True), MIXTURE) as run:
        output, prepared = run.output, run.prepared
        if run.finished:
            return prepared, run.commit()
        written = output.write(MIXTURE_PLAN, [prepared.plan_bytes], durable=True)
        file = FileEntry(MIXTURE_PLAN, written.bytes, written.checksum)
        manifest = write_manifest(output, replace(_described(output, prepared), files=(file,)))
        remove_job(output)
        return prepared, manifest


def _described(output: Output, prepared: PreparedMix) -> Manifest:
    """Return the manifest without `files` and `digest`."""
    job, layout = prepared.job, prepared.job.layout
    pointers = Pointers(
        job=job.as_json() | {"sources": [source.placeless() for source in job.sources]},
        places={source.name: _relative(output, source.url) for source in job.sources},
    )
    made_from = part(prepared, pointers)
    return Manifest(
        format_version=FORMAT_VERSION,
        kind=made_from.KIND,
        name=layout.name,
        created_by=CreatedBy("vladata", __version__),
        part=made_from,
        fields=fields(prepared),
        cameras=tuple(cameras(prepared)),
        partly=tuple(partly(prepared)),
        image_kinds={},
        format=None,
        order=layout.order,
        seed=layout.seed,
        samples_per_shard=layout.samples_per_shard,
        memory=layout.memory,
        splits={job.split: SplitCounts(0, job.samples)},
        shards=(),
        ledger=ledger(prepared).as_json(),
    )


def _relative(output: Output, url: str) -> str:
    """Return the path of a source, relative to the mixture if both are local, so that they can be moved together.

    Symbolic links are resolved.
    """
    local = isinstance(output, LocalOutput) and "://" not in url
    return os.path.relpath(os.path.realpath(url), os.path.realpath(output.url)) if local else url
