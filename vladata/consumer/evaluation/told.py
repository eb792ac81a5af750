"""Outcomes of trials as results: a table for people, and the data of results.json."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import combinations
from statistics import mean, median
from typing import Any

from vladata.consumer.evaluation.intervals import difference, rate
from vladata.consumer.evaluation.trials import Outcome

ALL = "all"
"""The name of all suites together."""


def results(
    outcomes: Sequence[Outcome], suites: Sequence[str], pools: Mapping[str, Sequence[str]] | None = None
) -> dict[str, Any]:
    """Return success by policy and suite, the difference of each two policies on the trials that both played, and speed.

    outcomes: sorted by policy, in the order of policies in the report.
    pools:    name -> suites that are also reported together."""
    policies = list(dict.fromkeys(each.trial.policy for each in outcomes))
    together: dict[str, Sequence[str]] = {**{suite: [suite] for suite in suites}, **(pools or {})}
    if len(suites) > 1:
        together[ALL] = suites
    told: dict[str, Any] = {
        "suites": list(together),
        "pools": {name: list(of) for name, of in together.items() if name not in suites},
        "policies": {},
        "differences": [],
        "speed": {},
    }
    for policy in policies:
        own = [each for each in outcomes if each.trial.policy == policy]
        told["policies"][policy] = {
            name: _told([each for each in own if each.trial.suite in of]) for name, of in together.items()
        }
        asked, seconds = sum(each.steps for each in own), sum(each.seconds for each in own)
        told["speed"][policy] = {
            "queries": asked,
            "per_second": round(asked / seconds, 1) if seconds else None,
        }
    for first, second in combinations(policies, 2):
        for name, of in together.items():
            compared = _compared(outcomes, first, second, of)
            if compared is not None:
                told["differences"].append({"first": first, "second": second, "suite": name, **compared})
    return told


def _told(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return the success rate with its interval, and more numbers.

    terminated: the share of the successes that the policy itself ended; terminated_low, terminated_high: its interval.
    steps: mean steps of successes.   median_steps: their median.   malformed: trials in which an action was not finite."""
    right = [each for each in outcomes if each.success]
    found = asdict(rate(len(right), len(outcomes)))
    ended = rate(sum(each.terminated for each in right), len(right))
    steps = [each.steps for each in right]
    return {
        **found,
        "terminated": ended.mean if right else None,
        "terminated_low": ended.low if right else None,
        "terminated_high": ended.high if right else None,
        "steps": mean(steps) if right else None,
        "median_steps": median(steps) if right else None,
        "malformed": sum(each.malformed for each in outcomes),
    }


def _compared(
    outcomes: Sequence[Outcome], first: str, second: str, suites: Sequence[str]
) -> dict[str, Any] | None:
    """Return the difference of two policies, by seed; None if they have no trial in common."""
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
    found = difference(of[0], of[1])
    return {**asdict(found), "pairs": list(found.pairs)}


def table(told: Mapping[str, Any]) -> str:
    """Return the results as lines of text: success in percent with 95% intervals, and differences over all suites."""
    suites = told["suites"]
    wide = max(15, *(len(suite) + 2 for suite in suites))
    width = max(len("policy"), *(len(name) for name in told["policies"])) + 2
    lines = ["policy".ljust(width) + "".join(suite.rjust(wide) for suite in suites) + "  ends by itself"]
    for policy, by_suite in told["policies"].items():
        cells = "".join(cell(by_suite[suite]).rjust(wide) for suite in suites)
        ended = by_suite[suites[-1]]["terminated"]
        lines.append(policy.ljust(width) + cells + f"  {'-' if ended is None else f'{100 * ended:.0f}%'}")
    lines.append(
        "Success in percent with Wilson's 95% interval; last column: the share of successes that the policy itself ended."
    )
    lines += _differences(told, [*told["pools"], *suites[:1]][:2])
    broken = sum(by_suite[suites[-1]]["malformed"] for by_suite in told["policies"].values())
    lines += [f"Trials with an action that was not finite: {broken}."] if broken else []
    return "\n".join(lines)


def _differences(told: Mapping[str, Any], suites: Sequence[str]) -> list[str]:
    found = [each for each in told["differences"] if each["suite"] in suites]
    lines = [
        f"  {each['first']} minus {each['second']}, {each['suite']}: {100 * each['mean']:+.1f} "
        f"[{100 * each['low']:+.1f}, {100 * each['high']:+.1f}]"
        for each in found
    ]
    return (
        ["Differences on the same trials, in percentage points, with 95% intervals:", *lines] if lines else []
    )


def cell(found: Mapping[str, Any]) -> str:
    """Return success in percent with its interval, for a table: "93 [88, 96]"; "-" for no trials."""
    if not found["trials"]:
        return "-"
    share = 100 * found["successes"] / found["trials"]
    return f"{share:.0f} [{100 * found['low']:.0f}, {100 * found['high']:.0f}]"
