"""A dry run of a training, as text: the model, one batch with the tokens that are learnt, and the learning rate of the steps."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch

import vladata
from vladata.consumer.models.backbone import Backbone, Tokens
from vladata.consumer.training.data import learnt_from
from vladata.consumer.training.held_out import Measure
from vladata.consumer.training.loss import IGNORED
from vladata.consumer.training.optimizer import trained
from vladata.consumer.training.parts import Part
from vladata.consumer.training.ranks import Ranks
from vladata.consumer.training.robot_source import robot_sources
from vladata.consumer.training.schedule import rate
from vladata.consumer.training.starting import model_of, vocabulary_of
from vladata.spec.training import TrainingSpec

ROWS = 4
"""The least number of samples to show; one sample of each dataset and task comes first."""


@dataclass(frozen=True)
class DryRun:
    """The result of a dry run. text: for people.   summary: its facts as JSON data."""

    text: str
    summary: dict[str, Any]


def show(spec: TrainingSpec) -> DryRun:
    """Make the model and the first batch, open the held-out data, and write nothing.

    Raises the errors that training would raise before its first step, except those about its folder."""
    vocabulary, ranks = vocabulary_of(spec), Ranks(0, 1, torch.device("cpu"))
    backbone = model_of(spec, vocabulary, None, ranks.device)
    samples = vladata.open(spec.data.path)
    loader = learnt_from(samples, spec, backbone, vocabulary, ranks)
    for held in spec.held_out:
        Measure(held, spec, backbone, vocabulary, ranks)
    try:
        tuple(robot_sources(samples, loader))
        parts: list[Part] = next(iter(loader))
    finally:
        loader.close()
    model, batch, schedule = _model(spec, backbone), _batch(spec, parts), _schedule(spec)
    lines = [*_model_lines(spec, model), "", *_batch_lines(spec, batch, parts, backbone.tokens), ""]
    lines += _schedule_lines(spec, schedule)
    return DryRun("\n".join(lines), {"model": model, "batch": batch, "schedule": schedule})


def _model(spec: TrainingSpec, backbone: Backbone) -> dict[str, Any]:
    module, learnt = backbone.module, trained(backbone.module)
    names = [name.split(".") for name, _ in module.named_parameters()]
    # The number of parts at the start that all names share.
    same = next(n for n in range(99) if len({tuple(name[: n + 1]) for name in names}) > 1)
    by_part: Counter[str] = Counter()
    for name, weight in zip(names, module.parameters(), strict=True):
        by_part[name[same]] += weight.numel()
    return {
        "kind": spec.model.kind,
        "parameters": sum(weight.numel() for weight in module.parameters()),
        "trained": sum(weight.numel() for weight in learnt.values()),
        "parts": dict(by_part),
        "tokens": backbone.tokens.size,
        "image_size": backbone.image_size,
        "start": spec.start,
    }


def _model_lines(spec: TrainingSpec, model: dict[str, Any]) -> Iterator[str]:
    start = f"the weights of {spec.start}" if spec.start else "its own initial weights"
    yield (
        f"Model {model['kind']}, starting from {start}: {model['parameters']:,} parameters, "
        f"{model['trained']:,} of them trained."
    )
    size = model["image_size"]
    pixels = "pictures of any size" if size is None else f"pictures of {size[0]} x {size[1]}"
    yield f"  {model['tokens']:,} tokens, {pixels}"
    width = max(map(len, model["parts"]))
    for name, count in model["parts"].items():
        yield f"  {name:<{width}}  {count:>14,}"


def _batch(spec: TrainingSpec, parts: Sequence[Part]) -> dict[str, Any]:
    samples = Counter(
        whose for part in parts for whose in zip(part.said["dataset"], part.said["task"], strict=True)
    )
    learnt = sum(int((part.arrays["labels"] != IGNORED).sum()) for part in parts)
    there = sum(int(part.arrays["attention_mask"].sum()) for part in parts)
    return {
        "samples": {f"{dataset}/{task}": count for (dataset, task), count in sorted(samples.items())},
        "parts": [len(part.said["key"]) for part in parts],
        "tokens": there,
        "learnt": learnt,
        "longest": max(part.arrays["input_ids"].shape[1] for part in parts),
    }


def _batch_lines(
    spec: TrainingSpec, batch: dict[str, Any], parts: Sequence[Part], tokens: Tokens
) -> Iterator[str]:
    count, pieces = sum(batch["parts"]), len(batch["parts"])
    cut = f", in {pieces} parts" if pieces > 1 else ""
    yield f"The first batch: {count:,} samples{cut}, {batch['tokens']:,} tokens, {batch['learnt']:,} of them learnt."
    for name, samples in batch["samples"].items():
        yield f"  {name}  {samples:,}"
    yield "Tokens between [ and ] are learnt, with | between two tokens; no other token has a label."
    seen = set[tuple[str, str]]()
    rows = [(part, i) for part in parts for i in range(len(part.said["key"]))]
    first = []
    for part, i in rows:
        whose = part.said["dataset"][i], part.said["task"][i]
        if whose not in seen:
            first.append((part, i))
        seen.add(whose)
    for part, i in (first + [row for row in rows if row not in first])[: max(ROWS, len(first))]:
        yield f"  {part.said['key'][i]}, weight {_weight(part, i):g}:"
        yield f"    {labelled(part, i, tokens)}"


def labelled(part: Part, i: int, tokens: Tokens) -> str:
    """Return the tokens of a sample as text, without padding. Tokens with a label are between [ and ]."""
    ids, labels = part.arrays["input_ids"][i].tolist(), part.arrays["labels"][i].tolist()
    there = part.arrays["attention_mask"][i].tolist()
    rows = [(id, label != IGNORED) for id, label, mask in zip(ids, labels, there, strict=True) if mask]
    edges = [0, *(n for n in range(1, len(rows)) if rows[n][1] != rows[n - 1][1]), len(rows)]
    found = []
    for first, stop in pairwise(edges):
        run = rows[first:stop]
        ids_of_run = [id for id, _ in run]
        if run[0][1]:
            found.append(f"[{'|'.join(_token(tokens, id, n == 0) for n, id in enumerate(ids_of_run))}]")
        else:
            found.append(_plain(tokens, ids_of_run))
    return " ".join(found).replace("\n", "\\n")


def _plain(tokens: Tokens, ids: Sequence[int]) -> str:
    """Return tokens without labels as plain text; a token that repeats, such as a picture's, is written once with its count."""
    out, n = "", 0
    while n < len(ids):
        stop = n + 1
        while stop < len(ids) and ids[stop] == ids[n]:
            stop += 1
        said = tokens.piece(ids[n], first=not out)
        if said and stop - n < 3:
            out += said + "".join(tokens.piece(id, first=False) for id in ids[n + 1 : stop])
        else:
            times = f" x {stop - n}" if stop > n + 1 else ""
            out += f"{' ' if out else ''}<{ids[n]}{times}>"
        n = stop
    return out


def _token(tokens: Tokens, id: int, first: bool) -> str:
    return "<end>" if id == tokens.end else tokens.piece(id, first) or f"<{id}>"


def _weight(part: Part, i: int) -> float:
    """Return the largest weight of a sample's tokens."""
    return float(part.arrays["loss_weights"][i].max())


def _schedule(spec: TrainingSpec) -> dict[str, Any]:
    rule, peak = spec.schedule, spec.optimizer.learning_rate
    steps = sorted({0, rule.warmup, *(rule.steps * n // 4 for n in (1, 2, 3)), rule.steps - 1})
    return {
        "steps": rule.steps,
        "samples": rule.steps * spec.data.batch_size,
        "learning_rate": {str(step + 1): rate(step, peak, rule) for step in steps},
    }


def _schedule_lines(spec: TrainingSpec, schedule: dict[str, Any]) -> Iterator[str]:
    rule = spec.optimizer
    clip = "not clipped" if rule.clip is None else f"clipped to {rule.clip:g}"
    yield (
        f"{schedule['steps']:,} steps of {spec.data.batch_size:,} samples, {schedule['samples']:,} in all; AdamW, betas "
        f"{rule.betas[0]:g} and {rule.betas[1]:g}, weight decay {rule.weight_decay:g} for matrices, gradients {clip}."
    )
    yield f"  {'step':>10}  learning rate"
    for step, value in schedule["learning_rate"].items():
        yield f"  {int(step):>10,}  {value:.3g}"
    yield f"A checkpoint every {spec.checkpoint.every:,} steps; the newest {spec.checkpoint.keep} are kept."
    for held in spec.held_out:
        yield f"Measured every {held.every:,} steps: {held.name}, {held.samples:,} samples of {held.path}, split {held.split}."
