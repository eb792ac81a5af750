"""`vladata inspect`: a summary of an output, a few of its samples, and a contact sheet."""

from fractions import Fraction
from typing import Any

import click

from vladata.actions.contract import codec_from_contract
from vladata.actions.sample_bins import own_bins
from vladata.cli.inspecting import Opened, cells_of, positions_of, read, spread
from vladata.cli.main import HELP
from vladata.cli.numbers import WholeRange
from vladata.cli.reporting import Report, counted, human, ledger_lines, missing_lines, png, reporting
from vladata.cli.showing import Named, action_lines, named
from vladata.cli.showing_episodes import episode_lines, episode_summary
from vladata.mixtures.open import open
from vladata.records import Sample
from vladata.shards.dataset import Dataset
from vladata.shards.manifest import read_manifest
from vladata.shards.parts import EpisodesPart
from vladata.shards.storage import open_output

EXAMPLE = """Summarise OUT and show some of its samples: prompt, target, decoded action.

Example: vladata inspect out/bridge --samples 5 --sheet sheet.png"""


@click.command("inspect", help=EXAMPLE, context_settings=HELP)
@click.argument("out")
@click.option(
    "--samples", type=WholeRange(0), default=3, show_default=True, help="Number of samples to show."
)
@click.option(
    "--sheet",
    metavar="PNG",
    callback=png,
    help="Draw a contact sheet into this file: one window of a mixture, 24 samples of another output.",
)
@click.option("--task", default="", metavar="NAME", help="Show only samples of this task.")
@click.option("--source", default="", metavar="NAME", help="Show only samples of this source of a mixture.")
@click.option(
    "--episode", default="", metavar="ID", help="Show only this episode, on the sheet as a strip of frames."
)
@reporting
def command(
    out: str, samples: int, sheet: str | None, task: str, source: str, episode: str, report: Report
) -> None:
    manifest = read_manifest(open_output(out))
    if manifest.kind == EpisodesPart.KIND:
        if sheet or task or source or episode:
            raise click.UsageError(
                f"{out} holds whole episodes: --sheet, --task, --source and --episode show samples, and it has none."
            )
        report.result("\n".join(episode_lines(out, manifest)), episode_summary(manifest))
        return
    dataset = open(out)
    if isinstance(dataset, Dataset):
        dataset.check_index()
    positions = positions_of(dataset, task, source, episode)
    shown = read(dataset, spread(positions, samples))
    decoded = [_decoded(dataset, sample) for sample in shown]
    if sheet:
        from vladata.cli.sheet import draw

        cells, columns, says = cells_of(dataset, positions, bool(task or source), episode)
        draw(cells, sheet, columns)
        report.say(f"Contact sheet: {sheet}, {says}")
    for shard in dataset.manifest.shards:
        report.detail(
            f"{shard.path}: {counted(shard.samples, 'sample')}, {human(shard.bytes)}, {shard.checksum}"
        )
    summary = _summary(dataset)
    summary["shown"] = [
        {**sample.fields, "key": sample.key, "decoded": d} for sample, d in zip(shown, decoded, strict=True)
    ]
    lines = _lines(out, dataset)
    for sample, values in zip(shown, decoded, strict=True):
        lines += _sample_lines(sample, values)
    report.result("\n".join(lines), summary)


def _decoded(dataset: Opened, sample: Sample) -> Named:
    """Return the action or actions that the target spells; {} for a sample without an action."""
    if not len(sample.bins):
        return {}
    codec = codec_from_contract(dataset.contracts[sample.contract])
    return named(codec.spelled_names, codec.decode(own_bins(sample.bins, codec)))


def _summary(dataset: Opened) -> dict[str, Any]:
    manifest, told = dataset.manifest, dataset.manifest.as_json()
    names = (
        "name",
        "kind",
        "format",
        "order",
        "seed",
        "splits",
        "cameras",
        "ledger",
        "statistics",
        "contract",
    )
    return {
        **{name: told[name] for name in names if name in told},
        "samples": len(dataset),
        "shards": len(manifest.shards),
        "bytes": manifest.bytes,
        **{name: told[name]["name"] for name in ("schema", "corpus", "recipe", "mixture") if name in told},
        **{name: told[name] for name in ("window", "epoch", "sources") if name in told},
    }


def _lines(out: str, dataset: Opened) -> list[str]:
    found = _summary(dataset)
    splits = ", ".join(f"{name} {counts['samples']:,}" for name, counts in found["splits"].items())
    made = [f"{name} {found[name]}" for name in ("schema", "corpus", "mixture", "recipe") if name in found]
    made += [found["format"] or "virtual"]
    lines = missing_lines(found["ledger"])
    lines += [
        f"{out}: {counted(found['samples'], 'sample')} ({splits}) in {counted(found['shards'], 'shard')}, "
        f"{human(found['bytes'])}",
        f"  {', '.join(made)}, order {found['order']}, seed {found['seed']}, cameras {', '.join(found['cameras'])}",
    ]
    lines += [f"  action contract {digest[:16]}" for digest in dataset.contracts]
    lines += ledger_lines(found["ledger"])
    if found["kind"] == "mixture":
        return [*lines, *_sources(found)]
    return [*lines, "", *_bounds(dataset)] if isinstance(dataset, Dataset) and dataset.contracts else lines


def _sources(found: dict[str, Any]) -> list[str]:
    return [
        f"  an epoch: {found['epoch']}; the ratio is exact in every window of {found['window']}",
        *(
            f"  {s['name']:<24}{float(Fraction(s['share'])):>8.2%}{s['used']:>12,} samples{s['repeats']:>8.2f} times"
            for s in found["sources"]
        ),
    ]


def _bounds(dataset: Dataset) -> list[str]:
    codec, statistics = dataset.codec, dataset.statistics["action"]
    lines = [
        f"  {'dimension':<12}{'lowest bin':>12}{'highest bin':>12}{'mean':>12}{'std':>12}{'min':>12}{'max':>12}"
    ]
    columns = (codec.low, codec.high, statistics.mean, statistics.std, statistics.min, statistics.max)
    for name, *values in zip(codec.names, *columns, strict=True):
        lines.append(f"  {name:<12}" + "".join(f"{float(value):>12.5g}" for value in values))
    return lines


def _sample_lines(sample: Sample, decoded: Named) -> list[str]:
    images = ", ".join(f"{camera} {human(len(image))}" for camera, image in sample.images.items())
    frames = ", ".join(map(str, sample.frames.tolist()))
    return [
        "",
        f"  {sample.key}  ({images})",
        f"    prompt  {sample.prompt}",
        f"    target  {sample.target}",
        *([f"    frames  {frames}, by their steps"] if frames else []),
        *action_lines("decoded", decoded, sample.valid or None),
    ]
