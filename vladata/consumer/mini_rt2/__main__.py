"""All of RT-2 in miniature: generate, convert, mix, pre-train on the web, train each arm, evaluate, tell.

    python -m vladata.consumer.mini_rt2 OUT [--seeds 0 1 2] [--at-once 2] [--quick]

Result: OUT/report.html, OUT/results.json and a table beside the paper's. Stopped at any moment, the same command goes on. --quick
shows in a few minutes that everything runs, and no figures.
"""

import time
from pathlib import Path

from vladata.consumer.mini_rt2.choosing import RATES, chosen_rates
from vladata.consumer.mini_rt2.command import parsed, say
from vladata.consumer.mini_rt2.plan import (
    ALL_ARMS,
    QUICK,
    RECIPES,
    SUITES,
    Arm,
    Sizes,
    arm_step,
    data_steps,
    evaluation_step,
    skill_step,
    web_model,
    words_steps,
)
from vladata.consumer.mini_rt2.runner import Step, run
from vladata.consumer.mini_rt2.table import tell


def main(argv: list[str] | None = None) -> None:
    given = parsed("vladata.consumer.mini_rt2", __doc__, argv)
    sizes = QUICK if given.quick else Sizes()
    seeds, began = given.seeds, time.monotonic()
    first = [step for seed in seeds for step in first_steps(given.out, seed, sizes)]
    tried = RATES[-1:] if given.quick else RATES
    rates = chosen_rates(given.out, sizes, given.at_once, say, tried, first)
    say(", ".join(f"{arm} learns at {rate:g}" for arm, rate in rates.items()))
    then = [step for seed in seeds for step in arm_steps(given.out, seed, sizes, rates)]
    run([*words_steps(given.out), *first, *then], given.out, given.at_once, say)
    print(tell(given.out, seeds, (time.monotonic() - began) / 60))
    print(given.out / "report.html")


def first_steps(out: Path, seed: int, sizes: Sizes) -> list[Step]:
    """What a seed begins with, for which no rate need be chosen: its data and its web model."""
    return [*data_steps(out, seed, sizes, RECIPES), web_model(out, seed, sizes)]


def arm_steps(out: Path, seed: int, sizes: Sizes, rates: dict[str, float]) -> list[Step]:
    """The arms of a seed, what they forgot, and their trials."""
    steps = [arm_step(out, seed, arm, sizes, rate_of(arm, rates), arm.name) for arm in ALL_ARMS]
    steps += [skill_step(out, seed, name) for name in ("web-model", *(arm.name for arm in ALL_ARMS))]
    return [*steps, evaluation_step(out, seed, {arm.name: arm.name for arm in ALL_ARMS}, SUITES, sizes)]


def rate_of(arm: Arm, rates: dict[str, float]) -> float:
    """The learning rate that was chosen for an arm, or else for the one that is most like it."""
    return rates.get(arm.name, rates["co-fine-tuned" if arm.starts else "scratch"])


if __name__ == "__main__":
    main()
