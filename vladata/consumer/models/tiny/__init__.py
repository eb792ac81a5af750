"""The small model: a vision encoder and a text decoder with less than a million parameters, for CPUs, trained from scratch.

    picture  -> 12 x 12 places with a vector each (vision.py) -------------------+
    prompt   -> words (words.py), read in both directions --+                    |
    target   -> words, each sees the words before it -------+-> blocks (block.py), some of which look at the places -> logits

Rows without a picture skip the encoder. Padding is not computed (layout.py): the cost of a batch with short and long texts
depends on the number of its words, not on its longest row.

    settings.py   the size of the model, and whether the encoder is frozen
    words.py      texts -> ids, and ids -> texts
    collator.py   batches of vladata.load as ids, labels and pictures
    marked.py     a place that a prompt names, as a fourth channel of the picture
    numbers.py    whole numbers as features; neighbours have similar features
    vision.py     pictures as vectors at places
    layout.py     the words of a padded batch, without its padding
    block.py      attention among words, and of words to places
    network.py    the whole module
    backbone.py   the model with the interface of a backbone
"""
