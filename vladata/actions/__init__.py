"""Robot actions as numbers, bins and text, and back.

Rules: the same action gives the same bins on every machine. A value or text that cannot be encoded, decoded or parsed is an error
that names the row and the dimension; nothing is guessed. Functions never write into their arguments.

    statistics.py   statistics of a dataset's actions: mean, std, min, max, quantiles
    bounds.py       the range that the bins span: fixed by a model, by statistics, or by hand
    grippers.py     the dimensions that are grippers, and the meaning of their numbers
    normalised.py   bounds of models that normalise to -1..1 first
    uniform.py      numbers <-> equal bins between two bounds, rounded down: RT-1
    rounded.py      numbers <-> evenly spaced whole numbers, rounded to the nearest
    centred.py      numbers <-> equal bins, decoded to their centres
    text.py         bins <-> text
    automaton.py    a state machine over characters: which character may come next in a text
    checked.py      checks of the arrays that codecs get
    settings.py     the settings that a codec declares and a recipe may give
    protocol.py     the members that every codec has
    bin_codec.py    the base class of codecs with one bin per dimension
    sample_bins.py  the bins of a sample, in the shape that its codec needs
    phrases.py      net motion <-> words
    phrase_automaton.py  the state machine of the texts of phrases.py
    fast/           the parts of codec fast
    codecs/         the codecs, one in each file, and the table of their names
    contract.py     the values that a trainer and a robot must agree on, with their SHA-256
    codec.py        a codec by name, or from a contract
"""
