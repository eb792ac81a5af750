"""`vladata recipes render`: show samples that a recipe makes of a dataset, without converting it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import click
import numpy as np

from vladata.beam.running import hire
from vladata.cli.choice import choosing, merged
from vladata.cli.completing import completing
from vladata.cli.main import HELP
from vladata.cli.numbers import WORKERS, WholeRange
from vladata.cli.reporting import FINDINGS, Report, human, png, reporting
from vladata.cli.showing import Named, action_lines, named
from vladata.commands.rlds2vla import dry_run
from vladata.errors import BadImage, VladataError
from vladata.images import probe
from vladata.language.target import TargetPart
from vladata.language.tasks.places import ACTION
from vladata.records import Sample
from vladata.robot.prepare import Prepared
from vladata.robot.preview import preview
from vladata.robot.samples import Renderer
from vladata.robot.settings import Settings
from vladata.sources.readers import NATIVE, READERS
from vladata.spec import find
from vladata.vocabularies import file
from vladata.vocabularies.check import require_tokenizer
from vladata.vocabularies.target_ids import SampleIds, sample_ids
from vladata.vocabularies.tokenizer import Tokenizer, open_tokenizer
from vladata.vocabularies.vocabulary import Vocabulary

EXAMPLE = """Show samples that RECIPE makes of the robot dataset SOURCE, without converting it: prompt, target, the action that
the target spells beside the true one, and with --tokenizer their tokens. Of each task as many are shown as -n says, from all over
the dataset. Statistics, and the bounds of bins, are those of a conversion. The exit code is 3 where a sample would be left out,
or where its target does not read back.

Example: vladata recipes render rt2-pali-x bridge_dataset/1.0.0 --schema bridge_dataset -n 5 --sheet sheet.png"""


@dataclass(frozen=True)
class RenderedSample:
    """A sample, and the action that is read back from its target.

    part:    the text of the action in the target; None if the target spells none.
    decoded: the action that this text spells.
    fault:   the reason why the sample would be left out, or why its target cannot be read back; "" if there is none.
    tokens:  the token ids of its prompt and target; None without a tokenizer.
    """

    sample: Sample
    part: TargetPart | None = None
    decoded: Named = field(default_factory=dict)
    fault: str = ""
    tokens: SampleIds | None = None


@click.command("render", help=EXAMPLE, context_settings=HELP)
@click.argument("recipe", shell_complete=completing("recipe"))
@click.argument("source")
@click.option(
    "--schema",
    shell_complete=completing("schema"),
    required=True,
    help="Name or path of the dataset's schema.",
)
@click.option("--split", default="train", show_default=True, help="As TFDS writes it: train, train[:10%].")
@click.option("-n", "count", type=WholeRange(1), default=5, show_default=True, help="Samples of each task.")
@click.option("--sheet", metavar="PNG", callback=png, help="Draw the samples' pictures into this file.")
@click.option("--tokenizer", metavar="PATH", help="Show tokens: folder, tokenizer.json or .model file.")
@click.option("--vocabulary", metavar="JSON", help="With --tokenizer: the ids that stand for bins.")
@click.option("--limit", type=WholeRange(1), metavar="EPISODES", help="Take only the first episodes.")
@click.option(
    "--annotations", multiple=True, metavar="FILE", help="Annotation tables, as convert takes them."
)
@choosing
@click.option("--workers", type=WORKERS, default=1, show_default=True)
@click.option("--reader", type=click.Choice(READERS), default=NATIVE, show_default=True)
@reporting
def command(
    recipe: str,
    source: str,
    schema: str,
    split: str,
    count: int,
    sheet: str | None,
    tokenizer: str | None,
    vocabulary: str | None,
    limit: int | None,
    annotations: tuple[str, ...],
    asked: tuple[str, ...],
    keep_ranges: str,
    errata: str,
    workers: int,
    reader: str,
    report: Report,
) -> int:
    if vocabulary is not None and tokenizer is None:
        raise click.UsageError("--vocabulary goes with --tokenizer, whose ids it names.")
    opened = open_tokenizer(tokenizer) if tokenizer is not None else None
    ids = file.vocabulary(vocabulary) if vocabulary is not None else None
    if ids is not None and opened is not None:
        require_tokenizer(ids, opened)
    rules = find.recipe(recipe)
    rules = rules.model_copy(update={"select": merged(rules.select, asked)})
    settings = Settings(
        source,
        "",
        find.schema(schema),
        rules,
        order="source",
        annotations=annotations,
        keep_ranges=keep_ranges,
        errata=errata,
        split=split,
        limit=limit or 0,
        reader=reader,
    )
    with hire(workers, (), report.quiet, report.say, report.detail) as running:
        prepared = dry_run(settings, running)
    for remark in prepared.remarks:
        report.say(remark)
    read = list(_read(prepared, count, opened, ids))
    if sheet:
        from vladata.cli.sheet import Cell, draw

        draw([Cell(each.sample) for each in read], sheet)
        report.say(f"Sheet: {sheet}")
    report.result("\n".join(_lines(prepared, read, opened)), _summary(prepared, read, opened))
    return FINDINGS if any(each.fault for each in read) else 0


def _read(
    prepared: Prepared, count: int, tokenizer: Tokenizer | None, vocabulary: Vocabulary | None
) -> Iterator[RenderedSample]:
    """Yield the samples, each with the action that is read back from its target."""
    render = Renderer(prepared.job.spec, prepared.job.recipe, prepared.job.contract)
    if vocabulary is not None:
        vocabulary.require(render.codec)
    for sample in preview(prepared, count):
        part, fault = None, str(sample.fault or "")
        decoded: Named = {}
        try:
            part = render.targets[sample.task].parse(sample.target).get(ACTION)
            if part is not None:
                values = render.codec.decode(render.codec.parse(part.text))
                decoded = named(render.codec.spelled_names, values)
        except VladataError as says:
            fault = fault or f"the target does not read back: {says}"
        tokens = None
        if tokenizer is not None:
            place = (part.start, part.stop) if part is not None else None
            tokens = sample_ids(tokenizer, vocabulary, sample.prompt, sample.target, place, sample.bins)
        yield RenderedSample(sample, part, decoded, fault, tokens)


def _true(prepared: Prepared, sample: Sample) -> Named:
    """Return the action of the sample's step, before it became bins; {} if its target spells none."""
    names = prepared.job.spec.chain(prepared.job.chain).names
    action = np.asarray(sample.action)
    if not action.size:
        return {}
    return named(names, action)


def _summary(prepared: Prepared, read: list[RenderedSample], tokenizer: Tokenizer | None) -> dict[str, Any]:
    job = prepared.job
    return {
        "recipe": job.recipe.name,
        "schema": job.spec.name,
        "source": job.source,
        "split": job.split,
        "contract": job.contract["digest"],
        "samples": [_sample(each, tokenizer) for each in read],
    }


def _sample(each: RenderedSample, tokenizer: Tokenizer | None) -> dict[str, Any]:
    said: dict[str, Any] = {**each.sample.fields, "key": each.sample.key, "decoded": each.decoded}
    said["images"] = {name: _image(image) for name, image in each.sample.images.items()}
    said["fault"] = each.fault
    if tokenizer is not None and each.tokens is not None:
        for name in ("prompt", "target"):
            ids = getattr(each.tokens, name)
            said[f"{name}_ids"] = list(ids)
            said[f"{name}_tokens"] = [tokenizer.pieces[id] if id < tokenizer.size else "" for id in ids]
    return said


def _image(image: bytes) -> Mapping[str, Any]:
    try:
        height, width = probe(image)
    except BadImage:  # it passes through untouched
        height = width = 0
    return {"bytes": len(image), "height": height, "width": width}


def _lines(prepared: Prepared, read: list[RenderedSample], tokenizer: Tokenizer | None) -> Iterator[str]:
    job = prepared.job
    of = f"{len(read):,} of {prepared.samples:,} samples"
    yield f"{job.recipe.name} on {job.source}, split {job.split}, schema {job.spec.name}: {of}"
    yield f"  action contract {job.contract['digest'][:16]}"
    for each in read:
        sample = each.sample
        images = ", ".join(f"{name} {human(len(image))}" for name, image in sample.images.items())
        yield ""
        yield f"  {sample.key}  {sample.task}  ({images or 'no picture'})"
        yield f"    prompt  {_indented(sample.prompt)}"
        yield f"    target  {_indented(sample.target)}"
        if tokenizer is not None and each.tokens is not None:
            counts = f"{len(each.tokens.prompt)} and {len(each.tokens.target)}"
            yield f"    tokens  {counts}; {tokenizer.spelled(each.tokens.target)}"
        if each.part is not None:
            yield from action_lines("action", _true(prepared, sample))
            yield from action_lines("decoded", each.decoded)
            if "valid" in sample.fields:
                yield f"    valid   {sample.valid} of {len(sample.action)} actions are the episode's own"
        if each.fault:
            yield f"    fault   {each.fault}"


def _indented(text: str) -> str:
    """Return the text with its later lines below the first."""
    return text.replace("\n", "\n" + " " * 12)
