"""`last-ids`: ids counted down from the end of the vocabulary, as in OpenVLA.

    id = vocabulary - d, d = digitize of the value, 1..256      32,000 ids: 31,999 for the lowest interval, 31,744 for the top

OpenVLA numbers its bins from 1, like numpy's digitize; our bins begin at 0: bin b is d - 1, and its id is vocabulary - 1 - b.
Source: openvla prismatic/vla/action_tokenizer.py; `vocabulary` is its tokenizer's vocab_size, which does not count added tokens.
"""

from vladata.vocabularies.demand import Demand
from vladata.vocabularies.tokenizer import Tokenizer
from vladata.vocabularies.vocabulary import Vocabulary, one_id_a_bin

KIND = "last-ids"


def last_ids(demand: Demand, tokenizer: Tokenizer, *, vocabulary: int = 0) -> Vocabulary:
    """Return the vocabulary in which bin b of 0, 1, ... is id vocabulary - 1 - b.

    vocabulary: the size from which ids are counted down; 0 for the tokenizer's size without added tokens.
    """
    size = vocabulary or tokenizer.base
    ids = [size - 1 - b for b in range(demand.bins)]
    return one_id_a_bin(
        KIND,
        demand,
        ids,
        pieces=tokenizer.pieces_of(ids),
        tokenizer=tokenizer.identity,
        made={"vocabulary": size},
    )
