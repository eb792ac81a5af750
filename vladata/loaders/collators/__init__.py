"""What collators (vladata/loaders/collate.py) are made of: prompts and targets as token ids, labels, scaled actions and states.

Promise: the label of every token is that of its own place, and the prompt of training is that of inference. Imports neither
transformers nor torch: a processor is given.

    processor.py     ForProcessor: batches for processors and tokenizers of transformers
    terms.py         what a collator has to know of contracts
    normaliser.py    actions and states scaled, and back
    prompt_ids.py    prompts as a processor makes them, with pictures
    target_tokens.py the ids of a target, and which of them a loss counts
    target_spans.py  where a target spells its action, and where in it the repeated actions begin that a loss leaves out
    encoder.py       a tokenizer of transformers, by batches of texts
    padded.py        lists of unlike lengths as an array
"""
