"""Write a dataset with lerobot's own writer, in an environment that has lerobot: `python by_lerobot.py GIVEN FOLDER image|video`.

GIVEN: an .npz with tasks [E], lengths [E], fps, and of all steps action [N, 7], state [N, 3] and a picture of each camera,
"observation.images...", uint8 [N, height, width, 3].
"""

import sys

import numpy as np
from lerobot.datasets.lerobot_dataset import LeRobotDataset


def main(given: str, folder: str, images: str) -> None:
    data = np.load(given)
    cameras = [name for name in data.files if name.startswith("observation.images.")]
    shape = data[cameras[0]].shape[1:]
    features = {
        "action": {
            "dtype": "float32",
            "shape": (7,),
            "names": [f"joint_{i}" for i in range(6)] + ["gripper"],
        },
        "observation.state": {"dtype": "float32", "shape": (3,), "names": ["x", "y", "z"]},
        **{
            name: {"dtype": images, "shape": shape, "names": ["height", "width", "channels"]}
            for name in cameras
        },
    }
    dataset = LeRobotDataset.create(
        "tests/so100", fps=int(data["fps"]), features=features, root=folder, use_videos=images == "video"
    )
    at = 0
    for task, length in zip(data["tasks"].tolist(), data["lengths"].tolist(), strict=True):
        for row in range(at, at + length):
            pictures = {name: data[name][row] for name in cameras}
            numbers = {"action": data["action"][row], "observation.state": data["state"][row]}
            dataset.add_frame({**numbers, **pictures, "task": task})
        dataset.save_episode()
        at += length
    dataset.finalize()


if __name__ == "__main__":
    main(*sys.argv[1:])
