"""The floor: the least that plain Python needs for the job, in one process, without TensorFlow and vladata.

    python -m benchmarks.floor write RLDS OUT      records -> samples -> tars of 1,000
    python -m benchmarks.floor read RLDS           records are only read and parsed

Records are read with both CRCs checked and parsed by protobuf's C parser (upb); prompt and target are rendered; every step
becomes two tar members, whose headers are packed here. There is no plan, index, shuffle, checksum, receipt or manifest, and no
check except the CRCs. The ratio of a converter is the cost of these.
"""

import json
import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import google_crc32c
import numpy as np
from google.protobuf import (  # type: ignore[import-untyped]
    descriptor_pb2,
    descriptor_pool,
    message_factory,
    text_format,
)

from benchmarks.measure import tell

SAMPLES_PER_TAR = 1000
LIST = 'message_type { name: "%s" field { name: "value" number: 1 label: LABEL_REPEATED type: TYPE_%s } }'
FIELD = 'field { name: "%s" number: %d label: LABEL_OPTIONAL type: TYPE_MESSAGE type_name: ".floor.%s" }'
EXAMPLE = f"""
name: "floor.proto" package: "floor" syntax: "proto3"
{LIST % ("Bytes", "BYTES")} {LIST % ("Floats", "FLOAT")} {LIST % ("Ints", "INT64")}
message_type {{
  name: "Feature"
  {FIELD % ("bytes_list", 1, "Bytes")} {FIELD % ("float_list", 2, "Floats")} {FIELD % ("int64_list", 3, "Ints")}
}}
message_type {{
  name: "Features"
  field {{ name: "feature" number: 1 label: LABEL_REPEATED type: TYPE_MESSAGE type_name: ".floor.Features.FeatureEntry" }}
  nested_type {{
    name: "FeatureEntry"
    field {{ name: "key" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING }}
    {FIELD % ("value", 2, "Feature")}
    options {{ map_entry: true }}
  }}
}}
message_type {{ name: "Example" {FIELD % ("features", 1, "Features")} }}
"""


def example_class() -> Any:
    """Return tf.train.Example as a message class of upb."""
    pool = descriptor_pool.DescriptorPool()
    pool.Add(text_format.Parse(EXAMPLE, descriptor_pb2.FileDescriptorProto()))
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("floor.Example"))


def records(path: Path) -> Iterator[bytes]:
    """Yield the data of each record: length u64 | crc u32 | data | crc u32, little-endian."""
    with path.open("rb") as file:
        while head := file.read(12):
            length, length_crc = struct.unpack("<QI", head)
            data = file.read(length)
            (data_crc,) = struct.unpack("<I", file.read(4))
            if masked(head[:8]) != length_crc or masked(data) != data_crc:
                raise SystemExit(f"{path}: a record is damaged")
            yield data


def masked(data: bytes) -> int:
    """Return the CRC of TFRecord: CRC-32C, rotated right by 15 bits, plus a constant."""
    crc: int = google_crc32c.value(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def episodes(rlds: Path) -> Iterator[tuple[str, Any]]:
    """Yield (name, features) of every record, file after file."""
    parse = example_class().FromString
    for file in sorted(rlds.glob("*.tfrecord-*")):
        for number, record in enumerate(records(file)):
            yield f"{file.name.split('-')[-3]}-{number:06d}", parse(record).features.feature


def samples(rlds: Path) -> Iterator[tuple[str, bytes, bytes]]:
    """Yield (key, JPEG, JSON) of every step: RT-2's prompt, and as text a terminate flag, then the action in 256 bins."""
    edges = np.linspace(-1, 1, 257)[1:-1]
    for name, features in episodes(rlds):
        images = features["steps/observation/image"].bytes_list.value
        texts = features["steps/language_instruction"].bytes_list.value
        actions = rows(features["steps/action"], len(images))
        bins = np.digitize(actions, edges).tolist()
        states = rows(features["steps/observation/state"], len(images)).tolist()
        for step, image in enumerate(images):
            described = {
                "prompt": f"Q: what action should the robot take to {texts[step].decode()}? A:",
                "target": " ".join(map(str, [1, *bins[step]])),
                "episode": name,
                "step": step,
                "state": states[step],
            }
            yield f"{name}-{step:04d}", image, json.dumps(described).encode()


def rows(feature: Any, count: int) -> np.ndarray:
    """Return the numbers of a feature as float32 [count, width]."""
    return np.array(feature.float_list.value, np.float32).reshape(count, -1)


def member(name: str, data: bytes) -> tuple[bytes, bytes, bytes]:
    """Return a ustar header, the data, and zeros up to a multiple of 512. In the checksum, its own field counts as spaces."""
    fields = (b"0000644", b"0000000", b"0000000", b"%011o" % len(data), b"00000000000")
    head = struct.pack(
        "100s8s8s8s12s12s8s1s100s8s247x", name.encode(), *fields, b" " * 8, b"0", b"", b"ustar\x0000"
    )
    total = b"%06o\0 " % sum(head)
    return head[:148] + total + head[156:], data, bytes(-len(data) % 512)


def write(rlds: Path, out: Path) -> int:
    """Write the tars, and return their number of samples."""
    out.mkdir(parents=True)
    count, file = 0, None
    for key, image, described in samples(rlds):
        if count % SAMPLES_PER_TAR == 0:
            close(file)
            file = (out / f"{count // SAMPLES_PER_TAR:06d}.tar").open("wb", buffering=1 << 20)
        assert file
        file.writelines(member(f"{key}.jpg", image))
        file.writelines(member(f"{key}.json", described))
        count += 1
    close(file)
    return count


def close(file: Any) -> None:
    if file:
        file.write(bytes(1024))
        file.close()


def read(rlds: Path) -> int:
    """Read and parse all records, and return the number of steps."""
    return sum(len(features["steps/is_first"].int64_list.value) for _, features in episodes(rlds))


def main(what: str, rlds: str, out: str = "") -> None:
    start = time.perf_counter()
    steps = write(Path(rlds), Path(out)) if what == "write" else read(Path(rlds))
    tell(steps, time.perf_counter() - start)


if __name__ == "__main__":
    main(*sys.argv[1:])
