"""LeRobot datasets (v2.0, v2.1, v3.0) as a source, without the packages lerobot, datasets or torch.

    dataset.py    the source: shards, records, episodes. Start reading here
    recording.py  one episode: its rows, held against the metadata, and its pictures
    meta.py       meta/info.json: version, rate, splits, names of files, features
    modality.py   the names of dimensions, where GR00T's modality.json has them
    catalogue.py  the episodes that the metadata lists: lengths, tasks, files, places in videos
    lines.py      the same, read from the lines of v2
    tables.py     the same, read from the tables of v3
    listed.py     which of both, read once
    files.py      which episodes are one shard, and what their files are called
    rows.py       the rows of one episode in a Parquet file, as columns
    values.py     one Parquet column as the values of a feature
    video.py      the frames of one episode in a video file (extra [video])

Format: huggingface.co/docs/lerobot, "LeRobotDataset v3.0", and lerobot's src/lerobot/datasets.
"""
