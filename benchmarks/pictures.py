"""Pictures of batches: 256 x 256 JPEGs to 224 by two threads, compared with the bare decoder; by kernel, fit and augmentation.

Kept equal: the same 64 pictures in memory, batches of 32 whose arrays are allocated in each round, one batch per thread at a
time, one process. The floor is simplejpeg alone, which decodes at 7/8 into such arrays: the same work as without augmentation.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import simplejpeg

from benchmarks.bench import Bench, Row
from vladata.loaders.pictures.picturing import Picturing
from vladata.spec.augment import augment_of
from vladata.spec.images import Kernel
from vladata.spec.loading import LoadRule

RECORDED, SIZE, BATCH, THREADS, BATCHES = 256, 224, 32, 2, 40
CROP = {"random_resized_crop": {"scale": [0.9, 0.9]}}
COLOURS = {"colour_jitter": {"brightness": [-0.2, 0.2], "contrast": [0.8, 1.2], "saturation": [0.8, 1.2]}}


def main(bench: Bench) -> Iterator[Row]:
    images, batches = _images(2 * BATCH), max(2, BATCHES * bench.limit // 100)
    works: dict[str, Callable[[int], None]] = {"bare decoder": partial(_bare, images)}
    works |= {name: partial(_batch, images, made) for name, made in _made().items()}
    rates: dict[str, list[float]] = {name: [] for name in works}
    for number in range(bench.rounds):
        for name in list(works)[:: -1 if number % 2 else 1]:
            rates[name].append(_rate(works[name], batches))
    floor = rates["bare decoder"]
    for name, found in rates.items():
        ratio = statistics.median(one / two for one, two in zip(found, floor, strict=True))
        yield Row(
            f"pictures: {name}", statistics.median(found), "images/s", None, statistics.median(floor), ratio
        )


def _made() -> dict[str, Picturing]:
    def made(augment: object = None, normalise: str | None = None, **rule: object) -> Picturing:
        changed = None if augment is None else augment_of(augment)  # type: ignore[arg-type]
        shown = LoadRule(size=SIZE, **rule)  # type: ignore[arg-type]
        return Picturing(["primary"], 1, shown, (SIZE, SIZE), changed, normalise)

    kernels: tuple[Kernel, ...] = ("bicubic", "lanczos3", "area", "pillow_bicubic", "pillow_lanczos")
    return {
        "plain": made(),
        "normalised": made(normalise="imagenet"),
        **{kernel: made(resample=kernel) for kernel in kernels},
        "crop_area 0.9": made(crop_area=0.9),
        "JPEG round trip": made(jpeg=95),
        "random crop": made(CROP),
        "brightness, contrast, saturation": made(COLOURS),
        **{f"augment {name}": made(name) for name in ("octo", "openvla", "openpi")},
    }


def _images(count: int) -> list[bytes]:
    """Return smooth pictures with some noise, of about 29 KB, like those of robot cameras."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:RECORDED, 0:RECORDED]
    made = []
    for i in range(count):
        smooth = [128 + 100 * np.sin(x / 17 + y / 31 + i), 128 + 100 * np.cos(x * y / 900 + i), (x + y) / 2]
        noisy = np.stack(smooth, -1) + rng.normal(0, 4, (RECORDED, RECORDED, 3))
        levels = np.clip(noisy, 0, 255).astype(np.uint8)
        made.append(simplejpeg.encode_jpeg(levels, 95, colorsubsampling="420"))
    return made


def _bare(images: list[bytes], number: int) -> None:
    out = np.empty((BATCH, SIZE, SIZE, 3), np.uint8)
    for i in range(BATCH):
        image = images[(number * BATCH + i) % len(images)]
        simplejpeg.decode_jpeg(image, "RGB", min_height=SIZE, min_width=SIZE, buffer=out[i])


def _batch(images: list[bytes], made: Picturing, number: int) -> None:
    out, shown = np.empty((BATCH, *made.shape), made.dtype), np.empty((BATCH, *made.shape[:2]), bool)
    for i in range(BATCH):
        place = number * BATCH + i
        made.into({"primary": images[place % len(images)]}, out[i], shown[i], place)


def _rate(work: Callable[[int], None], batches: int) -> float:
    start = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(batches)))
    return batches * BATCH / (time.perf_counter() - start)
