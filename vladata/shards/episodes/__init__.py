"""Whole episodes as files of other projects: what a stretch of an episode becomes.

Promise: equal stretches give equal bytes. May import what vladata/shards may.

    stretch.py    steps of an episode that follow each other, ready to be written
    rlds.py       as a tf.Example, and its features.json
    lerobot.py    several as a Parquet file of LeRobot, and the features of such a dataset
    lerobot_meta.py its info.json, tasks and episodes; statistics.py: of an episode, and of all
    video.py      pictures as a video
"""
