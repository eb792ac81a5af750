"""What the commit of a robot conversion says of the dataset."""

from vladata import records
from vladata.actions.contract import codec_from_contract
from vladata.fields import spelled
from vladata.language.prompts import wording
from vladata.robot.chosen import chosen_files
from vladata.robot.identity import identities
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
    spec, width = job.spec, codec_from_contract(job.contract).width
    shapes = {name: (len(statistics[name]["names"]),) for name in ("action", "state")}
    return Committing(
        layout=job.layout,
        units=len(prepared.plan),
        ledger=prepared.ledger,
        rejections=prepared.rejections(),
        files=chosen_files(prepared.sources),
        part=lambda late: _part(job, prepared.sources.source.info.version),
        fields=spelled(records.FIELDS),
        cameras=tuple(cameras(job.spec, job.recipe)),
        partly=(),
        index=INDEX_COLUMNS,
        names={"dataset": [job.layout.name], "task": list(job.recipe.tasks)},
        identities=list(identities(job, prepared.sources.source, prepared.plan)),
        shapes=shapes if width is None else {**shapes, "bins": (width,)},
        about=about(
            f"Vision-language-action samples by vladata: schema {spec.name}, recipe {job.recipe.name}.",
            spec.citation,
            spec.licence,
            spec.homepage,
        ),
    )


def _part(job: Job, version: str) -> RobotPart:
    recipe = job.recipe
    return RobotPart(
        source=EpisodeSource(job.layout.name, version, job.split, job.limit, job.measured or job.split),
        schema=job.spec.model_dump(mode="json"),
        chain=job.chain,
        every=job.every,
        keep_ranges=job.keep_ranges,
        errata=job.errata,
        recipe=recipe.model_dump(mode="json"),
        statistics=job.statistics,
        clipping=job.clipping,
        contract=job.contract,
        prompts=wording(recipe.prompt, recipe.target, recipe.instruction.model_dump(mode="json")),
    )
