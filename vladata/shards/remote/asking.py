"""Byte ranges of remote files, requested again if an answer is missing or wrong.

Rule: an answer must have the requested length, or the request is repeated: after a refused or reset connection, an overloaded
server, an answer that is cut or late. The waits double, with a random part, since many workers may ask at the same time. If no
answer comes, a LoadError names the file and the bytes. If a server does not support ranges and sends the whole file, the range
is cut out.

fsspec's own loop runs the requests of its asynchronous file systems (s3, gs, http), many at a time under a limit, and ends late
ones. Other file systems are read in threads, with the same time limit.
"""

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import xxhash

from vladata.errors import CorruptRecord, LoadError
from vladata.shards.whole import Buffer

if TYPE_CHECKING:
    from vladata.shards.storage import RemoteOutput

AT_ONCE = 32
"""Requests of one call that run at the same time."""
THREADS = 8
SLOWEST = 256 << 10
"""Bytes a second, for all requests of a call together: slower requests are late."""
LASTING = (
    *(FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError),
    *(NotImplementedError, ImportError, TypeError, AttributeError),
)
"""Errors that a repeated request does not change."""
PASSING_STATUS = (408, 425, 429)
_CHANCE = random.Random()  # the program's own random numbers are not touched


@dataclass(frozen=True, slots=True)
class RetryRule:
    """The rule for repeating requests.

    attempts: the most times that a range is requested.
    pause:    seconds before the second attempt; they double with each attempt, up to `longest`.
    timeout:  seconds that an answer may take, more for many bytes.
    """

    attempts: int = 6
    pause: float = 0.25
    longest: float = 8.0
    timeout: float = 30.0

    def wait(self, attempt: int) -> None:
        """Sleep before attempt `attempt`, from 1."""
        time.sleep(min(self.longest, self.pause * 2 ** (attempt - 1)) * (0.5 + _CHANCE.random() / 2))


RETRY_RULE = RetryRule()


@dataclass(frozen=True, slots=True)
class Request:
    """The bytes from `start` to `stop` of a file of an output. size: the bytes of the whole file; 0 if it is not known."""

    name: str
    start: int
    stop: int
    size: int

    @property
    def length(self) -> int:
        return self.stop - self.start

    @property
    def limits(self) -> dict[str, int]:
        """The arguments for fsspec; none for a file whose length is not known."""
        return {"start": self.start, "end": self.stop} if self.size else {}


Check = Callable[[int, Buffer], str]
"""A function that returns what is wrong with the answer to a request, given its number and the answer; "" if nothing is."""


def ask(
    output: "RemoteOutput", requests: Sequence[Request], retry_rule: RetryRule, check: Check | None = None
) -> list[Buffer]:
    """Return the bytes of each request. Raises LoadError for a request without an answer.

    check: checks an answer. A refused answer is requested again; if the same bytes come a second time, the stored bytes are
           wrong, and CorruptRecord is raised.
    """
    found: list[Buffer] = [b""] * len(requests)
    refused: dict[int, int] = {}
    left = list(range(len(requests)))
    fault: tuple[int, Exception] = (0, OSError())
    for attempt in range(retry_rule.attempts):
        if attempt:
            retry_rule.wait(attempt)
        again = []
        answers = _answers(output, [requests[number] for number in left], retry_rule.timeout)
        for number, answer in zip(left, answers, strict=True):
            try:
                found[number] = _checked(requests[number], answer)
                says = check(number, found[number]) if check else ""
                if says:
                    before, refused[number] = refused.get(number), xxhash.xxh3_64_intdigest(found[number])
                    damaged = CorruptRecord(
                        f"there is no whole sample: {says}", where=_place(output, requests[number])
                    )
                    raise damaged if before == refused[number] else OSError(str(damaged))
            except CorruptRecord:
                raise
            except Exception as wrong:  # backends raise any class of error
                if _lasting(wrong):
                    raise _explained(output, requests[number], wrong, attempt + 1) from wrong
                again.append(number)
                fault = number, wrong
        if not again:
            return found
        left = again
    number, last = fault
    raise _explained(output, requests[number], last, retry_rule.attempts) from last


def ask_whole(output: "RemoteOutput", name: str, retry_rule: RetryRule = RETRY_RULE) -> bytes | None:
    """Return a small file whose length is not known, None if there is none. Raises LoadError if no answer comes."""
    request = Request(name, 0, 0, 0)
    for attempt in range(retry_rule.attempts):
        if attempt:
            retry_rule.wait(attempt)
        (answer,) = _answers(output, [request], retry_rule.timeout)
        if isinstance(answer, FileNotFoundError):
            return None
        if not isinstance(answer, BaseException):
            return bytes(answer)
        fault = answer if isinstance(answer, Exception) else OSError(f"the request was given up: {answer!r}")
        if _lasting(fault):
            break
    raise _explained(output, request, fault, attempt + 1) from fault


def _checked(request: Request, answer: Any) -> Buffer:
    if isinstance(answer, BaseException):
        raise answer if isinstance(answer, Exception) else OSError(f"the request was given up: {answer!r}")
    if len(answer) == request.length:
        return answer  # type: ignore[no-any-return]
    if len(answer) == request.size:
        return memoryview(answer)[request.start : request.stop]
    raise OSError(f"{len(answer):,} bytes came of {request.length:,}")


def _lasting(fault: Exception) -> bool:
    status = getattr(fault, "status", getattr(fault, "code", None))
    refused = isinstance(status, int) and 400 <= status < 500 and status not in PASSING_STATUS
    return refused or isinstance(fault, LASTING)


def _explained(output: "RemoteOutput", request: Request, fault: Exception, attempts: int) -> LoadError:
    says = str(fault).strip().rstrip(".") or "no answer came in time"
    times = "once" if attempts == 1 else f"{attempts} times"
    return LoadError(
        f"the file cannot be read, requested {times}: {type(fault).__name__}: {says[:300]}",
        where=_place(output, request),
        hint="Check that the server answers and the dataset is still there; then go on from the last state.",
    )


def _place(output: "RemoteOutput", request: Request) -> str:
    span = f", bytes {request.start:,} to {request.stop:,}" if request.size else ""
    return f"{output.url}/{request.name}{span}"


def _answers(output: "RemoteOutput", requests: Sequence[Request], timeout: float) -> list[Any]:
    """Return bytes or an exception for each request, within a time that depends on their number and length."""
    from fsspec.asyn import AsyncFileSystem, sync

    fs = output.fs
    timeout += sum(request.length for request in requests) / SLOWEST
    if not isinstance(fs, AsyncFileSystem):
        return _in_threads(output, requests, timeout)
    rounds = 1 + len(requests) // AT_ONCE
    try:
        answers: list[Any] = sync(
            fs.loop, _together, output, requests, timeout, timeout=(timeout + 5) * rounds
        )
    except TimeoutError as late:
        return [late] * len(requests)
    return answers


async def _together(output: "RemoteOutput", requests: Sequence[Request], timeout: float) -> list[Any]:
    import asyncio  # here, since importing it takes as long as vladata.open of a folder

    gate = asyncio.Semaphore(AT_ONCE)

    async def answer(request: Request) -> Any:
        async with gate:
            asked = output.fs._cat_file(output.path(request.name), **request.limits)
            return await asyncio.wait_for(asked, timeout)

    return await asyncio.gather(*map(answer, requests), return_exceptions=True)


def _in_threads(output: "RemoteOutput", requests: Sequence[Request], timeout: float) -> list[Any]:
    answers: list[Any] = [TimeoutError("no answer came in time")] * len(requests)
    numbers = iter(range(len(requests)))  # shared by the threads: taking the next number is atomic

    def work() -> None:
        for number in numbers:
            request = requests[number]
            try:
                answers[number] = output.fs.cat_file(output.path(request.name), **request.limits)
            except Exception as fault:  # noqa: BLE001, raised again where the answer is used
                answers[number] = fault

    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(THREADS, len(requests)))]
    deadline = time.monotonic() + timeout
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return list(answers)
