"""The text of a dataset card, after its front matter: the samples, the ledger of the source data, the licence."""

from collections.abc import Callable, Mapping

from vladata.shards.counts import missing
from vladata.shards.manifest import Manifest
from vladata.shards.naming import MANIFEST, ledger_units
from vladata.shards.parts import Data, EpisodesPart, MixturePart, RobotPart, WebPart

NEXT = "\n\n"  # between paragraphs


def text(manifest: Manifest, notes: str = "") -> str:
    """Return the text of the card of an output, from its manifest (`files` and `digest` are not needed) and notes on it."""
    lost = missing(manifest.ledger)
    parts = (f"**{lost}**" if lost else "", _INTRODUCTIONS[manifest.kind](manifest), notes)
    introduction, unit = NEXT.join(part for part in parts if part), _UNITS.get(manifest.kind, "sample")
    return f"""# {manifest.name}

{introduction}

{_ledger(manifest.ledger)}

All settings, statistics and checksums stand in `{MANIFEST}`; `index.arrow` says where each {unit}
lies; `rejected.jsonl` says what was left out, and why.

{_ENDS[manifest.kind](manifest)}
"""


def _robot(manifest: Manifest) -> str:
    part = manifest.of(RobotPart)
    tasks = "\n".join(
        f"| {name} | `{_cell(words['prompts'][0])}` | `{_cell(words['target'])}` |"
        for name, words in part.prompts["tasks"].items()
    )
    return f"""Robot episodes as vision-language-action samples: schema `{part.schema["name"]}`, recipe `{part.recipe["name"]}`,
written by vladata {manifest.created_by.version}. Every sample is a prompt, a target and the images
that its task shows. Action contract: `{part.contract["digest"]}`.

| task | prompt | target |
|---|---|---|
{tasks}"""


def _episodes(manifest: Manifest) -> str:
    part = manifest.of(EpisodesPart)
    written = part.written
    return f"""Robot episodes, {manifest.format}: schema `{part.schema["name"]}`, action chain `{part.chain}`, written by vladata
{manifest.created_by.version}. {written.stretches:,} episodes of {manifest.samples:,} steps that have an action, from
{written.episodes:,} episodes of the source; {written.cut:,} of these were cut where steps in their middle were left out."""


def _cell(words: str) -> str:
    """Return words as a cell of a table, on one line."""
    return words.replace("\n", "\\n").replace("|", "\\|")


def _web(manifest: Manifest) -> str:
    part = manifest.of(WebPart)
    return f"""Image-text pairs of the web as samples for a vision-language model: corpus `{part.corpus["name"]}`, recipe
`{part.recipe["name"]}`, written by vladata {manifest.created_by.version}. Every sample is an image (or several), a prompt and
a target; it has no action."""


def _mixture(manifest: Manifest) -> str:
    part = manifest.of(MixturePart)
    rows = "\n".join(
        f"| {source.name} | {source.dataset} | {source.share} | {source.used:,} | {source.repeats:.2f} |"
        for source in part.sources
    )
    return f"""A mixture of {len(part.sources)} datasets, written by vladata
{manifest.created_by.version}. In every aligned window of {part.window} samples each source has its
share, to within one sample. Read the shards in order, each from its start, and every batch whose size is a multiple of
{part.window} has it too. Smaller batches have it on average only.

An epoch is {part.samples:,} samples: {part.epoch}.

| source | dataset | share | samples | repeats |
|---|---|---|---|---|
{rows}

A sample's `contract` names the action contract that its target is spelled by; {len(part.contracts)} of them stand in
`{MANIFEST}`, each with its statistics. A repeated sample has a key of its own, which ends in -r and a number."""


def _ledger(ledger: Mapping[str, Data]) -> str:
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


def _licence(spec: Data) -> str:
    licence, citation = spec["licence"] or "not established", spec["citation"] or "not given"
    return f"Licence of the source data: {licence}. Citation: {citation}."


_UNITS = {EpisodesPart.KIND: "episode"}
_INTRODUCTIONS: Mapping[str, Callable[[Manifest], str]] = {
    "robot": _robot,
    "episodes": _episodes,
    "web": _web,
    "mixture": _mixture,
}
_ENDS: Mapping[str, Callable[[Manifest], str]] = {
    "robot": lambda manifest: _licence(manifest.of(RobotPart).schema),
    "episodes": lambda manifest: _licence(manifest.of(EpisodesPart).schema),
    "web": lambda manifest: _licence(manifest.of(WebPart).corpus),
    "mixture": lambda manifest: (
        "Licences and citations are those of its sources; their schemas stand in the manifest."
    ),
}
