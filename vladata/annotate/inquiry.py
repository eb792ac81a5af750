"""Ask questions, some at a time, with retries up to a limit.

    answered        the answer is kept, and has the form that was asked for
    kept            an earlier run kept a valid answer, and the model was not asked
    anything else   the reason why there is no answer; only the rows of its own episode are missing

Rule: every answer is kept before it is checked, nonsense too. So a run that continues after a kill asks again only the questions
that were being asked then: at most `batch * concurrency`. If a server says when to come back, all requests to it wait.
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
DEAD = 20  # questions without a response, from the first one of a run, after which a server is given up
SILENT = ("cut_connection", "timeout")  # the reasons for which a server counts as dead


@dataclass(frozen=True, slots=True)
class Patience:
    """The limits of retries. retries: for a question without a response.   nonsense: for a question with a nonsense answer.
    wait: seconds before the first retry, doubled for each next one up to a minute."""

    retries: int = 4
    nonsense: int = 1
    wait: float = 1.0


@dataclass(frozen=True, slots=True)
class Posed:
    """A question. number: of its episode among those asked.   key: under which its answers are kept.   check: raises Nonsense
    for an answer that is not valid.   asked: makes the prompt and pictures when they are needed."""

    number: int
    key: bytes
    check: Callable[[str], object]
    asked: Query


@dataclass(frozen=True, slots=True)
class QuestionOutcome:
    """The outcome of a question. result: ANSWERED, KEPT, or a reason.   says: the reason in full."""

    number: int
    result: str
    says: str = ""


@dataclass
class Spent:
    """The cost of a run. requests: number of requests to the model.   again: number of requests that repeat a question."""

    requests: int = 0
    again: int = 0
    prompt_tokens: int = 0
    answer_tokens: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)


class Inquiry:
    """An inquiry asks one model and keeps its answers in one journal."""

    def __init__(self, model: Model, journal: Journal, limits: Patience) -> None:
        self.model, self.journal, self.limits = model, journal, limits
        self.spent = Spent()
        self._stop = threading.Event()
        self._not_before = 0.0
        self._unanswered = 0
        self._any = False

    def __call__(self, questions: Iterable[Posed]) -> Iterator[QuestionOutcome]:
        """Yield the outcome of each question, as soon as it is known. Raises SourceError if the model never answers."""
        batches = _batched(questions, self.model.batch)
        most = 2 * self.model.concurrency  # half of them are being asked, half wait
        with ThreadPoolExecutor(self.model.concurrency) as pool:
            waiting: set[Future[list[QuestionOutcome]]] = set()
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

    def _ask(self, batch: list[Posed]) -> list[QuestionOutcome]:
        """Return the outcomes of the questions of one batch."""
        outcomes: list[QuestionOutcome] = []
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

    def _known(self, question: Posed) -> QuestionOutcome | None:
        """Return the outcome of a question from its kept answers; None if the question has to be asked."""
        answer = self.journal.last(question.key)
        if answer is None:
            return None
        fault = wrong(question, answer)
        if fault is None:
            return QuestionOutcome(question.number, KEPT)
        if self.journal.answers(question.key) > self.limits.nonsense:
            return QuestionOutcome(question.number, *fault)
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

    def _judged(self, question: Posed, answer: Answer | NoAnswer, tries: int) -> QuestionOutcome | None:
        """Return the outcome of a question that was asked; None if it has to be asked again."""
        if isinstance(answer, Answer):
            fault = wrong(question, answer)
            if fault is None:
                return QuestionOutcome(question.number, ANSWERED)
            if self.journal.answers(question.key) > self.limits.nonsense:
                return QuestionOutcome(question.number, *fault)
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
                hint = "Earlier answers are kept; the same command continues from there."
                what = f"none of {DEAD} questions was answered"
                raise SourceError(what, where=self.model.where, got=answer.says, hint=hint)
        return QuestionOutcome(question.number, answer.reason, answer.says)

    def _pause(self, tries: int) -> None:
        """Wait until a question may be asked for the `tries`-th time again (0: the first time)."""
        backing_off = min(self.limits.wait * 2 ** (tries - 1), LONGEST_WAIT) if tries else 0.0
        until = time.monotonic() + backing_off
        while not self._stop.is_set():
            left = max(until, self._not_before) - time.monotonic()
            if left <= 0:
                return
            self._stop.wait(left)


def wrong(question: Posed, answer: Answer) -> tuple[str, str] | None:
    """Return the reason why an answer is not valid, short and in full; None if it is valid."""
    if answer.cut:
        return CUT, "the answer was cut at the limit of tokens: see --max-tokens"
    try:
        question.check(answer.text)
    except Nonsense as fault:
        return fault.reason, str(fault)
    return None


def _batched(questions: Iterable[Posed], size: int) -> Iterator[list[Posed]]:
    source = iter(questions)
    while batch := list(islice(source, size)):
        yield batch
