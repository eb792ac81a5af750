"""The table of the experiment, beside the paper's, and what each arm forgot of the web."""

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
    """The table as text; writes OUT/results.json and OUT/report.html.

    folders: arm -> that of its training.   minutes: of all calls."""
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
    """The part of held-out questions where something is that a model answers rightly, the mean over the seeds that have it."""
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
    """The order of the paper's three arms, and how much more the last of them has than each other."""
    arms = list(told["policies"])
    asked = [(arms[1], arms[0]), (arms[2], arms[1]), *((arms[2], other) for other in arms[3:])]
    return [difference(told, more, less) for more, less in asked]


def difference(told: Mapping[str, Any], more: str, less: str, suite: str = POOLED) -> str:
    """Return how much more often one arm succeeds than another on a suite, in points, whichever was compared with which."""
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
        f"{more_only} trials only the first, {less_only} only the second, of {found['trials']}"
    )


def _seeds_of_others(told: Mapping[str, Any], seeds: Sequence[int]) -> list[str]:
    if len(seeds) <= COMPARED:
        return []
    others = list(told["policies"])[len(ARMS) :]
    return [f"Seeds {', '.join(map(str, seeds[:COMPARED]))} alone, on the same trials: {', '.join(others)}."]


def _remarks(told: Mapping[str, Any], seeds: Sequence[int], minutes: float) -> list[str]:
    ended = {arm: by_suite[POOLED]["terminated"] for arm, by_suite in told["policies"].items()}
    said = ", ".join(f"{arm} {100 * part:.0f}%" for arm, part in ended.items() if part is not None)
    return [
        f"Success in percent over seeds {', '.join(map(str, seeds))}, with Wilson's 95% interval; differences on the same "
        "trials, with a bootstrap over seeds and trials.",
        *_seeds_of_others(told, seeds),
        "web: held-out questions where something is in a web picture, answered to within 0.08 of the picture, percent; before "
        f"any robot data {100 * told['web'][WEB_MODEL]:.0f}.",
        f"Of its successes on unseen suites each arm ended by itself: {said}.",
        f"{minutes:.0f} minutes.",
    ]
