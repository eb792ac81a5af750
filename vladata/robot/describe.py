"""What the commit of a robot conversion says of the dataset."""

from typing import Any

from vladata.actions.contract import codec_from_contract
from vladata.language.prompts import wording
from vladata.robot.chosen import chosen_files
from vladata.robot.job import Job
from vladata.robot.prepare import Prepared
from vladata.robot.samples import cameras
from vladata.runs.commit import Committing
from vladata.runs.index_table import INDEX_COLUMNS
from vladata.shards.tfds_files import Widths, about


def committing(prepared: Prepared) -> Committing:
    """The commit of a conversion whose every unit is done."""
    job, statistics = prepared.job, prepared.job.statistics
    spec = job.spec
    return Committing(
        layout=job.layout,
        units=len(prepared.plan),
        ledger=prepared.ledger,
        rejections=prepared.rejections(),
        files=chosen_files(prepared.sources),
        kind="robot",
        made_from=_made_from(job, prepared.sources.source.info.version),
        cameras=cameras(job.spec, job.recipe),
        index=INDEX_COLUMNS,
        names={"dataset": [job.layout.name], "task": [job.recipe.task]},
        widths=Widths(
            len(statistics["action"]["names"]),
            len(statistics["state"]["names"]),
            codec_from_contract(job.contract).width,
        ),
        about=about(
            f"Vision-language-action samples by vladata: schema {spec.name}, recipe {job.recipe.name}.",
            spec.citation,
            spec.licence,
            spec.homepage,
        ),
    )


def _made_from(job: Job, version: str) -> dict[str, Any]:
    return {
        "source": {
            "name": job.layout.name,
            "version": version,
            "split": job.split,
            "limit": job.limit,
            "measured": job.measured or job.split,
        },
        "schema": job.spec.model_dump(mode="json"),
        "chain": job.chain,
        "every": job.every,
        "keep_ranges": job.keep_ranges,
        "errata": job.errata,
        "recipe": job.recipe.model_dump(mode="json"),
        "statistics": job.statistics,
        "contract": job.contract,
        "prompts": wording(
            job.recipe.prompt, job.recipe.target, job.recipe.instruction.model_dump(mode="json")
        ),
    }
