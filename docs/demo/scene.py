"""A tabletop with coloured blocks and a two-finger gripper: its state, and the effect of one control step.

World frame: the robot's base, x forward, y to the left, z up, metres, radians; the table is z = 0. The physics is simple: a block
between closing fingers is held and moves with them, a released block drops onto the block or table below it, and a closed gripper
pushes a block in its way.
"""

from dataclasses import dataclass, replace

import numpy as np

COLOURS = {
    "red": (206, 45, 48),
    "blue": (42, 92, 196),
    "green": (46, 148, 80),
    "yellow": (240, 190, 48),
    "orange": (236, 122, 40),
    "purple": (122, 70, 160),
}
WIDEST = 0.08  # metres between the fingers at opening 1
FINGER = 0.012  # thickness of a finger along the closing direction
CLOSING = 0.35  # share of the whole way that the fingers move in a step
REACH = 0.022  # a block whose centre is nearer than this to the fingers' middle is between them


@dataclass(frozen=True, slots=True)
class Block:
    """A cube.

    colour: a key of COLOURS, and its name in the instructions.
    size:   edge, metres.
    centre: float64 [3], metres.
    yaw:    radians about z.
    """

    colour: str
    size: float
    centre: np.ndarray
    yaw: float


@dataclass(frozen=True, slots=True)
class Scene:
    """The whole state that one picture shows.

    gripper: float64 [6]: x y z of the point between the fingertips, roll pitch yaw.
    opening: the present opening of the fingers, 0 (closed) to 1 (open).
    blocks:  by number; a script names a block by its number.
    held:    number of the block that the fingers hold, or None.
    """

    gripper: np.ndarray
    opening: float
    blocks: tuple[Block, ...]
    held: int | None = None

    def state(self) -> np.ndarray:
        """Return float32 [7]: x y z roll pitch yaw opening."""
        return np.append(self.gripper, self.opening).astype(np.float32)


def step(scene: Scene, gripper: np.ndarray, command: float) -> Scene:
    """Return the scene after one step: the gripper is at `gripper` [6], its fingers move towards `command` (1 open, 0 closed)."""
    held = scene.held if command < 0.5 else None
    opening = _fingers(scene, command, held)
    moved = replace(scene, gripper=gripper, opening=opening, held=held)
    if held is not None:
        return _carry(moved, scene.gripper)
    if scene.held is not None:
        moved = _drop(moved, scene.held)
    return _grasp(_push(moved, scene.gripper), command)


def _fingers(scene: Scene, command: float, held: int | None) -> float:
    """Return the opening of the fingers after a step; a block between the fingers stops them at its width."""
    least = 0.0
    if command < 0.5:
        between = held if held is not None else _between(scene)
        least = 0.0 if between is None else scene.blocks[between].size / WIDEST
    wanted = max(command, least)
    return scene.opening + float(np.clip(wanted - scene.opening, -CLOSING, CLOSING))


def _between(scene: Scene) -> int | None:
    """Return the number of the block between the open fingers; None if there is none."""
    if scene.opening < 0.3:
        return None
    for number, block in enumerate(scene.blocks):
        if np.linalg.norm(block.centre - scene.gripper[:3]) < REACH:
            return number
    return None


def _grasp(scene: Scene, command: float) -> Scene:
    """Return the scene with the block that the fingers have closed on as the held block, if there is one."""
    number = _between(scene)
    if command > 0.5 or number is None or scene.opening > scene.blocks[number].size / WIDEST + 1e-6:
        return scene
    return replace(scene, held=number)


def _with(scene: Scene, number: int, **changes: object) -> Scene:
    blocks = list(scene.blocks)
    blocks[number] = replace(blocks[number], **changes)  # type: ignore[arg-type]
    return replace(scene, blocks=tuple(blocks))


def _carry(scene: Scene, before: np.ndarray) -> Scene:
    """Return the scene with the held block moved and turned with the gripper."""
    assert scene.held is not None
    block = scene.blocks[scene.held]
    moved, turned = scene.gripper - before, scene.gripper[5] - before[5]
    return _with(scene, scene.held, centre=block.centre + moved[:3], yaw=block.yaw + turned)


def _drop(scene: Scene, number: int) -> Scene:
    """Return the scene with a released block at rest on the block below it, or on the table."""
    block = scene.blocks[number]
    floor = 0.0
    for other in scene.blocks:
        apart = np.abs(other.centre[:2] - block.centre[:2]).max()
        if other is not block and apart < 0.7 * other.size and other.centre[2] < block.centre[2]:
            floor = max(floor, float(other.centre[2]) + other.size / 2)
    return _with(scene, number, centre=np.array([*block.centre[:2], floor + block.size / 2]))


def _push(scene: Scene, before: np.ndarray) -> Scene:
    """Return the scene with the block in the way of a closed gripper pushed along the gripper's direction."""
    travel = scene.gripper[:2] - before[:2]
    length = float(np.hypot(*travel))
    if scene.opening > 0.3 or length < 1e-4:
        return scene
    ahead = travel / length
    for number, block in enumerate(scene.blocks):
        offset = block.centre[:2] - before[:2]
        along, aside = float(offset @ ahead), float(np.hypot(*(offset - (offset @ ahead) * ahead)))
        touching = length + block.size / 2 + FINGER
        low = scene.gripper[2] < block.centre[2] + block.size / 2
        if low and 0 < along < touching and aside < block.size / 2:
            pushed = np.array([*(block.centre[:2] + (touching - along) * ahead), block.centre[2]])
            scene = _with(scene, number, centre=pushed)
    return scene
