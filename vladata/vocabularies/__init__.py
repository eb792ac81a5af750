"""Which token ids of a model stand for bins. Imports layer 0, numpy and `vladata/actions`.

Shards hold bins and their spelling as text; a vocabulary is applied where a model is trained or asked. Promise: for every bin
the way text -> bins -> ids -> bins -> text is proven against a tokenizer, or what is wrong is named; ids that are no action
are a ParseError that names the id, and never a guess. Tokenizers are read from local paths, and nothing is downloaded.

    demand.py                what a codec asks of a vocabulary: how many bins, how wide, spelled how
    vocabulary.py            the value: bins <-> ids, which codecs it fits, JSON with a digest
    file.py                  the value as a file
    tokenizer.py             what any tokenizer is to the rest, and who reads which path
    hugging_face.py          tokenizer.json, through the package tokenizers
    through_transformers.py  other folders of Hugging Face, through transformers
    sentence_piece.py        a .model file, through the package sentencepiece
    integers.py              the tokenizer's own tokens of the numbers
    overwrite_least_used.py  the ids that a corpus uses least (RT-2-PaLM-E)
    counts.py                how often a corpus uses each id
    last_ids.py              counted down from the end (OpenVLA)
    added_tokens.py          <robot_action_N>, <action_N>, any family
    fast_ids.py              counted down, 128 ids before the end (pi0-FAST)
    table.py                 the kinds by name
    flaw.py                  what is wrong with a vocabulary
    proof.py                 texts that try every bin, and how one of them fails
    in_text.py               numbers and added tokens, tried as text
    check.py                 a vocabulary against a tokenizer, a model and the codecs of a dataset
    embedding.py             how many rows a model's embedding has, by its config.json
    target_ids.py            the ids of a sample's prompt and target
    allowed.py               bins that may come next -> token ids that may come next
"""
