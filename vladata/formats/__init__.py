"""Bytes in, bytes out: what the files look like, and nothing else.

Promise: no file is opened here and no dataset is known; callers hand in bytes or an open file. May import layer 0 only.

    tfrecord.py    record framing with checksums
    example.py     tf.Example, parsed and encoded
    tar.py         tar members, framed and walked
    foreign_tar.py tar archives as other programs write them; pax.py is what their PAX headers say
    json_stream.py the records of a JSON file, one at a time
"""
