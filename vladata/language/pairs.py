"""One image-text pair -> its prompt and its target, by the wording that the recipe has for its task.

    caption       Generate caption in EN                                    two dogs on a beach
    vqa           Q: what is on the plate? A:                               cake
    conversation  Q: what is that? A: a cup Q: what colour is it? A:        red

What was said before in a conversation stands in front of the prompt, each turn rendered as it was when it was asked: its
prompt, a space, its target. A language stands in capitals, as PaLI writes it: "EN", "PT-BR".
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from vladata.keys import seed_of
from vladata.language.prompts import render

WORDS = 1 << 64  # how many values a seed has


class Worded(Protocol):
    """How the pairs of a task are worded: two templates."""

    @property
    def prompt(self) -> str: ...
    @property
    def target(self) -> str: ...


class PairRule(Protocol):
    """How pairs are rendered (spec/web.py: WebRule). Beside these it has a `Worded` of each task, by its name."""

    @property
    def answers(self) -> str:
        """Which answer is taken: "most_frequent" or "weighted"."""

    @property
    def default_language(self) -> str:
        """Of pairs that say none."""


class RenderedPair(NamedTuple):
    """prompt: what the model reads.   target: what it has to say.   instruction: the question alone, "" where there is none."""

    prompt: str
    target: str
    instruction: str


def render_pair(row: Mapping[str, Any], rule: PairRule, key: str, seed: int) -> RenderedPair:
    """The pair of one row of an index (task, language, context, question, answers); `key` is its sample's."""
    wording: Worded = getattr(rule, row["task"])
    language = (row["language"] or rule.default_language).upper()
    answer = chosen_answer(row["answers"], rule.answers, key, seed)
    question = row["question"]
    prompt = render(wording.prompt, question=question, language=language, answer=answer)
    if context := row["context"]:
        prompt = " ".join([*_turns(context, wording, language), prompt])
    target = render(wording.target, question=question, language=language, answer=answer)
    return RenderedPair(prompt, target, question)


def _turns(context: Sequence[str], wording: Worded, language: str) -> list[str]:
    """The prompts and targets of the turns before, one after the other."""
    said = []
    for question, answer in zip(context[::2], context[1::2], strict=True):
        said.append(render(wording.prompt, question=question, language=language, answer=answer))
        said.append(render(wording.target, question=question, language=language, answer=answer))
    return said


def chosen_answer(answers: Sequence[Mapping[str, Any]], rule: str, key: str, seed: int) -> str:
    """The text of one of `answers`, {text, weight}; rule: "most_frequent" or "weighted".

    Drawn by a hash of seed and key, so that a sample has the same answer in whatever order, and by whomever, it is made.
    Answers that all weigh nothing are drawn as equals.
    """
    if len(answers) == 1:
        only: str = answers[0]["text"]
        return only
    weights = [answer["weight"] for answer in answers]
    drawn = rule == "weighted"
    at = _drawn(weights, seed_of(seed, "answer", key)) if drawn else weights.index(max(weights))
    text: str = answers[at]["text"]
    return text


def _drawn(weights: Sequence[float], word: int) -> int:
    """The position in which the point word / 2^64 of the sum of `weights` lies."""
    counted = weights if sum(weights) > 0 else [1.0] * len(weights)
    point = sum(counted) * (word / WORDS)
    for at, weight in enumerate(counted):
        point -= weight
        if point < 0:
            return at
    return max(
        range(len(counted)), key=counted.__getitem__
    )  # rounding may leave the last point beyond the sum
