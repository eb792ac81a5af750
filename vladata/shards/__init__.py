"""The output folder: writing shards, reading them back, and describing them.

Promise: bytes depend only on the written data; a file that is there is whole.

    storage.py    places of outputs: local folder or object store; temporary names, sync, the lock
    whole.py      files that are whole, with length and checksum
    holding.py    files that show whether their owner still runs
    naming.py     names of shards and members
    webdataset.py a sample as tar members, and back
    examples.py   a sample as tf.Example, and back; the features.json of an output
    tfds_features.py the nodes of a features.json
    writer.py     samples -> one shard, with length and checksum
    manifest.py   the manifest: read, checked, written
    not_an_output.py what to do about a place without a manifest
    parts.py      the part of a manifest that its kind decides: robot, episodes, web, mixture
    counts.py     the shape of a manifest's ledger, and the sentence about missing data
    typed_json.py JSON data as frozen dataclasses, strictly
    card.py       README.md with Hugging Face front matter
    card_text.py  the text of the card
    croissant.py  croissant.json, the Croissant metadata
    tfds_files.py features.json and dataset_info.json, as TFDS reads them
    sequence.py   samples by position: sliced, selected, pickled
    dataset.py    vladata.open: the samples of shards
"""
