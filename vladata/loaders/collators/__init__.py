"""Parts of the collators (vladata/loaders/collate.py): prompts and targets as token ids, labels, scaled actions and states.

Promise: every label stands at the place of its own token, and training and inference have the same prompt. Imports neither
transformers nor torch: the caller gives a processor.

    processor.py     ForProcessor: batches for processors and tokenizers of transformers
    terms.py         the contracts, statistics and templates that a collator needs
    normaliser.py    actions and states scaled, and back
    prompt_ids.py    prompts as a processor makes them, with pictures
    target_tokens.py the ids of a target, and those of them that a loss counts
    target_spans.py  the place of the action in a target, and of its repeated actions, which a loss leaves out
    encoder.py       a tokenizer of transformers, by batches of texts
    padded.py        lists of different lengths as an array
"""
