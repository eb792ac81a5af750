"""Samples of an output by their rows: the index, files that stay open, and parsing into samples or columns.

Promise: the result is the whole sample that the index names, or an error that names it.

    reader.py         samples by their rows, as samples or columns
    places.py         index.arrow by rows
    index_bytes.py    values at scattered places of a file
    open_files.py     files that are kept open, under a bound
    bytes_of.py       ranges of shards as bytes
    columns.py        the columns of a batch, and their shapes
    ragged.py         fields of numbers whose counts differ between samples
    json_fields.py    the fields of many samples, from JSON
    merging.py        columns of several sources merged into one batch
    example_fields.py the fields of many samples of TFRecord
    example_form.py   one sample of a TFRecord shard, from its bytes
    example_values.py one value of a feature in a TFRecord shard
    tar_form.py       one sample of a tar, from its bytes
"""
