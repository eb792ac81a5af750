"""Questions asked, some at a time, again where that may help, and no more often than is allowed.

    answered        its answer is kept, and is what was asked for
    kept            it was so before this run, and nobody was asked
    anything else   why there is no answer; costs nothing but the rows of its own episode

Rule: an answer is kept before it is looked at, nonsense too, so that who goes on with a run that was killed asks again only what
was under way then: `batch * concurrency` questions at most. A server that says when to come back stops all who ask it, not one.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import islice

from vladata.annotate.answer import Nonsense
from vladata.annotate.journal import Journal
from vladata.annotate.model import Answer, Model, NoAnswer, Query
from vladata.errors import SourceError

ANSWERED, KEPT = "answered", "kept"
CUT = "cut_short"
LONGEST_WAIT = 60.0  # seconds
DEAD = 20  # questions to a server that is not there, from the first on, until it is given up
SILENT = ("cut_connection", "timeout")  # what a server that is not there says


@dataclass(frozen=True, slots=True)
class Patience:
    """retries: how often a question is asked again that the server did not answer.   nonsense: that got nonsense.
    wait: seconds before the first time, doubled each time up to a minute."""

    retries: int = 4
    nonsense: int = 1
    wait: float = 1.0


@dataclass(frozen=True, slots=True)
class Posed:
    """number: its episode's among those asked.   key: what its answers are kept by.   check: raises Nonsense for an answer that
    is none.   asked: prompt and pictures, made when they are needed."""

    number: int
    key: bytes
    check: Callable[[str], object]
    asked: Query


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a question. result: ANSWERED, KEPT, or a reason.   says: why, in full."""

    number: int
    result: str
    says: str = ""


@dataclass
class Spent:
    """What a run asked. requests: of the model.   again: those among them that were for a question that had been asked before."""

    requests: int = 0
    again: int = 0
    prompt_tokens: int = 0
    answer_tokens: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)


class Inquiry:
    """Asks one model and keeps its answers in one journal."""

    def __init__(self, model: Model, journal: Journal, limits: Patience) -> None:
        self.model, self.journal, self.limits = model, journal, limits
        self.spent = Spent()
        self._stop = threading.Event()
        self._not_before = 0.0
        self._unanswered = 0
        self._any = False

    def __call__(self, questions: Iterable[Posed]) -> Iterator[Outcome]:
        """Yield what became of each, in the order in which that is known. Raises SourceError where the model never answers."""
        batches = _batched(questions, self.model.batch)
        most = 2 * self.model.concurrency  # as many wait, made, as are under way
        with ThreadPoolExecutor(self.model.concurrency) as pool:
            waiting: set[Future[list[Outcome]]] = set()
            try:
                for batch in batches:
                    waiting.add(pool.submit(self._ask, batch))
                    if len(waiting) >= most:
                        done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                        for future in done:
                            yield from future.result()
                while waiting:
                    done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    for future in done:
                        yield from future.result()
            finally:
                self._stop.set()
                pool.shutdown(wait=False, cancel_futures=True)

    def _ask(self, batch: list[Posed]) -> list[Outcome]:
        """What becomes of the questions of one batch."""
        outcomes: list[Outcome] = []
        open_ones = []
        for question in batch:
            known = self._known(question)
            if known is None:
                open_ones.append(question)
            else:
                outcomes.append(known)
        tries = 0
        while open_ones and not self._stop.is_set():
            self._pause(tries)
            answers = self._answers(open_ones, tries)
            tries += 1
            left = []
            for question, answer in zip(open_ones, answers, strict=True):
                outcome = self._judged(question, answer, tries)
                if outcome is None:
                    left.append(question)
                else:
                    outcomes.append(outcome)
            open_ones = left
        return outcomes

    def _known(self, question: Posed) -> Outcome | None:
        """What is known of a question from its kept answers; None where it is to be asked."""
        answer = self.journal.last(question.key)
        if answer is None:
            return None
        fault = wrong(question, answer)
        if fault is None:
            return Outcome(question.number, KEPT)
        if self.journal.answers(question.key) > self.limits.nonsense:
            return Outcome(question.number, *fault)
        return None

    def _answers(self, questions: list[Posed], tries: int) -> list[Answer | NoAnswer]:
        answers = self.model.answer([question.asked for question in questions])
        for question, answer in zip(questions, answers, strict=True):
            if isinstance(answer, Answer):
                self.journal.add(question.key, answer)
        with self.spent.lock:
            self.spent.requests += len(questions)
            self.spent.again += len(questions) if tries else 0
            for answer in answers:
                if isinstance(answer, Answer):
                    self.spent.prompt_tokens += answer.prompt_tokens
                    self.spent.answer_tokens += answer.answer_tokens
                    self._any = True
        return answers

    def _judged(self, question: Posed, answer: Answer | NoAnswer, tries: int) -> Outcome | None:
        """What became of a question that was asked; None where it is to be asked again."""
        if isinstance(answer, Answer):
            fault = wrong(question, answer)
            if fault is None:
                return Outcome(question.number, ANSWERED)
            if self.journal.answers(question.key) > self.limits.nonsense:
                return Outcome(question.number, *fault)
            return None
        if answer.after:
            with self.spent.lock:
                ready = time.monotonic() + min(answer.after, LONGEST_WAIT)
                self._not_before = max(self._not_before, ready)
        if answer.again and tries <= self.limits.retries:
            return None
        with self.spent.lock:
            self._unanswered += 1
            self._any |= answer.reason not in SILENT
            if not self._any and self._unanswered >= DEAD:
                hint = "What was answered before is kept; the same command goes on from there."
                what = f"none of {DEAD} questions was answered"
                raise SourceError(what, where=self.model.where, got=answer.says, hint=hint)
        return Outcome(question.number, answer.reason, answer.says)

    def _pause(self, tries: int) -> None:
        """Waits until a question may be asked for the `tries`-th time again (0: the first time)."""
        backing_off = min(self.limits.wait * 2 ** (tries - 1), LONGEST_WAIT) if tries else 0.0
        until = time.monotonic() + backing_off
        while not self._stop.is_set():
            left = max(until, self._not_before) - time.monotonic()
            if left <= 0:
                return
            self._stop.wait(left)


def wrong(question: Posed, answer: Answer) -> tuple[str, str] | None:
    """Why an answer is none: a reason, and it in full; None where it is one."""
    if answer.cut:
        return CUT, "the answer ends at the limit of tokens: see --max-tokens"
    try:
        question.check(answer.text)
    except Nonsense as fault:
        return fault.reason, str(fault)
    return None


def _batched(questions: Iterable[Posed], size: int) -> Iterator[list[Posed]]:
    source = iter(questions)
    while batch := list(islice(source, size)):
        yield batch
