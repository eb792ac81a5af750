"""Checks of vocabularies whose ids come from text (numbers, families of added tokens), after the text before an action.

The ids that the tokenizer gives for a text are compared with the ids of the vocabulary: first each number, then whole texts.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from vladata.actions.protocol import Codec
from vladata.errors import CodecError
from vladata.vocabularies.flaw import AGAIN, Flaw, listed
from vladata.vocabularies.integers import BEFORE, spelled_behind
from vladata.vocabularies.proof import FEW, how_it_fails, may_join, parsed, rows_of, rows_of_pairs, texts_of
from vladata.vocabularies.tokenizer import Tokenizer
from vladata.vocabularies.vocabulary import Vocabulary

TOLD = {
    "unknown": "are unknown to the tokenizer",
    "space": "get an additional space",
    "changed": "come back as a different text",
    "merged": "merge into fewer tokens",
    "split": "are split into more tokens",
    "other": "have different ids than in the vocabulary",
}
"""Kind of failure of a text (proof.py), also the kind of the flaw -> the words for it."""

APART = "End the text before an action with a character that the tokenizer does not merge with a number (--before)."


def numbers_in_text(vocabulary: Vocabulary, tokenizer: Tokenizer, codecs: Sequence[Codec]) -> Iterator[Flaw]:
    """Yield flaws of each number, at the first and at a later place; then of whole texts, with the numbers that passed."""
    words, before = vocabulary.made["words"], vocabulary.made["before"]
    wrong = dict[int, tuple[str, str]]()
    for table, lead in ((vocabulary.first, before), (vocabulary.later, f"{before}{words[0]} ")):
        try:
            found = spelled_behind(tokenizer, lead, words)
        except CodecError as fault:
            yield Flaw("merged", "error", f"{fault.what}: {fault.got}", APART)
            return
        for i, (word, expected, ids) in enumerate(zip(words, table, found, strict=True)):
            if fails := how_it_fails(tokenizer, word, expected, ids):
                wrong.setdefault(i, (fails, f"{word} is {tokenizer.spelled(ids)}"))
    for kind, told in TOLD.items():
        if those := [i for i, (fails, _) in wrong.items() if fails == kind]:
            shown = listed([wrong[i][1] for i in those])
            bins = tuple(sorted(i + vocabulary.least for i in those))
            yield Flaw(
                kind, "error", f"{len(those):,} of {len(words):,} numbers {told}: {shown}", AGAIN, bins
            )
    right = [i for i in range(len(words)) if i not in wrong]
    yield from _pairs(vocabulary, tokenizer, right)
    good = {i + vocabulary.least for i in right}
    for codec in codecs:
        yield from _whole_texts(vocabulary, tokenizer, codec, good)


def _pairs(vocabulary: Vocabulary, tokenizer: Tokenizer, right: Sequence[int]) -> Iterator[Flaw]:
    """Yield flaws of all pairs of numbers side by side: a tokenizer that does not split at spaces may merge two numbers."""
    words, before = vocabulary.made["words"], vocabulary.made["before"]
    lead, failed, tried = tokenizer.encode(before.rstrip(" ")), list[str](), 0
    every = len(right) <= FEW or may_join(tokenizer)
    for row in rows_of_pairs(len(right), every):
        chain = [right[place] for place in row]
        tried += len(chain) - 1
        found = tokenizer.encode(before + " ".join(words[i] for i in chain))
        if found == [*lead, *vocabulary.ids([i + vocabulary.least for i in chain])]:
            continue
        pairs = list(pairwise(chain))
        texts = [f"{words[i]} {words[j]}" for i, j in pairs]
        for (i, j), text, ids in zip(
            pairs, texts, tokenizer.encode_all([before + text for text in texts]), strict=True
        ):
            spelled = ids[len(lead) :]
            if spelled != [*vocabulary.first[i], *vocabulary.later[j]]:
                failed.append(f"{text!r} is {tokenizer.spelled(spelled)}")
    if failed:
        says = f"{len(failed):,} of {tried:,} pairs of numbers merge with each other: {listed(failed)}"
        yield Flaw("merged", "error", says, AGAIN)


def _whole_texts(
    vocabulary: Vocabulary, tokenizer: Tokenizer, codec: Codec, good: set[int]
) -> Iterator[Flaw]:
    rows = rows_of(codec)
    if not len(rows):
        return
    texts, before = texts_of(codec, rows), vocabulary.made["before"]
    lead = tokenizer.encode(before.rstrip(" "))
    failed, tried = dict[str, list[str]](), 0
    for row, text, ids in zip(
        rows.tolist(), texts, tokenizer.encode_all([before + text for text in texts]), strict=True
    ):
        if not good.issuperset(row):
            continue
        tried += 1
        spelled, expected = ids[len(lead) :], vocabulary.ids(row).tolist()
        fails = "merged" if ids[: len(lead)] != lead else how_it_fails(tokenizer, text, expected, spelled)
        if fails is None and parsed(codec, tokenizer.decode(spelled)) != row:
            fails = "changed"
        if fails:
            failed.setdefault(fails, []).append(f"{text!r} is {tokenizer.spelled(spelled)}")
    for kind, told in failed.items():
        says = f"{len(told):,} of {tried:,} action texts of codec {codec.kind} {TOLD[kind]}: {told[0]}"
        yield Flaw(kind, "error", says, AGAIN)


def family_in_text(vocabulary: Vocabulary, tokenizer: Tokenizer) -> Iterator[Flaw]:
    """Yield flaws of added tokens written as text: in order and beside others, after a text and at its beginning."""
    order = [ids[0] for ids in vocabulary.first]
    rows = [
        [*vocabulary.start, *pair, *vocabulary.end] for pair in zip(order, order[1:] + order[:1], strict=True)
    ]
    rows.append([*vocabulary.start, *order, *vocabulary.end])
    failed = dict[str, list[int]]()
    for before in ("", BEFORE.rstrip(" "), BEFORE):
        texts = [before + "".join(vocabulary.pieces[id] for id in row) for row in rows]
        lead = tokenizer.encode(before.rstrip(" "))
        for i, (row, ids) in enumerate(zip(rows, tokenizer.encode_all(texts), strict=True)):
            spelled = _without_lead(tokenizer, ids, lead)
            text = "".join(vocabulary.pieces[id] for id in row)
            if fails := how_it_fails(tokenizer, text, row, spelled):
                failed.setdefault(fails, []).append(i)
    for kind, those in failed.items():
        first = tokenizer.spelled(tokenizer.encode("".join(vocabulary.pieces[id] for id in rows[those[0]])))
        says = f"{len(those):,} of {3 * len(rows):,} texts of added tokens {TOLD[kind]}: {first}"
        bins = tuple(sorted({i + vocabulary.least for i in those if i < len(order)}))
        yield Flaw(kind, "error", says, AGAIN, bins)


def _without_lead(tokenizer: Tokenizer, ids: Sequence[int], lead: Sequence[int]) -> list[int]:
    """Return `ids` without the ids `lead` of the text before, and without a space after that text."""
    rest = list(ids[len(lead) :]) if list(ids[: len(lead)]) == list(lead) else list(ids)
    while rest and 0 <= rest[0] < tokenizer.size and not tokenizer.decode([rest[0]]).strip():
        rest = rest[1:]
    return rest
