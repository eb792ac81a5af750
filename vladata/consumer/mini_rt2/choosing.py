"""The learning rate of each arm: the rate with the best result on validation scenes of the suite in the robot data.

The rate is chosen on the first seed and used for all seeds; validation scenes are used for nothing else. Only successes that the
policy ended by itself count, because stopping is learnt last, and at a low rate not at all. If several rates are equally good,
the lowest is taken, because the model then forgets less.
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
CHOICE = "validation"  # the folder of the evaluation that the choice is based on


def choice_steps(out: Path, seed: int, sizes: Sizes, rates: Sequence[float] = RATES) -> list[Step]:
    """Return the steps that train each arm of a seed at each rate, and evaluate the policies."""
    steps = [arm_step(out, seed, arm, sizes, rate) for arm in ARMS for rate in rates]
    policies = {name: name for name in (named(arm, rate) for arm in ARMS for rate in rates)}
    return [*steps, evaluation_step(out, seed, policies, ("validation",), sizes, CHOICE)]


def chosen_rates(out: Path, seed: int, rates: Sequence[float] = RATES) -> dict[str, float]:
    """Return arm -> rate from the results of choice_steps, and write OUT/rates.json with the rates and these results."""
    told = json.loads((out / f"seed{seed}" / CHOICE / "results.json").read_text())
    found = {arm.name: best(arm, told["policies"], rates) for arm in ARMS}
    came = {name: ended(by_suite["validation"]) for name, by_suite in told["policies"].items()}
    (out / FILE).write_text(json.dumps({"chosen": found, "ended_successes": came}, indent=1) + "\n")
    return found


def rate_of(arm: Arm, rates: Mapping[str, float]) -> float:
    """Return the rate that was chosen for an arm, or else for the most similar arm."""
    return rates.get(arm.name, rates["co-fine-tuned" if arm.starts else "scratch"])


def best(
    arm: Arm, policies: Mapping[str, Mapping[str, Mapping[str, float | None]]], rates: Sequence[float]
) -> float:
    """Return the rate with the most successes that the policy itself ended; the lowest if several are equal."""
    return max(sorted(rates), key=lambda rate: ended(policies[named(arm, rate)]["validation"]))


def ended(told: Mapping[str, float | None]) -> int:
    """Return the number of successes that the policy itself ended."""
    return round((told["successes"] or 0) * (told["terminated"] or 0))
