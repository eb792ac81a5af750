"""Reads a LeRobot dataset with lerobot's own LeRobotDataset, every frame: run by an interpreter that has it.

    PYTHON read_lerobot.py FOLDER OUT.npz

Writes every value of every frame, frames in order, pictures as float32 [3, height, width], and those of a query of delta
timestamps; prints the numbers of episodes and frames, and the tasks, as JSON.
"""

import json
import sys

import av
import numpy as np
import torch
import torchvision
from lerobot.datasets.lerobot_dataset import LeRobotDataset


class VideoReader:
    """torchvision's reader of videos, which newer versions of it have no more, as lerobot 0.4.4 calls it: by PyAV."""

    def __init__(self, path: str, stream: str) -> None:
        self.container = av.open(path)

    def seek(self, seconds: float, keyframes_only: bool = False) -> "VideoReader":
        self.container.seek(int(seconds * av.time_base))
        return self

    def __iter__(self):
        for frame in self.container.decode(video=0):
            pixels = torch.from_numpy(frame.to_ndarray(format="rgb24")).permute(2, 0, 1)
            yield {"data": pixels, "pts": frame.time}


if not hasattr(torchvision.io, "VideoReader"):
    torchvision.io.VideoReader = VideoReader
    torchvision.set_video_backend = lambda backend: None


def main(folder: str, out: str) -> None:
    dataset = LeRobotDataset("me/data", root=folder, video_backend="pyav")
    columns: dict[str, list[object]] = {}
    for i in range(len(dataset)):
        for name, value in dataset[i].items():
            columns.setdefault(name, []).append(np.asarray(value))
    step = 1 / dataset.fps
    ahead = {"action": [0, step, 2 * step], dataset.meta.camera_keys[0]: [-step, 0]}
    windows = LeRobotDataset("me/data", root=folder, video_backend="pyav", delta_timestamps=ahead)
    for name in (*ahead, "action_is_pad"):
        columns[f"window/{name}"] = [np.asarray(windows[i][name]) for i in range(len(windows))]
    np.savez(out, **{name.replace("/", "|"): np.stack(rows) for name, rows in columns.items()})
    stats = {key: {n: v.tolist() for n, v in found.items()} for key, found in dataset.meta.stats.items()}
    print(json.dumps({"episodes": dataset.num_episodes, "frames": len(dataset), "stats": stats}))


if __name__ == "__main__":
    main(*sys.argv[1:])
