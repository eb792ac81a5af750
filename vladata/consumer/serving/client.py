"""vladata.Client: a robot's side of a policy server. Needs msgpack and websockets, and no torch.

    with vladata.Client("ws://127.0.0.1:8000") as client:
        action = client.act(lambda: robot.observe())

A connection asks one thing at a time. What fails closes it, and the next question opens another; so an answer that comes too late
comes to nobody. A question that is a function is asked anew, by what the robot sees then, once the connection is there again.
"""

import asyncio
import threading
from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Self

from vladata.consumer.policy.observation import Action, Observation
from vladata.consumer.serving.executing import Question
from vladata.errors import MissingExtra, ServerFault

if TYPE_CHECKING:
    from vladata.consumer.serving.connecting import Line


class AsyncClient:
    """Asks a policy server, in an event loop.

    url:      "ws://host:port" or "wss://host:port".   token: what the server asks for.
    timeout:  seconds for an answer.   patience: seconds that a connection is tried for, with back-off, before it is an error.
    expect:   an action contract, or part of what `contract` gives: what differs from the server's is an error at the start.

    Raises ServerFault, whose `why` says what happened, and ContractMismatch where the server's policy is none that is expected,
    or another than before."""

    def __init__(
        self,
        url: str = "ws://127.0.0.1:8000",
        *,
        token: str | None = None,
        timeout: float = 10.0,
        patience: float = 60.0,
        expect: Mapping[str, Any] | None = None,
    ) -> None:
        self._line = _line(url, token, timeout, patience, expect)

    async def contract(self) -> Mapping[str, Any]:
        """What the server says of its policy: `names`, `state_names`, `cameras`, `frames`, `images`, `contract`."""
        return await self._line.greeting()

    async def act(self, question: Question) -> Action:
        """The next actions. question: an observation, or a function that gives one.

        An observation is sent once: where its connection is lost, ServerFault says so ("lost"), and the robot looks again. A
        function is asked again as often as it is lost, for as long as `patience`."""
        if isinstance(question, Observation):
            return await self._line.ask(question)
        while True:
            await self._line.greeting()  # connected, so that what is seen now is sent now
            try:
                return await self._line.ask(question())
            except ServerFault as fault:
                if fault.why != "lost":
                    raise

    async def close(self) -> None:
        """End the connection."""
        await self._line.close()

    async def __aenter__(self) -> Self:
        await self._line.greeting()
        return self

    async def __aexit__(self, *fault: object) -> None:
        await self.close()


class Client:
    """The same without an event loop: each call waits. What it is made with, gives and raises is as AsyncClient has it."""

    def __init__(self, url: str = "ws://127.0.0.1:8000", **settings: Any) -> None:
        self._client = AsyncClient(url, **settings)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="vladata.Client", daemon=True)
        self._thread.start()

    def contract(self) -> Mapping[str, Any]:
        """What the server says of its policy."""
        found: Mapping[str, Any] = self._wait(self._client.contract())
        return found

    def act(self, question: Question) -> Action:
        """The next actions. A function is called in another thread."""
        found: Action = self._wait(self._client.act(question))
        return found

    def close(self) -> None:
        """End the connection and its thread."""
        if self._thread.is_alive():
            self._wait(self._client.close())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def _wait(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def __enter__(self) -> Self:
        try:
            self.contract()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *fault: object) -> None:
        self.close()


def _line(
    url: str, token: str | None, timeout: float, patience: float, expect: Mapping[str, Any] | None
) -> "Line":
    for package in ("msgpack", "websockets"):
        if find_spec(package) is None:
            raise MissingExtra(f"vladata.Client needs {package}", hint='pip install "vladata[serve]"')
    from vladata.consumer.serving.connecting import Expected, Line

    return Line(url, token, timeout, patience, Expected(expect))
