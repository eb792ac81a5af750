"""What codec `fast` is made of. Imports layer 0, numpy and `vladata/actions`; no tokenizer library.

Promise: the ids are those of the published algorithm (physical-intelligence/fast with huggingface/tokenizers), bit for bit,
and the same on every machine; what is no whole chunk is never decoded.

    cosine.py        the cosine transform over time, the same to the bit everywhere
    coefficients.py  chunks of actions <-> whole numbers, and the bound of what that loses
    pieces.py        texts cut into pieces, pieces as bytes
    train.py         byte pairs learnt from counted pieces
    bpe.py           numbers <-> ids
    learnt.py        the vocabulary of a dataset's own chunks
    folder.py        the vocabulary of a local FAST tokenizer
    sequences.py     which sequences of ids are whole, and what may come next
    whole.py         ids and texts held against that rule: coefficients, or a ParseError
    texts.py         what may come next in a text, character by character
"""
