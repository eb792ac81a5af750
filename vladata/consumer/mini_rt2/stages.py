"""Plan before action against action alone, with the same budget, on tasks with one stage and with two.

    python -m vladata.consumer.mini_rt2.stages OUT [--seeds 0 1 2] [--at-once 2] [--quick]

OUT is the folder of the first experiment (`python -m vladata.consumer.mini_rt2`), whose web data and web models are used. The
policies learn all four tasks: reach and point at (one stage), push to and put next to (two stages). Result: OUT/stages.json and a
table.
"""

import json
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

from vladata.consumer.evaluation.told import cell, results
from vladata.consumer.evaluation.trials import read
from vladata.consumer.mini_rt2.choosing import FILE
from vladata.consumer.mini_rt2.command import parsed, say
from vladata.consumer.mini_rt2.plan import (
    QUICK,
    STAGED,
    Arm,
    Sizes,
    arm_step,
    data_steps,
    evaluation_step,
    robot_steps,
    web_model,
    words_steps,
    world_step,
)
from vladata.consumer.mini_rt2.runner import Step, run
from vladata.consumer.mini_rt2.table import difference

STAGED_ARMS = (
    Arm("plan-then-action", "staged-mix", True, "two_queries", config="co-fine-tuned"),
    Arm("plan-in-the-answer", "staged-mix", True, "one_query", config="co-fine-tuned-one-query"),
    Arm("action-alone", "staged-mix", True, "action_alone", config="co-fine-tuned-no-plan"),
)
SUITES = ("one_stage", "two_stage")
RESULT = "stages.json"


def main(argv: list[str] | None = None) -> None:
    given = parsed("vladata.consumer.mini_rt2.stages", __doc__, argv)
    sizes = QUICK if given.quick else Sizes()
    rates = json.loads((given.out / FILE).read_text(encoding="utf-8"))["chosen"]
    steps = [
        step for seed in given.seeds for step in stage_steps(given.out, seed, sizes, rates["co-fine-tuned"])
    ]
    run([*words_steps(given.out), *steps], given.out, given.at_once, say)
    print(tell(given.out, given.seeds))


def stage_steps(out: Path, seed: int, sizes: Sizes, rate: float) -> list[Step]:
    """Return all steps of a seed. Those of the data and the web model of the first experiment are done already."""
    here, many = f"seed{seed}/staged-", ("--episodes", str(sizes.episodes), "--pictures", "0")
    steps = [*data_steps(out, seed, sizes, ()), web_model(out, seed, sizes)]
    steps.append(world_step(out, f"{here}world", seed, (*many, *STAGED)))
    steps += robot_steps(out, seed, [arm.recipe for arm in STAGED_ARMS], "staged-")
    folders = {arm.name: f"staged-{arm.recipe}" for arm in STAGED_ARMS}
    steps += [arm_step(out, seed, arm, sizes, rate, folders[arm.name]) for arm in STAGED_ARMS]
    return [*steps, evaluation_step(out, seed, folders, SUITES, sizes, "staged-evaluation")]


def tell(out: Path, seeds: Sequence[int]) -> str:
    """Write OUT/stages.json, and return the table as text."""
    outcomes = [each for seed in seeds for each in read(out / f"seed{seed}" / "staged-evaluation")]
    order = [arm.name for arm in STAGED_ARMS]
    outcomes.sort(key=lambda each: (order.index(each.trial.policy), each.trial))
    told = {"name": "plan and action", "environment": "tabletop", **results(outcomes, SUITES, {})}
    (out / RESULT).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    lines = ["".ljust(20) + "".join(suite.rjust(16) for suite in SUITES)]
    for arm, by_suite in told["policies"].items():
        lines.append(arm.ljust(20) + "".join(cell(by_suite[suite]).rjust(16) for suite in SUITES))
    lines += [difference(told, *pair, suite) for pair in combinations(order, 2) for suite in SUITES]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
