"""Parts of the collators (vladata/loaders/collate.py): prompts and targets as token ids, labels, scaled actions and states.

Promise: every label is at the place of its own token, and training and inference have the same prompt. Neither transformers nor
torch is imported: the caller gives a processor.

    processor.py     ForProcessor: batches for processors and tokenizers of transformers
    terms.py         the contracts, statistics and templates that a collator needs
    normaliser.py    actions and states scaled, and back
    prompt_ids.py    the ids of prompts and their pictures, made by a processor
    target_tokens.py the ids of a target, and the ids among them that a loss counts
    target_spans.py  the place of the action in a target, and of its repeated actions, which a loss leaves out
    encoder.py       the ids of texts, by a tokenizer of transformers, a batch at a time
    padded.py        lists of different lengths as an array
"""
