"""Scripted episodes: a scene with blocks, a task in words, and the steps of a gripper that does the task.

A script is a list of waypoints. A controller moves to them like a person with a joystick: at most 4 cm a step, slower near the
end, never quite straight. If an episode fails (a block slips, a path is blocked), another scene is tried, so that every written
episode does what its instruction says.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from docs.demo.scene import COLOURS, Block, Scene, step

NEAREST, FARTHEST, SIDE = 0.24, 0.46, 0.17  # where blocks can be: least x, largest x, largest |y|
HOVER = 0.13  # metres above the table at which the gripper travels
FASTEST, CAREFUL = 0.04, 0.02  # most metres a step, in the air and at a block
TURN = 0.25  # radians a step
DIRECTIONS = {"to the left": (0.0, 1.0), "to the right": (0.0, -1.0), "forward": (1.0, 0.0)}
LONGEST = 80  # steps; a script that needs more has failed


@dataclass(frozen=True, slots=True)
class Waypoint:
    """A goal of the gripper, and the command for its fingers on the way.

    place: float64 [3], metres.
    yaw:   radians.
    grip:  the gripper command, 1 open, 0 closed.
    wait:  steps to stay at the goal.
    speed: most metres a step.
    """

    place: np.ndarray
    yaw: float
    grip: float
    wait: int = 0
    speed: float = FASTEST


@dataclass(frozen=True, slots=True)
class Take:
    """One episode: an instruction, T scenes, and the T gripper commands given in them."""

    instruction: str
    scenes: tuple[Scene, ...]
    commands: tuple[float, ...]

    def states(self) -> np.ndarray:
        """Return float32 [T, 7]: x y z roll pitch yaw opening."""
        return np.stack([scene.state() for scene in self.scenes])

    def actions(self) -> np.ndarray:
        """Return float32 [T, 7]: the pose of the next state minus this one's, and the gripper command (1 open, 0 closed).

        The last row has no motion: RLDS has an action in every step, but no state follows the last step.
        """
        states = self.states()
        pose = np.zeros((len(states), 6), np.float32)
        pose[:-1] = states[1:, :6] - states[:-1, :6]
        return np.concatenate([pose, np.array(self.commands, np.float32)[:, None]], axis=1)


def take(seed: int, number: int) -> Take:
    """Return episode `number` of the dataset made from `seed`."""
    rng = np.random.default_rng([seed, number])
    while True:
        scene = _scatter(rng)
        instruction, waypoints, goal = (_pick, _push, _stack)[rng.choice(3, p=(0.4, 0.4, 0.2))](rng, scene)
        scenes, commands = _walk(rng, scene, waypoints)
        if len(scenes) < LONGEST and goal.reached(scenes):
            return Take(instruction, tuple(scenes), tuple(commands))


@dataclass(frozen=True, slots=True)
class Goal:
    """The goal that block `number` ends at least `least` metres further along `direction`, and no other block moves."""

    number: int
    direction: tuple[float, float, float]
    least: float

    def reached(self, scenes: list[Scene]) -> bool:
        moved = np.stack(
            [b.centre - a.centre for a, b in zip(scenes[0].blocks, scenes[-1].blocks, strict=True)]
        )
        others = np.delete(moved, self.number, axis=0)
        return bool(
            moved[self.number] @ self.direction >= self.least and np.abs(others).max(initial=0) < 1e-6
        )


def _scatter(rng: np.random.Generator) -> Scene:
    """Return a scene of three to five blocks of different colours, apart from each other, with the gripper above them."""
    blocks: list[Block] = []
    for colour in rng.permutation(sorted(COLOURS))[: rng.integers(3, 6)]:
        size = float(rng.uniform(0.042, 0.052))
        while True:
            spot = np.array([rng.uniform(NEAREST, FARTHEST), rng.uniform(-SIDE, SIDE), size / 2])
            if all(np.hypot(*(spot - other.centre)[:2]) > 0.095 for other in blocks):
                break
        blocks.append(Block(str(colour), size, spot, float(rng.uniform(-0.5, 0.5))))
    home = np.array([rng.uniform(0.26, 0.34), rng.uniform(-0.08, 0.08), rng.uniform(0.15, 0.2), 0, 0, 0])
    return Scene(home, 1.0, tuple(blocks))


def _above(place: np.ndarray, height: float = HOVER) -> np.ndarray:
    return np.array([*place[:2], height])


Script = tuple[str, list[Waypoint], Goal]


def _pick(rng: np.random.Generator, scene: Scene) -> Script:
    number = int(rng.integers(len(scene.blocks)))
    block = scene.blocks[number]
    verb = rng.choice(["pick up", "pick up", "grab", "lift"])
    return f"{verb} the {block.colour} block", _grip(block), Goal(number, (0, 0, 1), 0.06)


def _grip(block: Block) -> list[Waypoint]:
    return [
        Waypoint(_above(block.centre), block.yaw, 1),
        Waypoint(block.centre, block.yaw, 1, speed=CAREFUL),
        Waypoint(block.centre, block.yaw, 0, wait=3),
        Waypoint(_above(block.centre), block.yaw, 0, wait=1),
    ]


def _push(rng: np.random.Generator, scene: Scene) -> Script:
    number = int(rng.integers(len(scene.blocks)))
    block = scene.blocks[number]
    where = str(rng.choice(sorted(DIRECTIONS)))
    ahead = np.array([*DIRECTIONS[where], 0.0])
    start = np.array([*block.centre[:2], 0.02]) - ahead * (block.size / 2 + 0.045)
    end = start + ahead * rng.uniform(0.13, 0.16)
    waypoints = [
        Waypoint(_above(start), 0, 0),
        Waypoint(start, 0, 0),
        Waypoint(end, 0, 0, speed=CAREFUL),
        Waypoint(end - ahead * 0.02, 0, 0),
        Waypoint(_above(end - ahead * 0.02), 0, 0, wait=1),
    ]
    verb = rng.choice(["push", "push", "slide", "move"])
    return f"{verb} the {block.colour} block {where}", waypoints, Goal(number, (*DIRECTIONS[where], 0), 0.06)


def _stack(rng: np.random.Generator, scene: Scene) -> Script:
    number, base = (int(i) for i in rng.choice(len(scene.blocks), 2, replace=False))
    block, below = scene.blocks[number], scene.blocks[base]
    height = below.size + block.size / 2
    waypoints = [
        *_grip(block),
        Waypoint(_above(below.centre), below.yaw, 0),
        Waypoint(_above(below.centre, height + 0.003), below.yaw, 0, speed=CAREFUL),
        Waypoint(_above(below.centre, height + 0.003), below.yaw, 1, wait=2),
        Waypoint(_above(below.centre, height + 0.09), below.yaw, 1, wait=1),
    ]
    verb = rng.choice(["put", "place", "stack"])
    preposition = "on" if verb == "stack" else "on top of"
    instruction = f"{verb} the {block.colour} block {preposition} the {below.colour} block"
    return instruction, waypoints, Goal(number, (0, 0, 1), 0.03)


def _walk(
    rng: np.random.Generator, scene: Scene, waypoints: list[Waypoint]
) -> tuple[list[Scene], list[float]]:
    """Return the scenes and commands along the waypoints. There is one more scene than steps, so the last command is repeated."""
    scenes, commands = [scene], []
    for gripper, command in _poses(rng, scene.gripper, waypoints):
        scenes.append(step(scenes[-1], gripper, command))
        commands.append(command)
        if len(scenes) >= LONGEST:
            break
    return scenes, [*commands, commands[-1]]


def _poses(
    rng: np.random.Generator, gripper: np.ndarray, waypoints: list[Waypoint]
) -> Iterator[tuple[np.ndarray, float]]:
    """Yield (pose, command) from `gripper` through the waypoints, with the unsteadiness of a hand."""
    for waypoint in waypoints:
        arrived = 0
        while arrived <= waypoint.wait:
            gap = waypoint.place - gripper[:3]
            far, turn = float(np.linalg.norm(gap)), waypoint.yaw - gripper[5]
            share = min(0.6, waypoint.speed / far)  # of the gap, in this step
            moved = share * gap + rng.normal(0, 0.0012 + 0.02 * share * far, 3)
            tilt = rng.normal(0, 0.003, 2) - 0.3 * gripper[3:5]
            gripper = gripper + np.array([*moved, *tilt, np.clip(turn, -TURN, TURN)])
            yield gripper, waypoint.grip
            arrived += float(np.linalg.norm(waypoint.place - gripper[:3])) < 0.008 and abs(turn) < TURN
