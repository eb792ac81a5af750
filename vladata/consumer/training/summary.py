"""The result of a training, as text for people."""

from collections.abc import Iterator, Mapping

from vladata.consumer.training.run import Result

TRAIN, HELD = "train/", "held_out/"


def told(result: Result) -> str:
    """Return the summary of a training."""
    return "\n".join(_lines(result))


def _lines(result: Result) -> Iterator[str]:
    made, metrics = result.step - result.began, result.metrics
    if not made:
        yield f"Nothing to do: all {result.step:,} steps were made before. Add --overwrite to begin again."
    else:
        yield f"{made:,} steps in {result.seconds:,.0f} s, {result.step:,} in all. Loss {metrics['loss']:.4g}."
    for group in (TRAIN, HELD):
        yield from _table({name: value for name, value in sorted(metrics.items()) if name.startswith(group)})
    yield f"Checkpoint: {result.checkpoint}"


def _table(metrics: Mapping[str, float]) -> Iterator[str]:
    """Yield a line for each dataset and task, and for held-out data: loss and accuracy; and a line for the action errors."""
    rows: dict[str, list[str]] = {}
    for name, value in metrics.items():
        whose, _, what = name.rpartition("/")
        if what == "samples":
            continue
        if whose.endswith("/action_error"):
            whose = f"{whose.removesuffix('/action_error')}, error of actions"
        rows.setdefault(whose, []).append(f"{what.replace('_', ' ')} {value:.3g}")
    width = max(map(len, rows), default=0)
    for whose, said in rows.items():
        yield f"  {whose:<{width}}  {', '.join(said)}"
