import json

from benchmarks import data
from vladata.sources.info import parse_dataset_info

INFO = {
    "name": "synth_robot",
    "version": "1.0.0",
    "fileFormat": "tfrecord",
    "splits": [
        {
            "name": "train",
            "filepathTemplate": "{DATASET}-{SPLIT}.{FILEFORMAT}-{SHARD_X_OF_Y}",
            "numBytes": "12",
            "shardLengths": ["2", "1"],
        }
    ],
}


def test_the_large_dataset_names_every_file_of_the_small_one_four_times(tmp_path):
    small = tmp_path / "s3" / "synth_robot" / "1.0.0"
    small.mkdir(parents=True)
    for number in (0, 1):
        (small / f"synth_robot-train.tfrecord-0000{number}-of-00002").write_text(f"file {number}")
    (small / "features.json").write_text("{}")
    (small / "dataset_info.json").write_text(json.dumps(INFO))
    large = data.large(tmp_path, 3)
    assert large == tmp_path / "s12" / "synth_robot" / "1.0.0"
    text = (large / "dataset_info.json").read_bytes()
    info = parse_dataset_info(text, "dataset_info.json").splits["train"]
    assert info.shard_lengths == (2, 1) * 4
    assert [(large / file).read_text() for file in info.files] == ["file 0", "file 1"] * 4
    assert json.loads(text)["splits"][0]["numBytes"] == "48"
