"""The parts of codec `fast`. No tokenizer library is used.

The ids are exactly those of the published algorithm (physical-intelligence/fast with huggingface/tokenizers), and the same on
every machine. Only complete chunks are decoded.

    cosine.py        the cosine transform over time, bit for bit the same on every machine
    coefficients.py  chunks of actions <-> whole numbers, and the largest error of this step
    pieces.py        texts cut into pieces, and pieces as bytes
    train.py         byte pairs learnt from counted pieces
    bpe.py           numbers <-> ids
    learnt.py        the vocabulary learnt from a dataset's chunks
    folder.py        the vocabulary of a local FAST tokenizer
    sequences.py     the state machine of ids: which sequences are complete chunks, and which id may come next
    whole.py         ids and texts -> coefficients, or a ParseError if they are not a complete chunk
    texts.py         the state machine over the characters of texts of ids
"""
