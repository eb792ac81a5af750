"""The protocol of models that annotate: pictures and a prompt in, a text out. endpoint.py and hugging_face.py have models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Query:
    """One question. prompt: its text.   images: encoded, JPEG or PNG, in the order of the prompt."""

    prompt: str
    images: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of a model.

    text:   the whole text.
    cut:    True if the text was cut at the limit of tokens.
    prompt_tokens, answer_tokens: numbers of tokens, by the model's count; 0 if it gives none.
    """

    text: str
    cut: bool = False
    prompt_tokens: int = 0
    answer_tokens: int = 0


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The reason why there is no answer.

    reason: a word: "server_error", "timeout", "rate_limit", "cut_connection", "refused", ...
    says:   the reason in full, for a person.
    again:  True if asking again may help; after: seconds to wait before that.
    """

    reason: str
    says: str
    again: bool
    after: float = 0.0


class Model(Protocol):
    """A model.

    identity: everything that its answers depend on, as JSON data: its name and settings. Kept answers are found by it.
    where:    its name in errors.
    batch:    the questions that it takes at once.   concurrency: the batches that may be asked at the same time.
    """

    @property
    def identity(self) -> Mapping[str, Any]: ...
    @property
    def where(self) -> str: ...
    @property
    def batch(self) -> int: ...
    @property
    def concurrency(self) -> int: ...

    def answer(self, asked: Sequence[Query]) -> list[Answer | NoAnswer]:
        """Return one result per question, in order. Raises SourceError if no question would ever be answered."""
