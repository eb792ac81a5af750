"""What a model that annotates is: pictures and a prompt in, a text out. endpoint.py and hugging_face.py have one each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Query:
    """One question. prompt: its text.   images: encoded, JPEG or PNG, in the order in which the prompt speaks of them."""

    prompt: str
    images: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model said.

    text:   in full.
    cut:    it ended at the limit of its tokens, so that it is not whole.
    prompt_tokens, answer_tokens: as the model counts them; 0 where it does not tell.
    """

    text: str
    cut: bool = False
    prompt_tokens: int = 0
    answer_tokens: int = 0


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Why there is none.

    reason: a word: "server_error", "timeout", "rate_limit", "cut_connection", "refused", ...
    says:   in full, for a person.
    again:  whether asking again may help; after: not before so many seconds.
    """

    reason: str
    says: str
    again: bool
    after: float = 0.0


class Model(Protocol):
    """A model that is asked.

    identity: everything that decides what it answers, as JSON data: its name and settings. Answers are kept by it.
    where:    for errors.
    batch:    questions that it takes at once.   concurrency: batches that may be under way at a time.
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
        """One for each question, in order. Raises SourceError where no question would ever be answered."""
