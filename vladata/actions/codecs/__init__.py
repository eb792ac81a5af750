"""One codec per file: actions <-> the text of a target. Imports numpy and `vladata/actions`.

Promise: a codec states its largest error, and is made back exactly from its own part of a contract. Values that it cannot
encode, decode or parse are errors. To add a codec, add a file and a line in table.py; a recipe may then give its settings
below `action`.

    table.py           name -> codec
    rt1.py             RT-1: 256 bins between its own bounds
    rt1_x.py           RT-1-X: RT-1 with a wider world vector
    rt1_base.py        RT-1 with its base: eleven numbers, the first one its three-way mode
    rt2.py             RT-2: bins between bounds from the data, or other bounds
    openvla.py         OpenVLA: normalised by quantiles, 255 intervals
    octo.py            Octo: even thresholds, decoded to centres
    openpi_state.py    openpi: the state of a robot in 256 bins, as a prompt spells it
    language_table.py  Language-Table: "X Y", -10 to 10
    text_integers.py   VLA-0: 0 to 1000 between the least and the greatest value
    uniform.py         equal bins, decoded to centres: no bias
    words.py           LAP: the net motion of a chunk in words
    fast.py            FAST: cosines over a chunk, as byte pairs
"""
