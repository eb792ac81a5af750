"""All of RT-2 in miniature: generate, convert, mix, pre-train on the web, train each arm, evaluate, tell.

    python -m vladata.consumer.mini_rt2 OUT [--seeds 0 1 2] [--at-once 2] [--quick]

Result: OUT/report.html, OUT/results.json and a table beside the paper's. Stopped at any moment, the same command goes on. --quick
shows in a few minutes that everything runs, and no figures.
"""

import argparse
import os
import time
from pathlib import Path

from vladata.consumer.mini_rt2.choosing import RATES, chosen_rates
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
)
from vladata.consumer.mini_rt2.runner import Step, run
from vladata.consumer.mini_rt2.table import tell


def main(argv: list[str] | None = None) -> None:
    given = _parsed(argv)
    sizes = QUICK if given.quick else Sizes()
    seeds = given.seeds[:1] if given.quick else given.seeds
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)

    rates = chosen_rates(given.out, sizes, given.at_once, say, RATES[-1:] if given.quick else RATES)
    say(", ".join(f"{arm} learns at {rate:g}" for arm, rate in rates.items()))
    steps = [step for seed in seeds for step in seed_steps(given.out, seed, sizes, rates)]
    run(steps, given.out, given.at_once, say)
    print(tell(given.out, seeds, (time.monotonic() - began) / 60))
    print(given.out / "report.html")


def seed_steps(out: Path, seed: int, sizes: Sizes, rates: dict[str, float]) -> list[Step]:
    """Everything of one seed."""
    steps = [*data_steps(out, seed, sizes, RECIPES), web_model(out, seed, sizes)]
    steps += [arm_step(out, seed, arm, sizes, rate_of(arm, rates), arm.name) for arm in ALL_ARMS]
    steps += [skill_step(out, seed, name) for name in ("web-model", *(arm.name for arm in ALL_ARMS))]
    return [*steps, evaluation_step(out, seed, {arm.name: arm.name for arm in ALL_ARMS}, SUITES, sizes)]


def rate_of(arm: Arm, rates: dict[str, float]) -> float:
    """The learning rate that was chosen for an arm, or else for the one that is most like it."""
    return rates.get(arm.name, rates["co-fine-tuned" if arm.starts else "scratch"])


def _parsed(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m vladata.consumer.mini_rt2", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument(
        "--at-once", type=int, default=os.cpu_count() or 1, help="commands that run at once, of one core each"
    )
    parser.add_argument("--quick", action="store_true", help="a fiftieth of everything, one seed: no figures")
    return parser.parse_args(argv)


if __name__ == "__main__":
    main()
