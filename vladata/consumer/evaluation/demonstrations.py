"""Episodes of the expert of any environment, written as RLDS by TFDS's own writer.

    python -m vladata.consumer.evaluation.demonstrations babyai OUT --episodes 300 --suite goto-object --seed 1

Result: OUT/NAME/1.0.0 with the split `train`. A step holds observation/CAMERA for each picture, observation/state if there is a
state, action, language_instruction and RLDS's flags. The last step is the state at the end; its action has no meaning. A trial
in which the expert fails is left out, and the next one is played. Use a seed that no evaluation uses.
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

FAILED = 10  # most trials for each wanted episode; more are an error


def write_demonstrations(
    world: Adapter,
    name: str,
    out: Path,
    count: int,
    suites: Sequence[str] = (),
    seed: int = 1,
    shards: int = 4,
) -> Path:
    """Write `count` episodes in which the expert of `world` succeeds, and return the version folder.

    name:   the name of the dataset.
    suites: the suites to play in turn; (): the environment's suites.
    seed:   equal seeds give equal episodes.
    Raises MissingExtra if TFDS is not installed, OutputExists if the dataset exists, UnknownName for an unknown suite,
    UsageError if the expert fails in more than 9 of 10 trials."""
    known = [*world.suites, *world.other_suites]
    for suite in suites:
        if suite not in known:
            raise UnknownName("suite", suite, known)
    folder = out / name / VERSION
    if folder.exists():
        raise OutputExists("the dataset exists already", where=str(folder), hint="Remove it first.")
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
    got, allowed = f"{found} of {FAILED * count} trials", f"{count} or more"
    raise UsageError("the expert succeeds too seldom", got=got, allowed=allowed)


def demonstrated(world: Adapter, suite: str, seed: int, trial: int) -> list[dict[str, Any]]:
    """Return the steps of one trial in TFDS's form; [] if the expert failed."""
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
    """Return the features of a step. seen: an observation. Pictures are PNG, so that they are stored without loss."""
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
    parser.add_argument("environment", help="the name of an adapter that ships, or package.module:Class")
    parser.add_argument("out", type=Path)
    parser.add_argument("--name", help="the dataset's name; default: the environment's")
    parser.add_argument("--episodes", type=int, default=300)
    parser.add_argument("--suite", action="append", default=[], help="a suite; repeat for more; default: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--settings", default="{}", help="settings of the environment, as YAML")
    given = parser.parse_args(argv)
    if given.episodes < 1:
        parser.error(f"--episodes must be 1 or more, got {given.episodes}")
    settings = read_yaml(given.settings, "--settings")[0]
    if not isinstance(settings, dict):
        parser.error("--settings must be a map, such as {noise: 0.3}")
    name = given.name or given.environment.rpartition(":")[2].lower()
    world = adapter(given.environment, settings)
    print(write_demonstrations(world, name, given.out, given.episodes, given.suite, given.seed))


if __name__ == "__main__":
    main()
