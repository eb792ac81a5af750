"""Codecs, one per file: actions <-> the text of a target.

A codec states its largest error, and can be made again exactly from its part of a contract. Values that it cannot encode, decode
or parse are errors. To add a codec, add a file and a line in table.py; a recipe may then give its settings below `action`.

    table.py           name -> codec
    rt1.py             RT-1: 256 bins between its own bounds
    rt1_x.py           RT-1-X: RT-1 with a wider range of the world vector
    rt1_base.py        RT-1 with a moving base: eleven numbers, the first one a mode of three values
    rt2.py             RT-2: bins between bounds from the data, or other bounds
    openvla.py         OpenVLA: normalised by quantiles, 255 intervals
    octo.py            Octo: evenly spaced thresholds, decoded to centres
    openpi_state.py    openpi: the state of a robot in 256 bins, as in its prompts
    language_table.py  Language-Table: "X Y", -10 to 10
    text_integers.py   VLA-0: 0 to 1000 between the least and the greatest value
    uniform.py         equal bins, decoded to centres: no bias
    words.py           LAP: the net motion of a chunk in words
    fast.py            FAST: a cosine transform of each chunk, as byte pairs
"""
