"""One image-text pair -> its prompt and target, by the recipe's wording of its task.

    caption       Generate caption in EN                                    two dogs on a beach
    vqa           Q: what is on the plate? A:                               cake
    conversation  Q: what is that? A: a cup Q: what colour is it? A:        red

The earlier turns of a conversation come before the prompt, each as its own prompt, a space, and its target. A language is
written in capitals, as in PaLI: "EN", "PT-BR".
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from vladata.keys import seed_of
from vladata.language.prompts import render

WORDS = 1 << 64  # the number of values of a seed


class Worded(Protocol):
    """The wording of the pairs of a task: two templates."""

    @property
    def prompt(self) -> str: ...
    @property
    def target(self) -> str: ...


class PairRule(Protocol):
    """The rule by which pairs are rendered (spec/web.py: WebRule). For each task it also has an attribute, a `Worded`."""

    @property
    def answers(self) -> str:
        """The rule for choosing one answer: "most_frequent" or "weighted"."""

    @property
    def default_language(self) -> str:
        """The language of pairs without a language."""


class RenderedPair(NamedTuple):
    """A rendered pair. prompt: the model's input. target: the answer. instruction: only the question, or ""."""

    prompt: str
    target: str
    instruction: str


def render_pair(row: Mapping[str, Any], rule: PairRule, key: str, seed: int) -> RenderedPair:
    """Return the rendered pair of one row of an index (task, language, context, question, answers). key: the sample's key."""
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
    """Return the prompts and targets of the earlier turns, alternating."""
    said = []
    for question, answer in zip(context[::2], context[1::2], strict=True):
        said.append(render(wording.prompt, question=question, language=language, answer=answer))
        said.append(render(wording.target, question=question, language=language, answer=answer))
    return said


def chosen_answer(answers: Sequence[Mapping[str, Any]], rule: str, key: str, seed: int) -> str:
    """Return the text of one of `answers`, each {text, weight}. rule: "most_frequent" or "weighted".

    "weighted" draws by a hash of seed and key, so that a sample has the same answer in any order and on any worker. If all
    weights are 0, all answers have equal chances.
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
    """Return the position drawn by `word`: the weight in which word / 2^64 of the sum falls, weights laid end to end."""
    counted = weights if sum(weights) > 0 else [1.0] * len(weights)
    point = sum(counted) * (word / WORDS)
    for at, weight in enumerate(counted):
        point -= weight
        if point < 0:
            return at
    return max(
        range(len(counted)), key=counted.__getitem__
    )  # by rounding, the last point may be beyond the sum
