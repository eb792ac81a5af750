"""vladata.Client: a robot's client of a policy server. Needs msgpack and websockets, and no torch.

    with vladata.Client("ws://127.0.0.1:8000") as client:
        action = client.act(lambda: robot.observe())

A connection carries one question at a time. An error closes the connection, and the next question opens another one. So a late
answer is never taken for the answer to another question. If the question is a function, it is called again after a new
connection, so that the policy gets what the robot sees then.
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
    """A client of a policy server, for use in an event loop.

    url:      "ws://host:port" or "wss://host:port".
    token:    the token of the server, if it needs one.
    timeout:  seconds to wait for an answer.
    patience: seconds to go on trying to connect, with growing pauses, before it is an error.
    expect:   an action contract, or a part of the result of `contract`. If the server's is different, connecting is an error.

    Raises ServerFault, whose `why` says what happened, and ContractMismatch if the server's policy is not the expected one, or
    not the one that it had before."""

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
        """Return the server's description of its policy: `names`, `state_names`, `cameras`, `frames`, `images`, `contract`."""
        return await self._line.greeting()

    async def act(self, question: Question) -> Action:
        """Return the next actions. question: an observation, or a function that returns one.

        An observation is sent once. If the connection is lost before the answer, ServerFault is raised with why="lost". A
        function is called again each time the connection is lost, and its new observation is sent; each time the client tries to
        connect for `patience` seconds."""
        if isinstance(question, Observation):
            return await self._line.ask(question)
        while True:
            await self._line.greeting()  # connect first, so that a new observation is sent without delay
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
    """A client of a policy server, for use without an event loop: each call waits.

    Settings, results and errors are those of AsyncClient."""

    def __init__(self, url: str = "ws://127.0.0.1:8000", **settings: Any) -> None:
        self._client = AsyncClient(url, **settings)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="vladata.Client", daemon=True)
        self._thread.start()

    def contract(self) -> Mapping[str, Any]:
        """Return the server's description of its policy."""
        found: Mapping[str, Any] = self._wait(self._client.contract())
        return found

    def act(self, question: Question) -> Action:
        """Return the next actions. If the question is a function, it is called in another thread."""
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
