"""`overwrite-least-used`: the ids that a corpus uses least stand for bins, as in RT-2 on PaLM-E.

Ids are sorted by (uses, id), and as many as there are bins are taken from the beginning; bin 0 is the least of the taken ids, bin
1 the next. Special and added tokens, single bytes (without which some text cannot be spelled), `<loc>` and `<seg>`, and ids
without a token are never taken. Text that uses a taken id then reads as an action: the vocabulary holds the number of such uses
in the corpus, which is reported. Source: RT-2 (arXiv 2307.15818), section 3.2; the paper does not give the order of the 256 ids.
"""

from vladata.errors import CodecError, UsageError
from vladata.vocabularies.counts import Counts
from vladata.vocabularies.demand import Demand
from vladata.vocabularies.tokenizer import Tokenizer
from vladata.vocabularies.vocabulary import Vocabulary, one_id_a_bin

KIND = "overwrite-least-used"


def overwrite_least_used(demand: Demand, tokenizer: Tokenizer, *, counts: Counts) -> Vocabulary:
    """Return the vocabulary of the least used ids, one per bin. counts: the uses of ids in a corpus.

    Raises UsageError if there is no text, CodecError for too few ids.
    """
    if not counts.texts:
        hint = "Give an output whose prompts and targets are read (--out-of), or files of text (--corpus)."
        raise UsageError("there is no text in which to count the uses of ids", hint=hint)
    kept = tokenizer.special | tokenizer.added | tokenizer.byte_ids | tokenizer.places
    free = [id for id, piece in enumerate(tokenizer.pieces) if piece and id not in kept]
    if len(free) < demand.bins:
        got, allowed = f"{len(free):,} that can be overwritten", f"{demand.bins:,} or more"
        raise CodecError("the tokenizer has too few tokens", where=tokenizer.path, got=got, allowed=allowed)
    taken = sorted(sorted(free, key=lambda id: (int(counts.uses[id]), id))[: demand.bins])
    made = {
        "texts": counts.texts,
        "tokens": int(counts.uses.sum()),
        "uses": [int(counts.uses[id]) for id in taken],
    }
    return one_id_a_bin(
        KIND, demand, taken, pieces=tokenizer.pieces_of(taken), tokenizer=tokenizer.identity, made=made
    )
