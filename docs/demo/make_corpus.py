"""Write a small corpus of pictures with words, as web corpora are written: tars by webdataset's own writer.

    python -m docs.demo.make_corpus out/demo/web [--pictures 300] [--seed 0]

Result: OUT/blocks-00000.tar ...: KEY.jpg, and KEY.json with a caption, a question with the answers of three people, and the
similarity of caption and picture. One of three captions belongs to another picture, as on the web; its similarity is low.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import simplejpeg

from docs.demo.motion import take
from docs.demo.picture import TEXELS, draw, front_camera, table
from docs.demo.scene import Scene
from docs.demo.solids import table_texture

SIDE = 256  # pixels
A_TAR = 100  # pictures in a tar
OTHER = 10_000  # number of the first scene; smaller numbers are those of the robot's episodes


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("out", type=Path, help="folder that will hold the tars")
    parser.add_argument("--pictures", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(argv)
    if options.out.exists():
        parser.error(f"{options.out} is there already; remove it first")
    write(options.out, options.pictures, options.seed)
    print(f"{options.out}: {options.pictures} pictures")


def write(out: Path, count: int, seed: int) -> None:
    """Write the tars into `out`, 100 pictures each."""
    import webdataset

    out.mkdir(parents=True)
    with webdataset.ShardWriter(str(out / "blocks-%05d.tar"), maxcount=A_TAR, verbose=0) as writer:
        for record in records(count, seed):
            writer.write(record)


def records(count: int, seed: int) -> Iterator[dict[str, Any]]:
    """Yield the members of each picture, as webdataset takes them."""
    scenes = [take(seed, OTHER + number).scenes[0] for number in range(count)]
    for number, scene in enumerate(scenes):
        rng = np.random.default_rng([seed, number, 2])
        is_strange = number % 3 == 2
        described = scenes[(number + 1) % count] if is_strange else scene
        question, answers = asked(scene, rng)
        words = {
            "caption": caption(described),
            "question": question,
            "answers": answers,
            "similarity": round(float(rng.uniform(0.05, 0.2) if is_strange else rng.uniform(0.25, 0.4)), 4),
        }
        yield {"__key__": f"{number:06d}", "jpg": picture(scene, rng), "json": json.dumps(words).encode()}


def caption(scene: Scene) -> str:
    """Return a caption that names the blocks from left to right, as the camera sees them."""
    blocks = sorted(scene.blocks, key=lambda block: -block.centre[1])
    listed = (f"{'an' if block.colour[0] in 'aeiou' else 'a'} {block.colour} block" for block in blocks)
    return f"a table with {', '.join(listed)}, from left to right"


def asked(scene: Scene, rng: np.random.Generator) -> tuple[str, list[str]]:
    """Return a question and the answers of three people; sometimes one of the answers is wrong."""
    if rng.random() < 0.5:
        answers = [str(len(scene.blocks))] * 3
        question = "how many blocks are there?"
    else:
        nearest = min(scene.blocks, key=lambda block: float(block.centre[0]))
        answers, question = [nearest.colour] * 3, "which colour has the block that is nearest to the robot?"
    if rng.random() < 0.3:
        answers[2] = "purple"
    return question, answers


def picture(scene: Scene, rng: np.random.Generator) -> bytes:
    """Return the picture of the scene from the front, as JPEG."""
    lamp = np.array([rng.uniform(-0.5, 0.1), rng.uniform(0.1, 0.6), 1.0])
    camera = front_camera(SIDE)
    ground = table(camera, table_texture(rng, TEXELS))
    pixels = draw(scene, camera, ground, lamp / np.linalg.norm(lamp), rng)
    data: bytes = simplejpeg.encode_jpeg(pixels, quality=90, colorspace="RGB", colorsubsampling="420")
    return data


if __name__ == "__main__":
    main()
