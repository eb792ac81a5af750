"""The learning rate of each arm: the one with which it does best on validation scenes of the suite that robots saw.

Chosen once, on a seed of its own whose scenes count nowhere else, and then kept for all seeds. Of rates that do equally well the
lesser is taken: it forgets less.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from vladata.consumer.mini_rt2.plan import (
    ARMS,
    CHOICE_SEED,
    Arm,
    Sizes,
    arm_step,
    data_steps,
    evaluation_step,
    named,
    web_model,
    words_steps,
)
from vladata.consumer.mini_rt2.runner import Step, run

RATES = (4e-4, 1.2e-3)
FILE = "rates.json"


def choice_steps(out: Path, sizes: Sizes, rates: Sequence[float] = RATES) -> list[Step]:
    """Data, web model and each arm at each rate of the seed that is chosen on, and their evaluation."""
    steps = [*words_steps(out), *data_steps(out, CHOICE_SEED, sizes, ("two_queries",))]
    steps.append(web_model(out, CHOICE_SEED, sizes))
    steps += [arm_step(out, CHOICE_SEED, arm, sizes, rate) for arm in ARMS for rate in rates]
    policies = {name: name for name in (named(arm, rate) for arm in ARMS for rate in rates)}
    return [*steps, evaluation_step(out, CHOICE_SEED, policies, ("validation",), sizes)]


def chosen_rates(
    out: Path,
    sizes: Sizes,
    at_once: int,
    say: Callable[[str], None],
    rates: Sequence[float] = RATES,
    beside: Sequence[Step] = (),
) -> dict[str, float]:
    """Arm -> its rate; also written to OUT/rates.json with what each rate came to. beside: steps for cores that are free."""
    run([*choice_steps(out, sizes, rates), *beside], out, at_once, say)
    told = json.loads((out / f"seed{CHOICE_SEED}" / "evaluation" / "results.json").read_text())
    found = {arm.name: best(arm, told["policies"], rates) for arm in ARMS}
    came = {name: by_suite["validation"]["successes"] for name, by_suite in told["policies"].items()}
    (out / FILE).write_text(json.dumps({"chosen": found, "successes": came}, indent=1) + "\n")
    return found


def best(
    arm: Arm, policies: Mapping[str, Mapping[str, Mapping[str, float]]], rates: Sequence[float]
) -> float:
    """The rate with the most successes, the lesser of equal ones."""
    return max(sorted(rates), key=lambda rate: policies[named(arm, rate)]["validation"]["successes"])
