"""One codec a file: how actions become the text of a target, and come back. Imports numpy and `vladata/actions`.

Promise: a codec states the bound of its error, is made back from its own part of a contract exactly, and invents
nothing: what it cannot encode, decode or parse is an error. Another codec is one more file and one more line in table.py;
its settings are then what a recipe may say below `action`.

    table.py   name -> codec
    rt1.py     RT-1: 256 bins between its own bounds
    rt1_x.py   RT-1-X: the same with a wider world vector
    rt2.py     RT-2: bins between bounds from the data, or any others
"""
