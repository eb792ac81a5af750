"""`vladata inspect`: what is in an output, a few of its samples, and a contact sheet."""

from typing import Any

import click
import numpy as np

from vladata.actions.contract import codec_from_contract
from vladata.cli.main import HELP
from vladata.cli.reporting import Report, human, ledger_lines, reporting
from vladata.errors import ChecksumMismatch
from vladata.records import FIELDS, Sample
from vladata.shards.dataset import Dataset, open

EXAMPLE = """Say what is in OUT and show some of its samples: prompt, target, decoded action.

Example: vladata inspect out/bridge --samples 5 --sheet sheet.png"""


@click.command("inspect", help=EXAMPLE, context_settings=HELP)
@click.argument("out")
@click.option("--samples", type=click.IntRange(0), default=3, show_default=True, help="How many to show.")
@click.option("--sheet", metavar="PNG", help="Draw a contact sheet of 24 samples into this file.")
@reporting
def command(out: str, samples: int, sheet: str | None, report: Report) -> None:
    dataset = open(out)
    dataset.check_index()
    shown = _spread(dataset, samples)
    decoded = [_decoded(dataset, sample) for sample in shown]
    if sheet:
        from vladata.cli.sheet import draw

        draw(_spread(dataset, 24), sheet)
        report.say(f"Contact sheet: {sheet}")
    for shard in dataset.manifest["shards"]:
        report.detail(
            f"{shard['path']}: {shard['samples']:,} samples, {human(shard['bytes'])}, {shard['checksum']}"
        )
    summary = _summary(dataset)
    summary["shown"] = [
        {**sample.fields, "key": sample.key, "decoded": d} for sample, d in zip(shown, decoded, strict=True)
    ]
    lines = _lines(out, dataset)
    for sample, values in zip(shown, decoded, strict=True):
        lines += _sample_lines(sample, values)
    report.result("\n".join(lines), summary)


def _spread(dataset: Dataset, wanted: int) -> list[Sample]:
    """Samples from all over the dataset, `wanted` of them or all. Raises ChecksumMismatch where one is damaged."""
    count = len(dataset)
    positions = np.linspace(0, count - 1, min(wanted, count)).round().astype(int).tolist()
    samples = [dataset[i] for i in dict.fromkeys(positions)]
    for sample in samples:
        if set(sample.fields) != set(FIELDS):
            hint = "vladata verify names every file that is damaged."
            raise ChecksumMismatch("a sample is damaged", where=sample.key, hint=hint)
    return samples


def _decoded(dataset: Dataset, sample: Sample) -> dict[str, float]:
    codec = codec_from_contract(dataset.contract)
    values = codec.decode(np.asarray(sample.fields["bins"], np.int32))
    return dict(zip(("terminate", *codec.names), (float(v) for v in values), strict=True))


def _summary(dataset: Dataset) -> dict[str, Any]:
    manifest = dataset.manifest
    names = ("name", "format", "order", "seed", "splits", "cameras", "ledger", "statistics", "contract")
    return {
        **{name: manifest[name] for name in names},
        "samples": len(dataset),
        "shards": len(manifest["shards"]),
        "bytes": sum(shard["bytes"] for shard in manifest["shards"]),
        "schema": manifest["schema"]["name"],
        "recipe": manifest["recipe"]["name"],
    }


def _lines(out: str, dataset: Dataset) -> list[str]:
    found, contract = _summary(dataset), dataset.contract
    splits = ", ".join(f"{name} {counts['samples']:,}" for name, counts in found["splits"].items())
    return [
        f"{out}: {found['samples']:,} samples ({splits}) in {found['shards']:,} shards, {human(found['bytes'])}",
        f"  schema {found['schema']}, recipe {found['recipe']}, {found['format']}, order {found['order']}, "
        f"seed {found['seed']}, cameras {', '.join(found['cameras'])}",
        f"  action contract {contract['digest'][:16]}",
        *ledger_lines(found["ledger"]),
        "",
        *_bounds(dataset),
    ]


def _bounds(dataset: Dataset) -> list[str]:
    codec, statistics = codec_from_contract(dataset.contract), dataset.statistics["action"]
    lines = [
        f"  {'dimension':<12}{'lowest bin':>12}{'highest bin':>12}{'mean':>12}{'std':>12}{'min':>12}{'max':>12}"
    ]
    columns = (codec.low, codec.high, statistics.mean, statistics.std, statistics.min, statistics.max)
    for name, *values in zip(codec.names, *columns, strict=True):
        lines.append(f"  {name:<12}" + "".join(f"{float(value):>12.5g}" for value in values))
    return lines


def _sample_lines(sample: Sample, decoded: dict[str, float]) -> list[str]:
    images = ", ".join(f"{camera} {human(len(image))}" for camera, image in sample.images.items())
    numbers = ", ".join(f"{name} {value:.4g}" for name, value in decoded.items())
    return [
        "",
        f"  {sample.key}  ({images})",
        f"    prompt  {sample.fields['prompt']}",
        f"    target  {sample.fields['target']}",
        f"    decoded {numbers}",
    ]
