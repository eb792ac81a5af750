"""The output folder: writing shards, reading them back, and saying what they are.

Promise: bytes that depend on nothing but what is written; a file that is there is whole. May import layers 0 to 2,
vladata/formats and its own files.

    storage.py    where outputs go: local folder or object store; temporary names, sync, the lock
    whole.py      files that are whole, with length and checksum
    holding.py    files that tell whether their owner lives
    naming.py     names of shards and members
    webdataset.py a sample as tar members, and back
    examples.py   a sample as tf.Example, and back; the features.json of an output
    writer.py     samples -> one shard, with length and checksum
    manifest.py   what the folder is: read, checked, written
    parts.py      what it is by its kind: robot, web, mixture
    counts.py     the shape of its ledger
    typed_json.py JSON data as frozen dataclasses, strictly
    card.py       README.md with Hugging Face front matter
    card_text.py  the text of it
    tfds_files.py features.json and dataset_info.json, as TFDS reads them
    places.py     index.arrow by rows; index_bytes.py: values that lie scattered in it
    open_files.py files that are kept open, under a bound
    bytes_of.py   ranges of shards as bytes
    remote_bytes.py those of a remote output: from the cache, or by ranged requests
    ranges.py     byte ranges joined to few requests
    asking.py     requests, made again where the answer is none
    soundness.py  whether bytes can be one whole sample
    cache.py      whole shards of remote outputs on this machine
    cache_rule.py where they lie, and how many bytes they may take
    reading.py    samples by their rows, as samples or columns
    columns.py    the columns of a batch, and their shapes
    ragged.py     numbers of which each sample has another count
    json_fields.py the fields of many samples, from JSON; example_fields.py: from tf.Example
    tar_form.py   one sample of a tar by its bytes; example_form.py: of TFRecord; example_values.py: a value of it
    merging.py    columns of several sources as those of one batch
    sequence.py   samples by position: sliced, selected, pickled
    dataset.py    vladata.open: those of shards
"""
