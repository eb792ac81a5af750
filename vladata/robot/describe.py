"""What the commit of a robot conversion says of the dataset."""

from vladata import records
from vladata.fields import spelled
from vladata.robot.chosen import chosen_files
from vladata.robot.job import Job
from vladata.robot.prepare import Prepared
from vladata.robot.samples import cameras
from vladata.runs.commit import Committing
from vladata.runs.index_table import INDEX_COLUMNS
from vladata.shards.parts import EpisodeSource, RobotPart
from vladata.shards.tfds_files import about


def committing(prepared: Prepared) -> Committing:
    """The commit of a conversion whose every unit is done."""
    job, statistics = prepared.job, prepared.job.statistics
    spec, dims = job.spec, len(statistics["action"]["names"])
    return Committing(
        layout=job.layout,
        units=len(prepared.plan),
        ledger=prepared.ledger,
        rejections=prepared.rejections(),
        files=chosen_files(prepared.sources),
        part=lambda late: _part(job, prepared.sources.source.info.version),
        fields=spelled(records.FIELDS),
        cameras=cameras(job.spec, job.recipe),
        partly=(),
        index=INDEX_COLUMNS,
        names={"dataset": [job.layout.name], "task": list(job.recipe.tasks)},
        shapes={"action": (dims,), "bins": (1 + dims,), "state": (len(statistics["state"]["names"]),)},
        about=about(
            f"Vision-language-action samples by vladata: schema {spec.name}, recipe {job.recipe.name}.",
            spec.citation,
            spec.licence,
            spec.homepage,
        ),
    )


def _part(job: Job, version: str) -> RobotPart:
    return RobotPart(
        source=EpisodeSource(job.layout.name, version, job.split, job.limit, job.measured or job.split),
        schema=job.spec.model_dump(mode="json"),
        chain=job.chain,
        every=job.every,
        keep_ranges=job.keep_ranges,
        errata=job.errata,
        recipe=job.recipe.model_dump(mode="json"),
        statistics=job.statistics,
        contract=job.contract,
    )
