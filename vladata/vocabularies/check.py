"""Check a vocabulary with a tokenizer, the embedding of a model, the codecs of a dataset and its texts.

A problem is a flaw, not an error: all flaws are reported at once. A good vocabulary has none.
"""

from collections.abc import Iterator, Sequence

from vladata.actions.protocol import Codec
from vladata.errors import CodecError
from vladata.vocabularies import added_tokens, integers
from vladata.vocabularies.counts import Counts
from vladata.vocabularies.flaw import AGAIN, SEVERITIES, Flaw, listed
from vladata.vocabularies.in_text import family_in_text, numbers_in_text
from vladata.vocabularies.tokenizer import Tokenizer
from vladata.vocabularies.vocabulary import Vocabulary


def flaws(
    vocabulary: Vocabulary,
    tokenizer: Tokenizer,
    codecs: Sequence[Codec],
    *,
    embedding: int | None = None,
    counts: Counts | None = None,
) -> list[Flaw]:
    """Return all flaws, the worst first. Raises CodecError for a codec for which the vocabulary was not made.

    embedding: the number of rows of the model's embedding; None if the model is not known.
    counts:    the uses of each id by the dataset's texts; None if the texts are not known.
    """
    for codec in codecs:
        vocabulary.require(codec)
    found = [*_another_tokenizer(vocabulary, tokenizer), *_beyond(vocabulary, tokenizer, embedding)]
    found += _collisions(vocabulary, tokenizer)
    if counts is not None and vocabulary.kind != integers.KIND:
        found += _used(vocabulary, tokenizer, counts)
    if vocabulary.kind == integers.KIND:
        found += numbers_in_text(vocabulary, tokenizer, codecs)
    if vocabulary.kind == added_tokens.KIND:
        found += family_in_text(vocabulary, tokenizer)
    return sorted(found, key=lambda flaw: SEVERITIES.index(flaw.severity))


def require_tokenizer(vocabulary: Vocabulary, tokenizer: Tokenizer) -> None:
    """Raise CodecError if ids of the vocabulary are other tokens in `tokenizer` than in the tokenizer that it was made for."""
    for flaw in _another_tokenizer(vocabulary, tokenizer):
        if flaw.severity == "error":
            raise CodecError(flaw.says, where=f"vocabulary {vocabulary.kind}", hint=flaw.advice)


def _another_tokenizer(vocabulary: Vocabulary, tokenizer: Tokenizer) -> Iterator[Flaw]:
    other = sorted(
        id for id, piece in vocabulary.pieces.items() if id >= tokenizer.size or tokenizer.pieces[id] != piece
    )
    if other:
        told = listed([f"{vocabulary.named(id)} is {tokenizer.spelled([id])}" for id in other])
        says = f"{len(other):,} ids are different tokens than when the vocabulary was made: {told}"
        yield Flaw("another-token", "error", says, AGAIN, ids=tuple(other))
    elif vocabulary.tokenizer != tokenizer.identity:
        size = vocabulary.tokenizer.get("size", 0)
        says = (
            f"the vocabulary was made for another tokenizer, of {size:,} ids; this one has {tokenizer.size:,}"
        )
        yield Flaw("another-tokenizer", "warning", f"{says}. The tokens of its own ids are the same", AGAIN)


def _beyond(vocabulary: Vocabulary, tokenizer: Tokenizer, embedding: int | None) -> Iterator[Flaw]:
    rows, what = (
        (tokenizer.size, "the tokenizer") if embedding is None else (embedding, "the model's embedding")
    )
    beyond = tuple(sorted(id for id in vocabulary.all_ids if id >= rows))
    if beyond:
        says = f"{len(beyond):,} ids lie beyond {what}, which has {rows:,}: {listed(list(map(str, beyond)))}"
        advice = f"The model needs {vocabulary.embedding_needed:,} rows: resize its embedding, and save it with the model."
        yield Flaw("beyond-embedding", "error", says, advice, ids=beyond)
    if embedding is not None and embedding < tokenizer.size:
        says = f"the embedding has {embedding:,} rows, the tokenizer {tokenizer.size:,} ids: text may use ids without a row"
        advice = f"Resize the embedding to {tokenizer.size:,} rows, or use the tokenizer that belongs to the model."
        yield Flaw("small-embedding", "error", says, advice)


def _collisions(vocabulary: Vocabulary, tokenizer: Tokenizer) -> Iterator[Flaw]:
    ours = vocabulary.all_ids
    is_family = vocabulary.kind == added_tokens.KIND
    rows: list[tuple[str, frozenset[int], str]] = [
        (
            "place",
            tokenizer.places,
            "<loc> or <seg> tokens: a model that is also asked for places confuses the two",
        )
    ]
    if not is_family:
        rows.append(("special", tokenizer.special, "special tokens, which begin, end or pad a text"))
    if vocabulary.kind != integers.KIND and not is_family:
        rows.append(("byte", tokenizer.byte_ids, "single bytes: text that needs them looks like an action"))
        rest = tokenizer.added - tokenizer.special - tokenizer.places
        rows.append(("added", rest, "tokens that were added for another purpose"))
    for kind, theirs, told in rows:
        if shared := tuple(sorted(ours & theirs)):
            named = listed([vocabulary.named(id) for id in shared])
            advice = "Use another kind of vocabulary, or other ids."
            yield Flaw(kind, "error", f"{len(shared):,} ids are {told}: {named}", advice, ids=shared)


def _used(vocabulary: Vocabulary, tokenizer: Tokenizer, counts: Counts) -> Iterator[Flaw]:
    used = tuple(id for id in sorted(vocabulary.all_ids) if id < tokenizer.size and counts.uses[id])
    if used:
        most = sorted(used, key=lambda id: (-int(counts.uses[id]), id))
        named = listed([f"{vocabulary.named(id)}, {int(counts.uses[id]):,} times" for id in most])
        says = (
            f"{len(used):,} ids stand for bins, and {counts.texts:,} texts of the dataset use them: {named}"
        )
        advice = "Such text reads as an action. Use ids that these texts do not use: overwrite-least-used, or added-tokens."
        yield Flaw("used-by-text", "warning", says, advice, ids=used)
