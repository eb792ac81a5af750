"""`vladata annotate`: ask a model to describe each episode."""

from typing import Any

import click

from vladata.annotate.endpoint import KEY, Endpoint
from vladata.annotate.inquiry import Patience
from vladata.annotate.model import Model
from vladata.annotate.question import COLUMNS, Asker
from vladata.annotate.run import FAILED, NAMES, Surveyed, annotate
from vladata.beam.running import hire
from vladata.cli.choice import choosing, merged
from vladata.cli.completing import completing
from vladata.cli.main import HELP
from vladata.cli.numbers import WORKERS, NumberRange, WholeRange
from vladata.cli.reporting import FINDINGS, Report, reporting
from vladata.commands.rlds2vla import index
from vladata.errors import UnknownName
from vladata.robot.settings import Choice
from vladata.robot.sources import Sources, open_index
from vladata.sources.readers import NATIVE, READERS
from vladata.spec import find
from vladata.spec.select import EVERYTHING

EXAMPLE = """Ask a model to describe the steps of each episode of SOURCE, and write its answers as an annotation table, which
`convert rlds2vla --annotations` takes. Every answer is kept beside it: killed at any moment, the same command goes on.

Example: vladata annotate bridge_dataset/1.0.0 --schema bridge_dataset --out plans.jsonl --prompt subtasks
--model Qwen/Qwen2.5-VL-7B-Instruct --url http://localhost:8000/v1"""


@click.command("annotate", help=EXAMPLE, context_settings=HELP)
@click.argument("source")
@click.option(
    "--schema",
    shell_complete=completing("schema"),
    required=True,
    help="Name or path of the dataset's schema.",
)
@click.option("--out", required=True, metavar="FILE", help="The table to write: a .jsonl or .parquet file.")
@click.option("--prompt", default="subtasks", show_default=True, help="Name or path of the question.")
@click.option("--url", metavar="URL", help="An OpenAI-compatible endpoint: http://localhost:8000/v1.")
@click.option("--model", metavar="NAME", help="The name of the model at the endpoint.")
@click.option("--hf", metavar="PATH", help="In place of --url: a model of Hugging Face's, by folder or name.")
@click.option(
    "--key-env",
    default=KEY,
    show_default=True,
    metavar="NAME",
    help="The environment variable with the endpoint's key; where it is not set, none is sent.",
)
@click.option("--frames", type=WholeRange(1, 256), help="Pictures of an episode, whatever the question says.")
@click.option("--camera", help="The schema's camera whose pictures are shown; left out, its first.")
@click.option("--image-size", type=WholeRange(8, 4096), help="Resize pictures to N x N.")
@click.option(
    "--concurrency", type=WholeRange(1, 256), default=8, show_default=True, help="Requests at a time."
)
@click.option(
    "--batch", type=WholeRange(1, 256), default=1, show_default=True, help="With --hf: questions at once."
)
@click.option(
    "--timeout",
    type=NumberRange(0.1),
    default=120.0,
    show_default=True,
    help="Seconds a request may take.",
)
@click.option(
    "--retries",
    type=WholeRange(0, 20),
    default=4,
    show_default=True,
    help="Number of times that a question without an answer is asked again.",
)
@click.option(
    "--max-tokens", type=WholeRange(1), default=1024, show_default=True, help="Most tokens of an answer."
)
@click.option("--temperature", type=NumberRange(0, 2), default=0.0, show_default=True)
@click.option(
    "--by",
    type=click.Choice(list(NAMES)),
    default="episode",
    show_default=True,
    help="Key by which rows name their episode; content stays when files are cut or named anew.",
)
@click.option("--chain", help="The schema's action chain; left out, its default.")
@click.option("--split", default="train", show_default=True, help="As TFDS writes it.")
@click.option("--limit", type=WholeRange(1), metavar="EPISODES", help="Take only the first episodes.")
@choosing
@click.option("--workers", type=WORKERS, default=1, show_default=True, help="Processes that index.")
@click.option("--reader", type=click.Choice(READERS), default=NATIVE, show_default=True)
@click.option("--dry-run", "dry", is_flag=True, help="Show the first question, and send none.")
@reporting
def command(
    source: str,
    schema: str,
    out: str,
    prompt: str,
    frames: int | None,
    camera: str | None,
    image_size: int | None,
    retries: int,
    by: str,
    chain: str | None,
    split: str,
    limit: int | None,
    asked: tuple[str, ...],
    keep_ranges: str,
    errata: str,
    workers: int,
    reader: str,
    dry: bool,
    report: Report,
    **of_model: Any,
) -> int:
    spec, question = find.schema(schema), find.question(prompt)
    if frames:
        question = question.model_copy(update={"frames": frames})
    shown = camera or next(iter(spec.cameras))
    if shown not in spec.cameras:
        raise UnknownName("camera", shown, list(spec.cameras), f"--camera, schema {spec.name}")
    model = _model(**of_model)
    choice = Choice(merged(EVERYTHING, asked), keep_ranges, errata)
    sources = open_index(source, schema, chain, split, reader, choice, (shown,)).first(limit or 0)
    with hire(workers, (), report.quiet, report.say, report.detail) as running:
        index(sources, running)
    asker = Asker(sources, spec, question, shown, image_size)
    if dry:
        return _dry(sources, asker, report)
    found = annotate(sources, asker, model, out, Patience(retries), by, report.quiet)
    report.result(*_told(out, found, report.waited()))
    return FINDINGS if found.failed else 0


def _model(
    url: str | None,
    model: str | None,
    hf: str | None,
    key_env: str,
    concurrency: int,
    batch: int,
    timeout: float,
    max_tokens: int,
    temperature: float,
) -> Model:
    if (url is None) == (hf is None):
        raise click.UsageError("Name a model: --url with --model, or --hf.")
    if hf is not None:
        if temperature:
            raise click.UsageError("--temperature is of an endpoint: a local model answers greedily.")
        from vladata.annotate.hugging_face import HuggingFace

        return HuggingFace(hf, batch, max_tokens)
    if url is None or model is None:
        raise click.UsageError("--url goes with --model, the name by which the endpoint knows it.")
    return Endpoint(url, model, concurrency, timeout, temperature, max_tokens, key_env)


def _dry(sources: Sources, asker: Asker, report: Report) -> int:
    rows = (row for part in sources.taken(COLUMNS) for row in part.to_pylist() if row["numbers"])
    first, count = None, 0
    for row in rows:
        first = first or row
        count += 1
    question = asker(first) if first else None
    text = f"{count:,} episodes would be asked about."
    if first and question:
        text += f"\n{first['episode']}, {len(question.images)} pictures:\n{question.prompt}"
    report.result(text, {"episodes": count, "prompt": question.prompt if question else ""})
    return 0


def _told(out: str, found: Surveyed, seconds: float) -> tuple[str, dict[str, Any]]:
    spent = {name: value for name, value in vars(found.spent).items() if name != "lock"}
    results = dict(found.results)
    summary = {
        "out": out,
        "episodes": found.episodes,
        "rows": found.rows,
        "results": results,
        "failed": len(found.failed),
        **spent,
        "seconds": round(seconds, 2),
    }
    told = ", ".join(f"{count:,} {result}" for result, count in sorted(results.items()))
    lines = [
        f"{out}: {found.rows:,} rows of {found.episodes:,} episodes ({told}), {seconds:.1f} s",
        f"  asked {spent['requests']:,} times, {spent['again']:,} of them again; "
        f"{spent['prompt_tokens']:,} tokens read, {spent['answer_tokens']:,} written",
    ]
    if found.failed:
        first = found.failed[0]
        says = str(first["says"]).splitlines()[0]
        lines.append(
            f"  {len(found.failed):,} episodes have no answer: see {out}{FAILED}. The first: {first['episode']}: {says}"
        )
    return "\n".join(lines), summary
