"""Vocabularies: the token ids of a model that stand for bins. Imports layer 0, numpy and `vladata/actions`.

Shards hold bins and their text; a vocabulary is applied where a model is trained or used. Promise: for every bin the way
text -> bins -> ids -> bins -> text is tried with a tokenizer, and every failure is reported; ids that are not an action are a
ParseError that names the id, never a guess. Tokenizers are read from local paths, and nothing is downloaded.

    demand.py                the needs of a codec: number of bins, bins per action, words of the bins
    vocabulary.py            the value: bins <-> ids, the codecs that it fits, JSON with a digest
    file.py                  the value as a file
    tokenizer.py             the interface of every tokenizer, and the reader of each kind of path
    hugging_face.py          tokenizer.json, through the package tokenizers
    through_transformers.py  other folders of Hugging Face, through transformers
    sentence_piece.py        a .model file, through the package sentencepiece
    integers.py              the tokenizer's own tokens of the numbers
    overwrite_least_used.py  the ids that a corpus uses least (RT-2-PaLM-E)
    counts.py                the number of times that a corpus uses each id
    last_ids.py              counted down from the end (OpenVLA)
    added_tokens.py          <robot_action_N>, <action_N>, or another family
    fast_ids.py              counted down, 128 ids before the end (pi0-FAST)
    table.py                 the kinds by name
    flaw.py                  one problem of a vocabulary
    proof.py                 texts that try every bin, and the kinds of failures
    in_text.py               numbers and added tokens, tried as text
    check.py                 checks of a vocabulary with a tokenizer, a model and the codecs of a dataset
    embedding.py             the number of rows of a model's embedding, from its config.json
    target_ids.py            the ids of a sample's prompt and target
    allowed.py               bins that may come next -> token ids that may come next
"""
