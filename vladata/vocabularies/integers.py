"""`integers`: bins are the tokenizer's own tokens of the numbers in a text (RT-2 on PaLI-X, VLA-0).

    "A: 1 128 91"      "▁1" "▁128" "▁91"             one token for each number
    "A: 1 128 91"      "Ġ" "1" "Ġ" "1" "2" "8" ...   with `digits`: one token for each digit

The first number of a text may be a different token than the same number at a later place, so the tokenizer is tried with both,
after the text before an action. The space between two numbers belongs to the later number. A minus may be a separate token.
"""

from collections.abc import Sequence

from vladata.errors import CodecError, UsageError
from vladata.vocabularies.demand import Demand
from vladata.vocabularies.tokenizer import Tokenizer
from vladata.vocabularies.vocabulary import SHOWN, Ids, Vocabulary

KIND = "integers"
BEFORE, MINUS = "A: ", "-"


def integers(
    demand: Demand, tokenizer: Tokenizer, *, before: str = BEFORE, digits: bool = False
) -> Vocabulary:
    """Return the vocabulary of the tokenizer's tokens for numbers.

    before: the text before an action.
    digits: True if a number may be several tokens, one per digit.
    Raises CodecError if a number is not one token (or one per digit), is unknown, or merges with the text before it.
    """
    if not demand.words:
        hint = "Use another kind, or train on the text itself: its words are tokenized like any other text."
        raise UsageError(
            f"vocabulary {KIND} is for codecs whose texts are one number per bin, one space between",
            hint=hint,
        )
    words = demand.words
    first = spelled_behind(tokenizer, before, words)
    later = spelled_behind(tokenizer, f"{before}{words[0]} ", words)
    _check(tokenizer, words, [*first, *later], digits)
    made = {"before": before, "digits": digits, "words": list(words)}
    pieces = tokenizer.pieces_of([id for ids in (*first, *later) for id in ids])
    return Vocabulary(
        KIND,
        demand.least,
        demand.widths,
        first,
        later,
        pieces=pieces,
        tokenizer=tokenizer.identity,
        made=made,
    )


def spelled_behind(tokenizer: Tokenizer, before: str, words: Sequence[str]) -> tuple[Ids, ...]:
    """Return the ids of each of `words` after the text `before`, including the ids of spaces at the end of `before`.

    Raises CodecError if the ids of `before` change with the word that follows.
    """
    head = before.rstrip(" ")
    lead, *all_ids = tokenizer.encode_all([head, *(before + word for word in words)])
    changed = [(word, ids) for word, ids in zip(words, all_ids, strict=True) if ids[: len(lead)] != lead]
    if changed:
        word, ids = changed[0]
        what = f"{len(changed)} of {len(words)} numbers merge with the text before them"
        got = f"{before + word!r} is {tokenizer.spelled(ids)}, {head!r} is {tokenizer.spelled(lead)}"
        raise CodecError(what, where=tokenizer.path, got=got)
    return tuple(tuple(ids[len(lead) :]) for ids in all_ids)


def _check(tokenizer: Tokenizer, words: Sequence[str], spelled: Sequence[Ids], digits: bool) -> None:
    """Raise CodecError for numbers that the tokenizer does not know, or that are not the declared number of tokens."""
    both = list(zip([*words, *words], spelled, strict=True))
    unknown = [(word, ids) for word, ids in both if tokenizer.special & {*ids} or not _texts(tokenizer, ids)]
    if unknown:
        raise _refusal("are unknown to the tokenizer", words, unknown, tokenizer, "")
    parts = [(word, ids, _texts(tokenizer, ids)) for word, ids in both]
    if not digits:
        several = [(word, ids) for word, ids, texts in parts if len(texts) != 1 + (texts[0] == MINUS)]
        hint = "Declare digits (--digits) if each digit is a token, or use another kind of vocabulary."
        if several:
            raise _refusal("are not one token", words, several, tokenizer, hint)
        return
    merged = [(word, ids) for word, ids, texts in parts if any(len(text) > 1 for text in texts)]
    if merged:
        hint = "Its tokens hold several digits; use another kind of vocabulary."
        raise _refusal("are not one token per digit", words, merged, tokenizer, hint)


def _texts(tokenizer: Tokenizer, ids: Ids) -> list[str]:
    """Return the text of each token, without spaces; tokens that are only spaces are left out."""
    texts = (tokenizer.decode([id]).strip() for id in ids)
    return [text for text in texts if text]


def _refusal(
    says: str,
    words: Sequence[str],
    found: Sequence[tuple[str, Ids]],
    tokenizer: Tokenizer,
    hint: str,
) -> CodecError:
    by_word = dict(reversed(found))
    told = [f"{word} is {tokenizer.spelled(by_word[word])}" for word in words if word in by_word]
    what = f"{len(told)} of {len(words)} numbers {says}: {', '.join(told[:SHOWN])}"
    return CodecError(what, where=tokenizer.path, hint=hint)
