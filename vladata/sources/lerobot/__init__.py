"""LeRobot datasets (v2.0, v2.1, v3.0) as a source, without the packages lerobot, datasets or torch.

    dataset.py    the dataset as a Source: shards, records, episodes. Start reading here
    recording.py  one episode: its rows, checked against the metadata, and its pictures
    meta.py       meta/info.json: version, rate, splits, names of files, features
    modality.py   the names of dimensions from GR00T's modality.json
    catalogue.py  the episodes that the metadata lists: lengths, tasks, files, times in videos
    lines.py      reads the catalogue of v2, lines of JSON
    tables.py     reads the catalogue of v3, Parquet tables
    listed.py     the catalogue of either version, read once in a process
    files.py      the shards, and the names of an episode's files
    rows.py       the rows of one episode in a Parquet file, as columns
    values.py     one Parquet column as the values of a feature
    video.py      the frames of one episode in a video file (extra [video])

Format: huggingface.co/docs/lerobot, "LeRobotDataset v3.0", and lerobot's src/lerobot/datasets.
"""
