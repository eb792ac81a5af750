"""Where a shard lies, as Hugging Face and TFDS look for it."""

from vladata.shards.naming import shard_path


def test_shard_paths():
    assert shard_path("webdataset", "bridge", "val", 3, 128) == "val/bridge-val-00003-of-00128.tar"
    assert shard_path("tfrecord", "bridge", "val", 3, 128) == "bridge-val.tfrecord-00003-of-00128"
