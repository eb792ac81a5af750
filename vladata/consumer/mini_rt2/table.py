"""The table of the experiment with the paper's numbers, and how much of the web data each arm still knows."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from vladata.consumer.evaluation.place import REPORT, RESULTS
from vladata.consumer.evaluation.report import page
from vladata.consumer.evaluation.told import cell, results
from vladata.consumer.evaluation.trials import read
from vladata.consumer.mini_rt2.plan import ARMS, COMPARED, SKILLS, SUITES, WEB_MODEL
from vladata.consumer.tabletop.suites import UNSEEN

PAPER = {
    "scratch": "9 (5B)",
    "fine-tuned": "42 (5B), 52 (55B)",
    "co-fine-tuned": "44 (5B), 63 (55B)",
}
"""Brohan et al. 2023, RT-2 (arXiv:2307.15818), table 6: mean success on unseen objects, backgrounds and environments, percent."""
POOLED = "unseen"


def tell(out: Path, seeds: Sequence[int], folders: Mapping[str, str], minutes: float) -> str:
    """Write OUT/results.json and OUT/report.html, and return the table as text.

    folders: arm -> folder of its training.   minutes: the time of all calls together."""
    evaluations = [out / f"seed{seed}" / "evaluation" for seed in seeds]
    found = [json.loads((each / RESULTS).read_text(encoding="utf-8")) for each in evaluations]
    order = {arm: i for i, arm in enumerate(found[0]["policies"])}
    outcomes = [each for evaluation in evaluations for each in read(evaluation)]
    outcomes.sort(key=lambda each: (order[each.trial.policy], each.trial))
    told = {
        "name": "RT-2 in miniature",
        "environment": found[0]["environment"],
        **results(outcomes, SUITES, {POOLED: UNSEEN}),
        "films": found[0]["films"],
        "web": {WEB_MODEL: _kept(out, seeds, WEB_MODEL)}
        | {arm: _kept(out, seeds, folders[arm]) for arm in order},
        "minutes": minutes,
    }
    (out / RESULTS).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    (out / REPORT).write_text(page(told, evaluations[0]), encoding="utf-8")
    return "\n".join([*_successes(told), "", *_differences(told), "", *_remarks(told, seeds, minutes)])


def _kept(out: Path, seeds: Sequence[int], trained: str) -> float:
    """Return the share of held-out questions for a place that a model answers correctly: the mean over seeds."""
    files = [out / f"seed{seed}" / SKILLS for seed in seeds]
    found = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    return mean(float(each[trained]["places"]) for each in found if trained in each)


def _successes(told: Mapping[str, Any]) -> list[str]:
    suites = [*(suite for suite in told["suites"] if suite not in (POOLED, "all")), POOLED]
    lines = [
        "".ljust(26) + "".join(suite.rjust(14) for suite in suites) + "web".rjust(7) + "  RT-2's table 6"
    ]
    for arm, by_suite in told["policies"].items():
        cells = "".join(cell(by_suite[suite]).rjust(14) for suite in suites)
        kept = f"{100 * told['web'][arm]:.0f}"
        lines.append(arm.ljust(26) + cells + kept.rjust(7) + f"  {PAPER.get(arm, '')}")
    return lines


def _differences(told: Mapping[str, Any]) -> list[str]:
    """Return lines with the differences between the paper's three arms, and between co-fine-tuned and each other arm."""
    arms = list(told["policies"])
    asked = [(arms[1], arms[0]), (arms[2], arms[1]), *((arms[2], other) for other in arms[3:])]
    return [difference(told, more, less) for more, less in asked]


def difference(told: Mapping[str, Any], more: str, less: str, suite: str = POOLED) -> str:
    """Return a line with the difference of two arms' success rates on a suite, in percentage points."""
    found = next(
        each
        for each in told["differences"]
        if each["suite"] == suite and {each["first"], each["second"]} == {more, less}
    )
    ends, only = ("low", "high"), ("first_only", "second_only")
    sign = 1 if found["first"] == more else -1
    low, high = (100 * sign * found[end] for end in ends[::sign])
    more_only, less_only = (found[each] for each in only[::sign])
    return (
        f"{more} - {less}, {suite}: {100 * sign * found['mean']:+.1f} points [{low:+.1f}, {high:+.1f}]; "
        f"only the first succeeded in {more_only} trials, only the second in {less_only}, of {found['trials']}"
    )


def _seeds_of_others(told: Mapping[str, Any], seeds: Sequence[int]) -> list[str]:
    if len(seeds) <= COMPARED:
        return []
    others = list(told["policies"])[len(ARMS) :]
    return [
        f"Trained with seeds {', '.join(map(str, seeds[:COMPARED]))} only, on the same trials: {', '.join(others)}."
    ]


def _remarks(told: Mapping[str, Any], seeds: Sequence[int], minutes: float) -> list[str]:
    ended = {arm: by_suite[POOLED]["terminated"] for arm, by_suite in told["policies"].items()}
    said = ", ".join(f"{arm} {100 * part:.0f}%" for arm, part in ended.items() if part is not None)
    return [
        f"Success in percent over seeds {', '.join(map(str, seeds))}, with Wilson's 95% interval; differences on the same "
        "trials, with a bootstrap over seeds and trials.",
        *_seeds_of_others(told, seeds),
        "web: percent of held-out questions for a place in a web picture that are answered to within 0.08 of the picture's side; "
        f"the web model, before any robot data: {100 * told['web'][WEB_MODEL]:.0f}.",
        f"Share of the successes on unseen suites that the policy itself ended: {said}.",
        f"Time: {minutes:.0f} minutes.",
    ]
