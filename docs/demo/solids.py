"""The solids that a picture shows: blocks, gripper and arm as boxes and balls; and the table's texture."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from docs.demo.scene import COLOURS, FINGER, WIDEST, Scene

TABLE = ((-0.16, 0.66), (-0.41, 0.41))  # least and largest x; least and largest y
SHOULDER = np.array([0.02, 0.0, 0.16])
LINK = 0.26  # metres, the length of upper arm and forearm each
WRIST = 0.15  # metres from the fingertips up to the wrist
WHITE = np.array([214.0, 216.0, 220.0])
DARK = np.array([66.0, 70.0, 80.0])
TIP = np.array([196.0, 200.0, 206.0])

# The six faces of a box: corner numbers in order around the face (bit 2: x, bit 1: y, bit 0: z), axis, sign.
FACES = (
    ((0, 1, 3, 2), 0, -1),
    ((4, 5, 7, 6), 0, 1),
    ((0, 1, 5, 4), 1, -1),
    ((2, 3, 7, 6), 1, 1),
    ((0, 2, 6, 4), 2, -1),
    ((1, 3, 7, 5), 2, 1),
)
SIGNS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)


@dataclass(frozen=True, slots=True)
class Box:
    """A box. centre [3] and edge lengths [3] in metres; turn [3, 3] from its own axes to the world's; colour [3], 0..255."""

    centre: np.ndarray
    edges: np.ndarray
    turn: np.ndarray
    colour: np.ndarray

    def hull(self) -> np.ndarray:
        """Return the corners, float64 [8, 3]."""
        corners: np.ndarray = self.centre + (SIGNS * self.edges / 2) @ self.turn.T
        return corners

    def faces(self) -> Iterator[tuple[tuple[int, ...], np.ndarray]]:
        """Yield each face as (corner numbers, outward normal)."""
        for corners, axis, sign in FACES:
            yield corners, sign * self.turn[:, axis]


@dataclass(frozen=True, slots=True)
class Ball:
    """A sphere. centre [3] and radius in metres; colour [3], 0..255."""

    centre: np.ndarray
    radius: float
    colour: np.ndarray

    def hull(self) -> np.ndarray:
        """Return points around it, float64 [12, 3]: enough for a shadow."""
        angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
        ring = np.stack([np.cos(angles), np.sin(angles), np.zeros(12)], axis=1)
        points: np.ndarray = self.centre + self.radius * ring
        return points


Solid = Box | Ball


def solids_of(scene: Scene) -> list[Solid]:
    """Return all solids on or above the table."""
    blocks = [
        Box(block.centre, np.full(3, block.size), about_z(block.yaw), np.array(COLOURS[block.colour], float))
        for block in scene.blocks
    ]
    return [*blocks, *_gripper(scene), *_arm(scene)]


def about_z(angle: float) -> np.ndarray:
    """Return the rotation by `angle` about z, [3, 3]."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def pose_of(gripper: np.ndarray) -> np.ndarray:
    """Return the rotation of roll, pitch, yaw (x, then y, then z), [3, 3]."""
    roll, pitch, yaw = gripper[3:6]
    c, s = np.cos(roll), np.sin(roll)
    about_x = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    c, s = np.cos(pitch), np.sin(pitch)
    about_y = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    turn: np.ndarray = about_z(yaw) @ about_y @ about_x
    return turn


def _gripper(scene: Scene) -> list[Solid]:
    """Return two fingers under a palm; they close along the gripper's y."""
    turn, tip = pose_of(scene.gripper), scene.gripper[:3]
    aside = scene.opening * WIDEST / 2 + FINGER / 2

    def part(x: float, y: float, z: float, edges: tuple[float, float, float], colour: np.ndarray) -> Box:
        return Box(tip + turn @ np.array([x, y, z]), np.array(edges), turn, colour)

    fingers = [
        box
        for side in (-aside, aside)
        for box in (
            part(0, side, 0.043, (0.018, FINGER, 0.07), DARK),
            part(0, side, -0.003, (0.018, FINGER, 0.022), TIP),
        )
    ]
    return [
        *fingers,
        part(0, 0, 0.092, (0.04, 0.12, 0.03), DARK),
        part(0, 0, 0.122, (0.045, 0.05, 0.034), WHITE),
    ]


def _arm(scene: Scene) -> list[Solid]:
    """Return the solids of a two-link arm whose elbow points up; the law of cosines gives its joints."""
    wrist = scene.gripper[:3] + pose_of(scene.gripper) @ np.array([0, 0, WRIST])
    span = wrist - SHOULDER
    far = float(np.linalg.norm(span))
    along = span / far
    level = np.cross(np.array([0, 0, 1.0]), along)
    up = np.cross(along, level / np.linalg.norm(level))
    rise = np.sqrt(max(LINK**2 - (far / 2) ** 2, 1e-4))
    elbow = SHOULDER + along * far / 2 + up * rise
    base = Box(SHOULDER / 2 * np.array([2, 2, 1]), np.array([0.1, 0.1, SHOULDER[2]]), np.eye(3), DARK)
    links: list[Solid] = [base, _link(SHOULDER, elbow, 0.052), _link(elbow, wrist, 0.042)]
    joints = [Ball(SHOULDER, 0.045, DARK), Ball(elbow, 0.036, DARK), Ball(wrist, 0.031, DARK)]
    return [*links, *joints]


def _link(start: np.ndarray, end: np.ndarray, width: float) -> Box:
    """Return a beam from `start` to `end`."""
    length = float(np.linalg.norm(end - start))
    z = (end - start) / length
    y = np.cross(z, np.array([1.0, 0, 0]))
    y /= np.linalg.norm(y)
    turn = np.stack([np.cross(y, z), y, z], axis=1)
    return Box((start + end) / 2, np.array([width, width, length]), turn, WHITE)


def table_texture(rng: np.random.Generator, texels: int) -> Image.Image:
    """Return the picture of light or dark wooden boards, or of grey felt, seen from above."""
    light = rng.choice(3)
    base = np.array([(196, 160, 116), (122, 84, 58), (118, 124, 130)][light], float)
    across = rng.uniform(0.7, 1.3)
    if light == 2:
        grain = 5 * _noise(rng, texels, texels // 2, texels // 2) + 5 * _noise(rng, texels, 6, 6)
        return _tinted(base, grain)
    grain = 11 * _noise(rng, texels, int(90 * across), 5) + 6 * _noise(rng, texels, texels // 3, 24)
    boards = np.arange(texels) * 6 // texels
    grain += rng.normal(0, 7, 6)[boards][:, None]
    seams = np.abs(np.arange(texels) % (texels / 6)) < 2
    grain[seams] -= 34
    return _tinted(base, grain)


def _tinted(base: np.ndarray, grain: np.ndarray) -> Image.Image:
    return Image.fromarray(np.clip(base + grain[..., None], 0, 255).astype(np.uint8))


def _noise(rng: np.random.Generator, texels: int, rows: int, columns: int) -> np.ndarray:
    """Return smooth noise with about `rows` by `columns` bumps, float32 [texels, texels]."""
    coarse = Image.fromarray(rng.normal(0, 1, (rows, columns)).astype(np.float32))
    return np.asarray(coarse.resize((texels, texels), Image.Resampling.BICUBIC))
