"""Robot actions as numbers, bins and text, and back. Layer 2: imports layer 0 and numpy.

Promise: the same action gives the same bins on every machine; what cannot be encoded, decoded or parsed is an error
that names the row and the dimension; nothing is guessed. Nobody writes into an array that was given.

    statistics.py   what is known of a dataset's actions: mean, std, min, max, quantiles
    bounds.py       what the bins span: fixed by a model, by statistics, or by hand
    uniform.py      numbers <-> equal bins between two bounds
    text.py         bins <-> text
    codec.py        all of these joined, with the names of the dimensions and terminate in front
    contract.py     all that a trainer and a robot must agree on, with its SHA-256
"""
