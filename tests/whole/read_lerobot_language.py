"""Reads the language columns of a LeRobot dataset with lerobot's own code (0.6 or newer): run by an interpreter that has it.

    PYTHON read_lerobot_language.py FOLDER

Prints as JSON, for each frame, its rows, and the subtask that lerobot itself finds to be active there.
"""

import json
import sys

from lerobot.datasets.language_render import active_at
from lerobot.datasets.lerobot_dataset import LeRobotDataset


def main(folder: str) -> None:
    dataset = LeRobotDataset("me/data", root=folder, video_backend="pyav")
    told = []
    for i in range(len(dataset)):
        frame = dataset[i]
        rows = frame["language_persistent"]
        active = active_at(float(frame["timestamp"]), persistent=rows, style="subtask")
        told.append(
            {
                "persistent": rows,
                "events": frame["language_events"],
                "subtask": active and active["content"],
            }
        )
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
