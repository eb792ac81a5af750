"""The learning rate of each arm: the one with which it does best on validation scenes of the suite that robots saw.

Chosen once, on the first seed, and then kept for all; validation scenes count nowhere else. Counted are successes that the policy
ends by itself: to stop is what is learnt last, and at a low rate not at all. Of rates that do equally well the lesser is taken:
it forgets less.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from vladata.consumer.mini_rt2.plan import (
    ARMS,
    Arm,
    Sizes,
    arm_step,
    evaluation_step,
    named,
)
from vladata.consumer.mini_rt2.runner import Step

RATES = (8e-4, 1.4e-3)
FILE = "rates.json"
CHOICE = "validation"  # the folder of the evaluation by which they are chosen


def choice_steps(out: Path, seed: int, sizes: Sizes, rates: Sequence[float] = RATES) -> list[Step]:
    """Each arm of a seed at each rate, and their evaluation."""
    steps = [arm_step(out, seed, arm, sizes, rate) for arm in ARMS for rate in rates]
    policies = {name: name for name in (named(arm, rate) for arm in ARMS for rate in rates)}
    return [*steps, evaluation_step(out, seed, policies, ("validation",), sizes, CHOICE)]


def chosen_rates(out: Path, seed: int, rates: Sequence[float] = RATES) -> dict[str, float]:
    """Arm -> its rate, from what choice_steps came to; also written to OUT/rates.json with what each rate came to."""
    told = json.loads((out / f"seed{seed}" / CHOICE / "results.json").read_text())
    found = {arm.name: best(arm, told["policies"], rates) for arm in ARMS}
    came = {name: ended(by_suite["validation"]) for name, by_suite in told["policies"].items()}
    (out / FILE).write_text(json.dumps({"chosen": found, "ended_successes": came}, indent=1) + "\n")
    return found


def rate_of(arm: Arm, rates: Mapping[str, float]) -> float:
    """The rate that was chosen for an arm, or else for the one that is most like it."""
    return rates.get(arm.name, rates["co-fine-tuned" if arm.starts else "scratch"])


def best(
    arm: Arm, policies: Mapping[str, Mapping[str, Mapping[str, float | None]]], rates: Sequence[float]
) -> float:
    """The rate with the most successes that the policy ended, the lesser of equal ones."""
    return max(sorted(rates), key=lambda rate: ended(policies[named(arm, rate)]["validation"]))


def ended(told: Mapping[str, float | None]) -> int:
    """How many successes the policy ended by itself."""
    return round((told["successes"] or 0) * (told["terminated"] or 0))
