"""The small model: a vision encoder and a text decoder of under a million parameters, for CPUs, trained from nothing.

    picture  -> 12 x 12 places of a vector each (vision.py) ---------------------+
    prompt   -> words (words.py), read in both directions --+                    |
    target   -> words, each sees those before it -----------+-> blocks (block.py), some of which look at the places -> logits

Rows without a picture skip the encoder. Only words that are there are computed with (layout.py): a batch of short and long
texts costs what its words cost, not what its longest row costs.

    settings.py   how large it is, and what is frozen
    words.py      texts as ids, and back
    collator.py   batches of vladata.load as ids, labels and pictures
    marked.py     a place that a prompt names, as a fourth channel of the picture
    numbers.py    whole numbers as features: neighbours begin alike
    vision.py     pictures as vectors at places
    layout.py     which words of a padded batch are there
    block.py      attention among words, and of words to places
    network.py    the module: all of these
    backbone.py   what the trainer, the decoder and the policy ask of it
"""
