"""`vladata vocab make` and `vladata vocab check`: the token ids of a model that stand for bins."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from vladata.actions.contract import codec_from_contract
from vladata.actions.protocol import Codec
from vladata.cli.completing import completing
from vladata.cli.main import HELP
from vladata.cli.numbers import WholeRange
from vladata.cli.reporting import FINDINGS, Report, reporting
from vladata.commands.vocabularies import (
    codec_of_recipe,
    contracts_of_output,
    texts_of,
    texts_of_recipe,
    words_of_output,
)
from vladata.vocabularies import file
from vladata.vocabularies.check import flaws
from vladata.vocabularies.counts import Counts, counts_of
from vladata.vocabularies.demand import demand_of_all
from vladata.vocabularies.embedding import embedding_rows
from vladata.vocabularies.flaw import SEVERITIES, Flaw
from vladata.vocabularies.integers import BEFORE
from vladata.vocabularies.overwrite_least_used import KIND as OVERWRITE
from vladata.vocabularies.table import KINDS
from vladata.vocabularies.tokenizer import Tokenizer, open_tokenizer
from vladata.vocabularies.vocabulary import Vocabulary

Contract = Mapping[str, Any]
LOOKED_AT = 1000  # samples of an output whose texts `check` reads
Function = TypeVar("Function", bound=Callable[..., Any])

MAKE = """Make a vocabulary: which token ids of a model stand for the bins of an action codec.

\b
KIND is one of
  integers              the tokenizer's own tokens of the numbers
  overwrite-least-used  the ids that the texts of an output use least (RT-2-PaLM-E)
  last-ids              counted down from the end (OpenVLA)
  added-tokens          a family that was added to the tokenizer, <action_{N}>
  fast-ids              counted down, 128 ids before the end (pi0-FAST)

What was made is checked against the tokenizer at once: the exit code is 3 where something is wrong with it.

Example: vladata vocab make last-ids --tokenizer ./openvla-7b --out-of out/bridge -o vocab.json"""

CHECK = """Check a vocabulary against a tokenizer: for every bin, text -> ids -> text -> bins, in the place where a model reads
it. Named are ids that merge, split, change, get a space, are special or <loc> tokens, or lie beyond the model's embedding. The
exit code is 3 where something is wrong.

Example: vladata vocab check vocab.json --tokenizer ./openvla-7b --model-config ./openvla-7b/config.json --out-of out/bridge"""


def made_for(function: Function) -> Function:
    """Add the options that say which tokenizer and which codecs a vocabulary is for."""
    options = (
        click.option(
            "--tokenizer", required=True, metavar="PATH", help="Folder, tokenizer.json or .model file."
        ),
        click.option(
            "--recipe", shell_complete=completing("recipe"), help="A recipe: the vocabulary is for its codec."
        ),
        click.option(
            "--schema",
            shell_complete=completing("schema"),
            default="",
            help="With --recipe: the schema that names the dimensions.",
        ),
        click.option(
            "--out-of", "out", metavar="OUT", help="An output or a mixture: for its codecs, and its texts."
        ),
        click.option(
            "--embedding-size", type=WholeRange(1), metavar="N", help="Rows of the model's embedding."
        ),
        click.option(
            "--model-config", metavar="JSON", help="The model's config.json, which says how many rows."
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


@click.command("make", help=MAKE, context_settings=HELP)
@click.argument("kind", type=click.Choice(list(KINDS)))
@made_for
@click.option(
    "--corpus",
    multiple=True,
    metavar="FILE",
    help="Text whose ids are counted beside OUT's: a text a line, or another output.",
)
@click.option("--before", help=f"The text before an action, {BEFORE!r} unless given.")
@click.option("--digits", is_flag=True, default=None, help="Numbers may be several tokens, one a digit.")
@click.option("--pattern", help="The family of added tokens, <action_{N}>.")
@click.option("--start", help="The added token before an action.")
@click.option("--end", help="The added token after an action.")
@click.option("--vocabulary-size", "vocabulary", type=WholeRange(1), help="Ids that are counted down from.")
@click.option("--skip", type=WholeRange(0), help="Ids at the end that are left out, 128 unless given.")
@click.option("-o", "--out", "path", required=True, metavar="JSON", help="The file to write.")
@click.option("--overwrite", is_flag=True, help="Replace the file.")
@click.option("--dry-run", "dry", is_flag=True, help="Make and check it, and write nothing.")
@reporting
def make(
    kind: str,
    tokenizer: str,
    recipe: str | None,
    schema: str,
    out: str | None,
    embedding_size: int | None,
    model_config: str | None,
    corpus: tuple[str, ...],
    path: str,
    overwrite: bool,
    dry: bool,
    report: Report,
    **settings: Any,
) -> int:
    maker, takes = KINDS[kind]
    given = {name: value for name, value in settings.items() if value is not None}
    for name in given:
        if name not in takes:
            option = {"vocabulary": "vocabulary-size"}.get(name, name)
            raise click.UsageError(f"--{option} is of no use to {kind}.")
    if corpus and kind != OVERWRITE:
        raise click.UsageError(f"--corpus is of no use to {kind}: only {OVERWRITE} counts ids in texts.")
    rows = _rows(embedding_size, model_config)
    (codecs, contracts), opened = _made_for(recipe, schema, out), open_tokenizer(tokenizer)
    if kind == OVERWRITE:
        counts = given["counts"] = counts_of(opened, texts_of([*corpus, *([out] if out else [])]))
    else:
        counts = _counts(opened, recipe, out)
    made: Vocabulary = maker(demand_of_all(codecs), opened, **given)
    found = flaws(made, opened, codecs, embedding=rows, counts=counts)
    if not dry:
        file.write(made, path, overwrite)
    return _told(report, path, made, opened, contracts, found)


@click.command("check", help=CHECK, context_settings=HELP)
@click.argument("vocabulary")
@made_for
@reporting
def check(
    vocabulary: str,
    tokenizer: str,
    recipe: str | None,
    schema: str,
    out: str | None,
    embedding_size: int | None,
    model_config: str | None,
    report: Report,
) -> int:
    made, rows = file.vocabulary(vocabulary), _rows(embedding_size, model_config)
    (codecs, contracts), opened = _made_for(recipe, schema, out), open_tokenizer(tokenizer)
    found = flaws(made, opened, codecs, embedding=rows, counts=_counts(opened, recipe, out))
    return _told(report, vocabulary, made, opened, contracts, found)


def _rows(embedding_size: int | None, model_config: str | None) -> int | None:
    if embedding_size is not None and model_config is not None:
        raise click.UsageError("--embedding-size and --model-config say the same: give one of them.")
    return embedding_rows(Path(model_config)) if model_config is not None else embedding_size


def _counts(tokenizer: Tokenizer, recipe: str | None, out: str | None) -> Counts:
    """Return the number of times that each id is used outside actions, in samples of an output or in a recipe's templates."""
    return counts_of(tokenizer, texts_of_recipe(recipe) if recipe else words_of_output(str(out), LOOKED_AT))


def _made_for(recipe: str | None, schema: str, out: str | None) -> tuple[list[Codec], list[Contract]]:
    """Return the codecs of a recipe or an output, and the contracts of an output; [] for a recipe."""
    if (recipe is None) == (out is None):
        raise click.UsageError("Say what the vocabulary is for: --recipe R, or --out-of OUT.")
    if schema and recipe is None:
        raise click.UsageError("--schema goes with --recipe; an output says its dimensions itself.")
    if out is None:
        return [codec_of_recipe(str(recipe), schema)], []
    contracts = contracts_of_output(out)
    return [codec_from_contract(contract) for contract in contracts], contracts


def _told(
    report: Report,
    path: str,
    made: Vocabulary,
    tokenizer: Tokenizer,
    contracts: Sequence[Contract],
    found: Sequence[Flaw],
) -> int:
    """Report the vocabulary and its flaws, and return the exit code."""
    summary = {
        "vocabulary": path,
        "kind": made.kind,
        "digest": made.digest,
        "bins": [made.least, made.most],
        "embedding_needed": made.embedding_needed,
        "tokenizer": {"path": tokenizer.path, **tokenizer.identity},
        "stamps": [made.stamp(contract) for contract in contracts],
        "flaws": [flaw.as_json() for flaw in found],
    }
    report.result("\n".join(_lines(path, made, tokenizer, found)), summary)
    return FINDINGS if found else 0


def _lines(path: str, made: Vocabulary, tokenizer: Tokenizer, found: Sequence[Flaw]) -> Iterator[str]:
    yield f"{path}: {made.kind}, bins {made.least} to {made.most}, digest {made.digest[:16]}"
    yield f"  {tokenizer.path}: {tokenizer.size:,} ids; a model needs {made.embedding_needed:,} rows for the bins"
    for bin_ in dict.fromkeys((made.least, made.least + 1, made.most)):
        ids = made.later[bin_ - made.least]
        yield f"  bin {bin_}: {', '.join(made.named(id) for id in ids)}"
    for severity in SEVERITIES:
        for flaw in found:
            if flaw.severity == severity:
                yield f"{severity}  {flaw.kind}: {flaw.says}"
                yield f"  {flaw.advice}"
    if not found:
        yield "Every bin comes back from text, ids and text."
