"""Pictures of a scene: solids projected onto a camera, shaded, with shadows on the table.

The renderer paints at twice the size, in this order, and then reduces the picture: the table (a texture warped by the camera's
homography), the shadows of all solids (projected along the light, blurred), the solids from far to near. The world frame is that
of scene.py; pixels are counted to the right and down from the top left corner.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from docs.demo.scene import Scene
from docs.demo.solids import TABLE, Ball, Box, Solid, solids_of

SCALE = 2  # pictures are drawn so much larger and then reduced, which smooths edges
TEXELS = 640  # texels along each side of the table's texture
FLOOR = ((74, 80, 92), (38, 42, 50))  # colour far away and near


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole camera.

    eye:   float64 [3], metres.
    axes:  float64 [3, 3], rows: right, down, forward; orthonormal.
    focal: pixels of the drawn (not yet reduced) picture.
    size:  pixels along each side of the finished picture.
    """

    eye: np.ndarray
    axes: np.ndarray
    focal: float
    size: int

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the pixels in the drawn picture, float64 [N, 2], and the depths in metres, float64 [N], of points [N, 3]."""
        seen = (points - self.eye) @ self.axes.T
        depth = np.maximum(seen[:, 2], 1e-3)
        return seen[:, :2] / depth[:, None] * self.focal + self.size * SCALE / 2, seen[:, 2]


def look(eye: np.ndarray, at: np.ndarray, up: np.ndarray, degrees: float, size: int) -> Camera:
    """Return a camera at `eye` that looks at `at`, with a view `degrees` wide."""
    forward = (at - eye) / np.linalg.norm(at - eye)
    right = np.cross(forward, up)
    right /= np.linalg.norm(right)
    focal = size * SCALE / 2 / np.tan(np.radians(degrees) / 2)
    return Camera(eye, np.stack([right, np.cross(forward, right), forward]), focal, size)


def front_camera(size: int) -> Camera:
    """Return a camera over the robot's right shoulder."""
    return look(np.array([-0.09, -0.37, 0.56]), np.array([0.34, 0.02, 0.03]), np.array([0, 0, 1.0]), 40, size)


def wrist_camera(scene: Scene, size: int) -> Camera:
    """Return a camera behind the fingers that looks past them at the table; it turns with the gripper."""
    yaw = scene.gripper[5]
    ahead = np.array([np.cos(yaw), np.sin(yaw), 0.0])
    eye = scene.gripper[:3] - 0.08 * ahead + np.array([0, 0, 0.1])
    return look(eye, scene.gripper[:3], ahead, 70, size)


def draw(
    scene: Scene, camera: Camera, ground: Image.Image, light: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return the picture of `scene`, uint8 [size, size, 3].

    ground: the result of `table` for this camera; a camera that does not move needs it only once.
    light:  float64 [3], unit vector towards the lamp.
    """
    canvas = ground.copy()
    shown = solids_of(scene)
    canvas.paste((12, 10, 14), mask=_shadows(shown, camera, light))
    pen = ImageDraw.Draw(canvas)
    for solid in sorted(shown, key=lambda solid: -float(np.linalg.norm(solid.centre - camera.eye))):
        if isinstance(solid, Ball):
            _ball(pen, solid, camera, light)
        else:
            _box(pen, solid, camera, light)
    return _sensor(np.asarray(canvas.reduce(SCALE)), rng)


def table(camera: Camera, texture: Image.Image) -> Image.Image:
    """Return the floor with the table top on it, as the camera sees them, at drawn size.

    texture: the table from above; its rows run from far to near, its columns from left to right.
    """
    side = camera.size * SCALE
    ramp = np.linspace(0, 1, side)[:, None, None]
    floor = np.array(FLOOR[0]) * (1 - ramp) + np.array(FLOOR[1]) * ramp
    canvas = Image.fromarray(np.broadcast_to(floor, (side, side, 3)).astype(np.uint8))
    inverse = np.linalg.inv(_homography(camera))
    coefficients = (inverse / inverse[2, 2]).ravel()[:8].tolist()
    opaque = texture.copy()
    opaque.putalpha(255)
    how = (Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BILINEAR)
    top = opaque.transform((side, side), *how)
    canvas.paste(top, mask=top)
    return canvas


def _homography(camera: Camera) -> np.ndarray:
    """Return the map from texture pixels (column, row, 1) to drawn pixels, both homogeneous, [3, 3]."""
    (x0, x1), (y0, y1) = TABLE
    # Row 0 of the texture is the far edge (x1), column 0 the left edge (y1).
    world = np.array([[0, -(x1 - x0) / TEXELS, x1], [-(y1 - y0) / TEXELS, 0, y1], [0, 0, 0], [0, 0, 1.0]])
    half = camera.size * SCALE / 2
    lens = np.array([[camera.focal, 0, half], [0, camera.focal, half], [0, 0, 1.0]])
    view = np.concatenate([camera.axes, -(camera.axes @ camera.eye)[:, None]], axis=1)
    matrix: np.ndarray = lens @ view @ world
    return matrix


def _shadows(solids: list[Solid], camera: Camera, light: np.ndarray) -> Image.Image:
    """Return the darkness of each drawn pixel of the table, as a picture of mode L; blurred, since the lamp has a size."""
    mask = Image.new("L", (camera.size, camera.size))  # half the drawn size: it is blurred anyway
    pen = ImageDraw.Draw(mask)
    for solid in solids:
        corners = solid.hull()
        fallen = corners - light * (corners[:, 2] / light[2])[:, None]
        pixels, depth = camera.project(fallen)
        if depth.min() > 0.02:
            pen.polygon(_outline(pixels / SCALE), fill=118)
    mask = mask.filter(ImageFilter.GaussianBlur(camera.size / 110))
    return mask.resize((camera.size * SCALE,) * 2, Image.Resampling.BILINEAR)


def _outline(points: np.ndarray) -> list[tuple[float, float]]:
    """Return the convex hull of the points [N, 2], in order around it (Andrew's monotone chain)."""
    ordered = sorted(map(tuple, points.tolist()))

    def chain(sequence: Iterator[tuple[float, float]]) -> list[tuple[float, float]]:
        kept: list[tuple[float, float]] = []
        for x, y in sequence:
            while len(kept) > 1:
                (ax, ay), (bx, by) = kept[-2:]
                if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
                    break
                kept.pop()
            kept.append((x, y))
        return kept[:-1]

    return chain(iter(ordered)) + chain(reversed(ordered))


def _shade(colour: np.ndarray, brightness: float) -> tuple[int, int, int]:
    red, green, blue = np.clip(colour * brightness, 0, 255).astype(int).tolist()
    return red, green, blue


def _box(pen: ImageDraw.ImageDraw, box: Box, camera: Camera, light: np.ndarray) -> None:
    """Draw the faces of a box that are towards the camera, in one colour each, with a bright line on lit edges."""
    corners = box.hull()
    pixels, depth = camera.project(corners)
    if depth.min() < 0.015:
        return
    for face, normal in box.faces():
        if (corners[face[0]] - camera.eye) @ normal >= 0:
            continue
        brightness = 0.46 + 0.6 * max(0.0, float(normal @ light))
        ring = [tuple(point) for point in pixels[list(face)].tolist()]
        pen.polygon(ring, fill=_shade(box.colour, brightness))
        pen.line([*ring, ring[0]], fill=_shade(box.colour + 14, brightness * 1.1), width=SCALE)


def _ball(pen: ImageDraw.ImageDraw, ball: Ball, camera: Camera, light: np.ndarray) -> None:
    """Draw a sphere as smaller and smaller, brighter and brighter discs that move towards the light."""
    (centre,), (depth,) = camera.project(ball.centre[None])
    if depth < 0.05:
        return
    radius = ball.radius / depth * camera.focal
    towards = (camera.axes @ light)[:2] * radius * 0.45
    for part in np.linspace(0, 1, 9):
        x, y = centre + towards * part
        r = radius * (1 - 0.85 * part)
        pen.ellipse((x - r, y - r, x + r, y + r), fill=_shade(ball.colour, 0.5 + 0.6 * part))


def _sensor(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the picture with darker corners and a little noise, as from a real camera."""
    size = len(picture)
    away = np.linspace(-1, 1, size, dtype=np.float32) ** 2
    corners = 1 - 0.11 * (away[:, None] + away[None, :])
    noise = rng.normal(0, 2.2, (size, size)).astype(np.float32)
    seen: np.ndarray = np.clip(picture * corners[..., None] + noise[..., None], 0, 255)
    return seen.astype(np.uint8)
