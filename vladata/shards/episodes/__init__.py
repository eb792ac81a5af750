"""Whole episodes as files of other projects: the bytes of a stretch of an episode.

Promise: equal stretches give equal bytes.

    stretch.py    steps of an episode that follow each other, ready to be written
    rlds.py       RLDS: a stretch as a tf.Example, and features.json
    lerobot.py    LeRobot: several stretches as a Parquet file, and the features of the dataset
    language.py   LeRobot: texts of steps as its language columns
    lerobot_meta.py   LeRobot: info.json, the table of tasks and the table of episodes
    statistics.py LeRobot: statistics of one episode, and of all episodes
    video.py      LeRobot: pictures as a video
"""
