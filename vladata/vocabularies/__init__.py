"""Vocabularies: the token ids of a model that stand for bins.

Shards hold bins and their text; a vocabulary is applied when a model is trained or used. For every bin, text -> bins -> ids ->
bins -> text is tried with a tokenizer, and every failure is reported. Ids that are not an action are a ParseError that names the
id; nothing is guessed. Tokenizers are read from local paths, and nothing is downloaded.

    demand.py                the needs of a codec: number of bins, bins per action, words of the bins
    vocabulary.py            Vocabulary: bins <-> ids, the codecs that it fits, JSON with a digest
    file.py                  a Vocabulary as a file
    tokenizer.py             the interface of every tokenizer, and the reader of each kind of path
    hugging_face.py          reads a tokenizer.json, by the package tokenizers
    through_transformers.py  reads other folders of Hugging Face, by transformers
    sentence_piece.py        reads a .model file, by the package sentencepiece
    integers.py              kind `integers`: the tokenizer's own tokens of the numbers
    overwrite_least_used.py  kind `overwrite-least-used`: the ids that a corpus uses least (RT-2-PaLM-E)
    counts.py                the number of times that a corpus uses each id
    last_ids.py              kind `last-ids`: ids counted down from the last (OpenVLA)
    added_tokens.py          kind `added-tokens`: <robot_action_N>, <action_N>, or another family
    fast_ids.py              kind `fast-ids`: ids counted down from 128 before the end (pi0-FAST)
    table.py                 the kinds of vocabularies by name
    flaw.py                  one problem of a vocabulary
    proof.py                 texts that try every bin, and the kinds of failures
    in_text.py               checks of numbers and added tokens that come from text
    check.py                 checks of a vocabulary with a tokenizer, a model and the codecs of a dataset
    embedding.py             the number of rows of a model's embedding, from its config.json
    target_ids.py            the ids of a sample's prompt and target
    allowed.py               bins that may come next -> token ids that may come next
"""
