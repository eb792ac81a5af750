"""Whole episodes as files of other projects: what a stretch of an episode becomes.

Promise: equal stretches give equal bytes. May import what vladata/shards may.

    stretch.py    steps of an episode that follow each other, ready to be written
    rlds.py       as a tf.Example, and its features.json
"""
