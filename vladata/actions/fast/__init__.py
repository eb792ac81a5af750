"""The parts of codec `fast`. Imports layer 0, numpy and `vladata/actions`; no tokenizer library.

Promise: the ids are those of the published algorithm (physical-intelligence/fast with huggingface/tokenizers), bit for bit,
and the same on every machine; only whole chunks are decoded.

    cosine.py        the cosine transform over time, bit for bit the same on every machine
    coefficients.py  chunks of actions <-> whole numbers, and the largest error of this
    pieces.py        texts cut into pieces, pieces as bytes
    train.py         byte pairs learnt from counted pieces
    bpe.py           numbers <-> ids
    learnt.py        the vocabulary of a dataset's own chunks
    folder.py        the vocabulary of a local FAST tokenizer
    sequences.py     the state machine of ids: which sequences are whole, and which id may come next
    whole.py         ids and texts checked by that rule: coefficients, or a ParseError
    texts.py         the state machine of the texts of ids, character by character
"""
