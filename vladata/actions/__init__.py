"""Robot actions as numbers, bins and text, and back. Imports layer 0 and numpy.

Promise: the same action gives the same bins on every machine; what cannot be encoded, decoded or parsed is an error
that names the row and the dimension; nothing is guessed. Nobody writes into an array that was given.

    statistics.py   what is known of a dataset's actions: mean, std, min, max, quantiles
    bounds.py       what the bins span: fixed by a model, by statistics, or by hand
    grippers.py     which dimensions are grippers, and what the numbers of each mean
    normalised.py   bounds of models that normalise to -1..1 first
    uniform.py      numbers <-> equal bins between two bounds, cut: RT-1
    rounded.py      numbers <-> whole numbers, to the nearest
    centred.py      numbers <-> equal bins, decoded to their centres
    text.py         bins <-> text
    phrases.py      net motion <-> words; phrase_automaton.py is their machine
    automaton.py    the whole texts as a machine over characters: what may come next
    checked.py      what a codec is given, checked
    settings.py     what a codec declares that a recipe may say
    protocol.py     what every codec is
    bin_codec.py    what codecs with one bin a dimension share
    sample_bins.py  the bins of a sample, as its codec takes them
    phrases.py      net motion <-> words
    phrase_automaton.py  the whole texts of those
    fast/           what codec fast is made of
    codecs/         one codec a file, and the table of them
    contract.py     all that a trainer and a robot must agree on, with its SHA-256
    codec.py        a codec by name, or from a contract
"""
