"""Trials as results: a table for people, and results.json."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import combinations
from typing import Any

from vladata.consumer.evaluation.intervals import Rate, difference, rate
from vladata.consumer.evaluation.trials import Outcome

ALL = "all"
"""The name of all suites together."""


def results(outcomes: Sequence[Outcome], pooled: Mapping[str, Sequence[str]] | None = None) -> dict[str, Any]:
    """Success by policy and suite, and differences of each two policies on the trials that both played.

    pooled: names -> suites that are told together as well; all of them always are."""
    suites = list(dict.fromkeys(each.trial.suite for each in outcomes))
    policies = list(dict.fromkeys(sorted(each.trial.policy for each in outcomes)))
    together = {**{suite: [suite] for suite in suites}, **(pooled or {})}
    if len(suites) > 1:
        together[ALL] = suites
    told: dict[str, Any] = {"suites": list(together), "policies": {}, "differences": []}
    for policy in policies:
        told["policies"][policy] = {
            name: _told([o for o in outcomes if o.trial.policy == policy and o.trial.suite in of])
            for name, of in together.items()
        }
    for first, second in combinations(policies, 2):
        for name, of in together.items():
            compared = _compared(outcomes, first, second, of)
            if compared is not None:
                told["differences"].append({"first": first, "second": second, "suite": name, **compared})
    return told


def _told(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Success with its interval. terminated: the part of successes that the policy ended.   steps: of successes, the mean."""
    right = [each for each in outcomes if each.success]
    found = asdict(rate(len(right), len(outcomes)))
    ended = sum(each.terminated for each in right) / len(right) if right else None
    steps = sum(each.steps for each in right) / len(right) if right else None
    return {**found, "terminated": ended, "steps": steps}


def _compared(
    outcomes: Sequence[Outcome], first: str, second: str, suites: Sequence[str]
) -> dict[str, Any] | None:
    """The difference of two policies, by seed; None where they played nothing in common."""
    played: dict[str, dict[tuple[int, str, int], bool]] = {first: {}, second: {}}
    for each in outcomes:
        if each.trial.policy in played and each.trial.suite in suites:
            key = each.trial.seed, each.trial.suite, each.trial.number
            played[each.trial.policy][key] = each.success
    common = sorted(played[first].keys() & played[second].keys())
    if not common:
        return None
    seeds = list(dict.fromkeys(key[0] for key in common))
    of = [
        [[played[name][key] for key in common if key[0] == seed] for seed in seeds]
        for name in (first, second)
    ]
    return asdict(difference(of[0], of[1]))


def table(told: Mapping[str, Any]) -> str:
    """The results as lines of text: success in percent with its 95% interval."""
    suites = told["suites"]
    width = max(len("policy"), *(len(name) for name in told["policies"])) + 2
    lines = ["policy".ljust(width) + "".join(suite.rjust(15) for suite in suites)]
    for policy, by_suite in told["policies"].items():
        cells = (_cell(by_suite[suite]) for suite in suites)
        lines.append(policy.ljust(width) + "".join(cell.rjust(15) for cell in cells))
    lines.append("Success in percent, with Wilson's 95% interval.")
    return "\n".join(lines)


def _cell(found: Mapping[str, Any]) -> str:
    if not found["trials"]:
        return "-"
    share = Rate(found["successes"], found["trials"], found["low"], found["high"])
    return f"{100 * share.mean:.0f} [{100 * share.low:.0f}, {100 * share.high:.0f}]"
