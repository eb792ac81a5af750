"""The description of a robot dataset for the commit of its conversion."""

from typing import Any

from vladata.actions.contract import codec_from_contract
from vladata.actions.protocol import Codec
from vladata.fields import spelled
from vladata.language.prompts import placeholders, wording
from vladata.language.tasks.places import ACTION
from vladata.robot.annotated import annotation_files
from vladata.robot.chosen import chosen_files
from vladata.robot.identity import identities
from vladata.robot.job import Job
from vladata.robot.prepare import Prepared
from vladata.robot.samples import frames_of, most_frames, shown_by
from vladata.robot.windowed import fields_of, rule_in
from vladata.runs.commit import Committing
from vladata.runs.index_table import INDEX_COLUMNS
from vladata.runs.job_file import ANNOTATED
from vladata.shards.examples import Shapes
from vladata.shards.parts import EpisodeSource, RobotPart
from vladata.shards.tfds_files import about
from vladata.spec.recipe import RecipeSpec
from vladata.transforms.windows import WindowRule


def committing(prepared: Prepared) -> Committing:
    """Return the input of the commit of a conversion whose units are all done."""
    job = prepared.job
    spec, codec = job.spec, codec_from_contract(job.contract)
    rule = rule_in(job.contract, codec)
    shown = shown_by(spec, job.recipe)
    return Committing(
        layout=job.layout,
        units=len(prepared.plan),
        ledger=prepared.ledger,
        rejections=prepared.rejections(),
        files=chosen_files(prepared.sources) | annotation_files(prepared.annotated),
        part=lambda done: part_of(prepared),
        fields=spelled(fields_of(rule, codec, most_frames(job.recipe) > 1)),
        cameras=tuple(name for name, tasks in shown.items() if tasks),
        partly=tuple(name for name, tasks in shown.items() if 0 < tasks < len(job.recipe.tasks)),
        index=INDEX_COLUMNS,
        names={"dataset": [job.layout.name], "task": list(job.recipe.tasks)},
        identities=list(identities(prepared)),
        shapes=_shapes(job, rule, codec),
        about=about(
            f"Vision-language-action samples by vladata: schema {spec.name}, recipe {job.recipe.name}.",
            spec.citation,
            spec.licence,
            spec.homepage,
        ),
    )


def _shapes(job: Job, rule: WindowRule, codec: Codec) -> Shapes:
    """Return the shapes of the numeric fields that all samples have."""
    widths = {name: len(job.statistics[name]["names"]) for name in ("action", "state")}
    count = (None if rule.tail == "truncate" else rule.chunk,) if rule.chunk > 1 else ()
    shapes: dict[str, tuple[int | None, ...]] = {
        "action": (*count, widths["action"]),
        "state": (widths["state"],),
    }
    tasks = job.recipe.tasks.values()
    if codec.width is not None and all(ACTION in placeholders(task.target) for task in tasks):
        shapes["bins"] = (*count, codec.width)
    elif codec.width is not None and count:
        shapes["bins"] = (None, codec.width)  # 0 rows if a task spells no action
    frames = {frames_of(job.recipe, task) for task in tasks}
    return {**shapes, "frames": tuple(frames) if len(frames) == 1 else (None,), "mask": count or (1,)}


def work_files(prepared: Prepared) -> dict[str, bytes]:
    """Return name -> bytes of the files that the workers of a conversion read in addition to its plan."""
    return {ANNOTATED: prepared.annotated.encoded} if prepared.annotated else {}


def part_of(prepared: Prepared) -> RobotPart:
    """Return the part of the manifest about the origin of the samples and the way they were made."""
    job = prepared.job
    return RobotPart(
        **made_from(prepared),
        clipping=job.clipping,
        contract=job.contract,
        prompts=words_of(job.recipe),
    )


def made_from(prepared: Prepared) -> dict[str, Any]:
    """Return the entries of a manifest that samples and whole episodes have in common."""
    job, version = prepared.job, prepared.sources.source.info.version
    return {
        "source": EpisodeSource(job.layout.name, version, job.split, job.limit, job.measured or job.split),
        "schema": job.spec.model_dump(mode="json"),
        "chain": job.chain,
        "every": job.every,
        "keep_ranges": job.keep_ranges,
        "errata": job.errata,
        "annotations": prepared.annotated.told.as_json() if prepared.annotated else {},
        "recipe": job.recipe.model_dump(mode="json"),
        "statistics": job.statistics,
    }


def words_of(recipe: RecipeSpec) -> dict[str, Any]:
    """Return the wording of a recipe's samples, as in the manifest."""
    words = {name: rule.words() for name, rule in recipe.tasks.items()}
    return wording(words, recipe.instruction.model_dump(mode="json"))
