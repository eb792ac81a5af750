"""The samples of a converted output in the forms of other loaders, below one folder: the same JPEGs, each with a text.

    python -m benchmarks.peer_data OUTPUT FOLDER           vla (a link), arrow, arrayrecord, parquet
    PYTHON benchmarks/peer_data.py --lerobot FOLDER        lerobot, made from arrow by a Python that has LeRobot

Forms whose library is missing are left out, with a message.
"""

import argparse
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

PER_FILE = 1_000
EPISODE = 60  # frames of an episode for LeRobot
FRAMES = 3_000  # frames for LeRobot: few, since its writer decodes and encodes every picture


def write(output: Path, folder: Path) -> None:
    """Write all forms that are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "vla").exists():
        (folder / "vla").symlink_to(output.absolute())
    for form in (arrow, arrayrecord, parquet):
        target = folder / form.__name__
        if target.exists():
            continue
        target.mkdir()
        try:
            form(_samples(output), target)
        except ImportError as missing:
            print(f"# no {form.__name__}: {missing}", flush=True)
            target.rmdir()


def _samples(output: Path) -> Iterator[tuple[bytes, str]]:
    """Yield the JPEG and the JSON text of each sample."""
    import vladata

    for sample in vladata.open(output):
        yield bytes(sample.images["primary"]), json.dumps(sample.fields)


def _parts(samples: Iterator[tuple[bytes, str]]) -> Iterator[list[tuple[bytes, str]]]:
    while part := list(islice(samples, PER_FILE)):
        yield part


def arrow(samples: Iterator[tuple[bytes, str]], folder: Path) -> None:
    import pyarrow as pa

    schema = pa.schema([("jpg", pa.binary()), ("text", pa.string())])
    with pa.ipc.new_file(str(folder / "all.arrow"), schema) as file:
        for part in _parts(samples):
            images, texts = zip(*part, strict=True)
            file.write(pa.record_batch([list(images), list(texts)], schema=schema))


def arrayrecord(samples: Iterator[tuple[bytes, str]], folder: Path) -> None:
    from array_record.python.array_record_module import ArrayRecordWriter

    for number, part in enumerate(_parts(samples)):
        writer = ArrayRecordWriter(str(folder / f"part-{number:05}.array_record"), "group_size:1")
        for image, text in part:
            writer.write(len(text.encode()).to_bytes(4, "little") + text.encode() + image)
        writer.close()


def parquet(samples: Iterator[tuple[bytes, str]], folder: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet as pq

    for number, part in enumerate(_parts(samples)):
        images, texts = zip(*part, strict=True)
        table = pa.table({"jpg": pa.array(images, pa.binary()), "text": list(texts)})
        pq.write_table(table, folder / f"part-{number:05}.parquet")


def lerobot(folder: Path) -> None:
    """Write a LeRobot dataset with its own writer, images in Parquet files."""
    import numpy as np
    import pyarrow as pa
    import simplejpeg
    from lerobot.datasets.lerobot_dataset import LeRobotDataset

    image = {"dtype": "image", "shape": (256, 256, 3), "names": ["height", "width", "channels"]}
    vector = {"dtype": "float32", "shape": (7,), "names": None}
    features = {"observation.images.primary": image, "observation.state": vector, "action": vector}
    made = LeRobotDataset.create("bench/synth", 10, features, root=str(folder / "lerobot"), use_videos=False)
    table = pa.ipc.open_file(pa.memory_map(str(folder / "arrow" / "all.arrow"))).read_all()
    for number in range(min(FRAMES, len(table))):
        fields: Any = json.loads(table["text"][number].as_py())
        pixels = simplejpeg.decode_jpeg(table["jpg"][number].as_py())
        frame = {"observation.images.primary": pixels, "task": fields["instruction"]}
        made.add_frame(
            frame | {"observation.state": np.float32(fields["state"]), "action": np.float32(fields["action"])}
        )
        if number % EPISODE == EPISODE - 1:
            made.save_episode()
    made.finalize()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path, nargs="?")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--lerobot", action="store_true")
    given = parser.parse_args()
    if given.lerobot:
        lerobot(given.folder)
    else:
        write(given.output, given.folder)
