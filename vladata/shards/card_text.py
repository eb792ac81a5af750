"""The text of a dataset card, after its front matter: what the samples are, what became of what was read, licence."""

from collections.abc import Callable, Mapping
from typing import Any

from vladata.shards.naming import MANIFEST, ledger_units

Manifest = Mapping[str, Any]


def text(manifest: Manifest) -> str:
    """The text of any output, from its manifest (`files` and `digest` are not needed)."""
    return f"""# {manifest["name"]}

{_INTRODUCTIONS[manifest["kind"]](manifest)}

{_ledger(manifest["ledger"])}

All settings, statistics and checksums stand in `{MANIFEST}`; `index.arrow` says where each sample lies; `rejected.jsonl` says
what was left out, and why.

{_ENDS[manifest["kind"]](manifest)}
"""


def _robot(manifest: Manifest) -> str:
    recipe, schema, contract = manifest["recipe"], manifest["schema"], manifest["contract"]
    return f"""Robot episodes as vision-language-action samples: schema `{schema["name"]}`, recipe `{recipe["name"]}`,
written by vladata {manifest["created_by"]["version"]}. Every sample is an image (or several), a prompt
and a target that spells an action.

Prompt: `{recipe["prompt"]}`. Action contract: `{contract["digest"]}`."""


def _web(manifest: Manifest) -> str:
    recipe, corpus = manifest["recipe"], manifest["corpus"]
    return f"""Image-text pairs of the web as samples for a vision-language model: corpus `{corpus["name"]}`, recipe
`{recipe["name"]}`, written by vladata {manifest["created_by"]["version"]}. Every sample is an image (or several), a prompt and
a target; it has no action."""


def _mixture(manifest: Manifest) -> str:
    rows = "\n".join(
        f"| {source['name']} | {source['dataset']} | {source['share']} | {source['used']:,} | {source['repeats']:.2f} |"
        for source in manifest["sources"]
    )
    return f"""A mixture of {len(manifest["sources"])} datasets, written by vladata
{manifest["created_by"]["version"]}. In every aligned window of {manifest["window"]} samples each source has its
share, to within one sample: read the shards in order, each from its start, and so has every batch.

An epoch is {manifest["samples"]:,} samples: {manifest["epoch"]}.

| source | dataset | share | samples | repeats |
|---|---|---|---|---|
{rows}

A sample's `contract` names the action contract that its target is spelled by; {len(manifest["contracts"])} of them stand in
`{MANIFEST}`, each with its statistics. A repeated sample has a key of its own, which ends in -r and a number."""


def _ledger(ledger: Manifest) -> str:
    units = ledger_units(ledger)
    rows = "\n".join(
        f"| {unit} | "
        + " | ".join(f"{ledger[unit][name]:,}" for name in ("read", "written", "filtered", "rejected"))
        + " |"
        for unit in units
    )
    reasons = "\n".join(
        f"- {entry['outcome']}, {reason}: " + ", ".join(f"{entry[unit]:,} {unit}" for unit in units)
        for reason, entry in ledger["reasons"].items()
    )
    head = "| | read | written | filtered | rejected |\n|---|---|---|---|---|\n"
    return f"{head}{rows}\n\n{reasons}"


def _licence(about: str) -> Callable[[Manifest], str]:
    def says(manifest: Manifest) -> str:
        spec = manifest[about]
        licence, citation = spec["licence"] or "not established", spec["citation"] or "not given"
        return f"Licence of the source data: {licence}. Citation: {citation}."

    return says


def _of_its_sources(manifest: Manifest) -> str:
    return "Licences and citations are those of its sources; their schemas stand in the manifest."


_INTRODUCTIONS = {"robot": _robot, "web": _web, "mixture": _mixture}
_ENDS = {"robot": _licence("schema"), "web": _licence("corpus"), "mixture": _of_its_sources}
