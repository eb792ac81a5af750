"""`fast-ids`: ids counted down from 128 before the end of the vocabulary, as in pi0-FAST.

    id = vocabulary - 1 - 128 - t      257,152 ids: 257,023 for t = 0, 256,000 for t = 1,023

In PaliGemma these ids are the `<loc>` tokens, `<loc1023>` down to `<loc0000>`: a model that also answers with points of a picture
confuses actions and points (openpi issue 708). `check.py` reports it. Source: openpi models/tokenizer.py; the 128 skipped ids are
`<seg>` tokens.
"""

from vladata.vocabularies.demand import Demand
from vladata.vocabularies.tokenizer import Tokenizer
from vladata.vocabularies.vocabulary import Vocabulary, one_id_a_bin

KIND = "fast-ids"
SKIPPED = 128


def fast_ids(demand: Demand, tokenizer: Tokenizer, *, vocabulary: int = 0, skip: int = SKIPPED) -> Vocabulary:
    """Return the vocabulary in which token t of the codec is id vocabulary - 1 - skip - t.

    vocabulary: the size from which ids are counted down; 0 for the tokenizer's size without added tokens.
    """
    size = vocabulary or tokenizer.base
    ids = [size - 1 - skip - t for t in range(demand.bins)]
    return one_id_a_bin(
        KIND,
        demand,
        ids,
        pieces=tokenizer.pieces_of(ids),
        tokenizer=tokenizer.identity,
        made={"vocabulary": size, "skip": skip},
    )
