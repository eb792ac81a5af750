"""What an environment's expert does, as RLDS by TFDS's own writer: any adapter, whatever it sees and does.

    python -m vladata.consumer.evaluation.demonstrations babyai OUT --episodes 300 --suite goto-object --seed 1

Result: OUT/NAME/1.0.0 with the split `train`. A step holds observation/CAMERA for each picture, observation/state where there is
one, action, language_instruction and RLDS's flags; the last step is the state at the end, whose action means nothing. An episode
in which the expert fails is left out, and the next trial is taken. Take another seed than those of an evaluation.
"""

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from vladata.consumer.evaluation.adapter import Adapter, adapter
from vladata.consumer.policy.observation import Observation
from vladata.consumer.rlds import VERSION, Examples, as_episode, as_step, write_rlds
from vladata.errors import OutputExists, UnknownName, UsageError
from vladata.spec.read import read_yaml

FAILED = 10  # times as many trials as episodes that are wanted, before it is given up


def write_demonstrations(
    world: Adapter,
    name: str,
    out: Path,
    count: int,
    suites: Sequence[str] = (),
    seed: int = 1,
    shards: int = 4,
) -> Path:
    """Write `count` episodes in which the expert of `world` succeeds; returns the version folder. name: of the dataset.

    suites: taken in turn; none: those of the environment. Equal seeds give equal episodes. Raises MissingExtra where TFDS is not
    installed, OutputExists where a dataset is there, UnknownName for a suite, UsageError where the expert fails 9 times of 10."""
    known = [*world.suites, *world.other_suites]
    for suite in suites:
        if suite not in known:
            raise UnknownName("suite", suite, known)
    folder = out / name / VERSION
    if folder.exists():
        raise OutputExists("a dataset is there already", where=str(folder), hint="Remove it first.")
    played = suites or world.suites
    seen = world.reset(played[0], seed, 0)
    about = f"Demonstrations of the expert of {name}: {', '.join(played)}."
    features = partial(_features, seen, len(world.names))
    return write_rlds(out, name, about, features, _examples(world, played, seed, count), min(shards, count))


def _examples(world: Adapter, suites: Sequence[str], seed: int, count: int) -> Examples:
    found = 0
    for number in range(FAILED * count):
        steps = demonstrated(world, suites[number % len(suites)], seed, number // len(suites))
        if steps:
            yield as_episode(found, steps, True)
            found += 1
        if found == count:
            return
    raise UsageError("the expert succeeds too seldom", got=f"{found} of {FAILED * count} trials")


def demonstrated(world: Adapter, suite: str, seed: int, trial: int) -> list[dict[str, Any]]:
    """The steps of one trial, as TFDS takes them; none where the expert failed."""
    seen, done = world.reset(suite, seed, trial), False
    steps: list[dict[str, Any]] = []
    while not done and len(steps) < world.most_steps:
        action, ends = world.expert()
        steps.append(_step(seen, action))
        seen, done = world.step(action, ends)
        done = done or ends
    return [*steps, _step(seen, np.zeros(len(world.names)))] if world.success else []


def _step(seen: Observation, action: np.ndarray) -> dict[str, Any]:
    state = {} if seen.state is None else {"state": np.asarray(seen.state, np.float32)}
    return as_step({**seen.images, **state}, action, seen.instruction)


def _features(seen: Observation, dimensions: int, features: Any) -> dict[str, Any]:
    """Of what is seen in a first step: pictures as PNG, so that none is changed."""
    observation: dict[str, Any] = {
        name: features.Image(shape=image.shape, dtype=np.uint8, encoding_format="png")
        for name, image in seen.images.items()
    }
    if seen.state is not None:
        observation["state"] = features.Tensor(shape=np.shape(seen.state), dtype=np.float32)
    return {
        "observation": observation,
        "action": features.Tensor(shape=(dimensions,), dtype=np.float32),
    }


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("environment", help="an adapter that ships, or package.module:Class")
    parser.add_argument("out", type=Path)
    parser.add_argument("--name", help="of the dataset; left out, the environment's")
    parser.add_argument("--episodes", type=int, default=300)
    parser.add_argument("--suite", action="append", default=[], help="may be given again; left out, all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--settings", default="{}", help="what the environment is made with, as YAML")
    given = parser.parse_args(argv)
    if given.episodes < 1:
        parser.error("--episodes is 1 or more")
    settings = read_yaml(given.settings, "--settings")[0]
    if not isinstance(settings, dict):
        parser.error("--settings is a map, such as {noise: 0.3}")
    name = given.name or given.environment.rpartition(":")[2].lower()
    world = adapter(given.environment, settings)
    print(write_demonstrations(world, name, given.out, given.episodes, given.suite, given.seed))


if __name__ == "__main__":
    main()
