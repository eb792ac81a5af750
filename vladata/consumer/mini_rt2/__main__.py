"""The whole of RT-2 in miniature: generate data, convert, mix, pre-train on the web, train each arm, evaluate, report.

    python -m vladata.consumer.mini_rt2 OUT [--seeds 0 1 2] [--at-once 2] [--quick]

Result: OUT/report.html, OUT/results.json, and a table that also has the paper's numbers. It can be stopped at any moment; the
same command continues. --quick shows in a few minutes that everything runs; its numbers mean nothing.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from vladata.consumer.mini_rt2.choosing import RATES, choice_steps, chosen_rates, rate_of
from vladata.consumer.mini_rt2.command import Clock, parsed, say
from vladata.consumer.mini_rt2.plan import (
    ALL_ARMS,
    QUICK,
    SUITES,
    WEB_MODEL,
    Arm,
    Sizes,
    arm_step,
    arms_of,
    data_steps,
    evaluation_step,
    named,
    recipes_of,
    skill_step,
    web_model,
    words_steps,
)
from vladata.consumer.mini_rt2.runner import Step, run
from vladata.consumer.mini_rt2.table import tell


def main(argv: list[str] | None = None) -> None:
    given = parsed("vladata.consumer.mini_rt2", __doc__, argv)
    sizes = QUICK if given.quick else Sizes()
    seeds = given.seeds
    tried, clock = RATES[-1:] if given.quick else RATES, Clock(given.out)
    first = [*words_steps(given.out), *first_steps(given.out, seeds[0], sizes)]
    first += choice_steps(given.out, seeds[0], sizes, tried)
    for number, seed in enumerate(seeds[1:], 1):
        # These steps use the cores that are free while rates are chosen.
        first += data_steps(given.out, seed, sizes, recipes_of(number))
    with clock:
        run(first, given.out, given.at_once, say)
    rates = chosen_rates(given.out, seeds[0], tried)
    say("Learning rates: " + ", ".join(f"{arm} {rate:g}" for arm, rate in rates.items()))
    then = [web_model(given.out, seed, sizes) for seed in seeds[1:]]
    for number, seed in enumerate(seeds):
        then += arm_steps(given.out, seed, sizes, rates, arms_of(number))
    with clock:
        run([*first, *then], given.out, given.at_once, say)
    print(tell(given.out, seeds, folders_of(rates), clock.seconds / 60))
    print(given.out / "report.html")


def first_steps(out: Path, seed: int, sizes: Sizes) -> list[Step]:
    """Return the steps of a seed that need no chosen rate: its data and its web model."""
    return [*data_steps(out, seed, sizes, recipes_of(0)), web_model(out, seed, sizes)]


def arm_steps(
    out: Path, seed: int, sizes: Sizes, rates: Mapping[str, float], arms: Sequence[Arm]
) -> list[Step]:
    """Return the steps of some arms of a seed: training, trials, and the test of how much web data they still know."""
    folders = folders_of(rates, arms)
    steps = [arm_step(out, seed, arm, sizes, rate_of(arm, rates)) for arm in arms]
    steps.append(evaluation_step(out, seed, folders, SUITES, sizes))
    return [*steps, skill_step(out, seed, (WEB_MODEL, *folders.values()))]


def folders_of(rates: Mapping[str, float], arms: Sequence[Arm] = ALL_ARMS) -> dict[str, str]:
    """Return arm -> the folder of its training."""
    return {arm.name: named(arm, rate_of(arm, rates)) for arm in arms}


if __name__ == "__main__":
    main()
