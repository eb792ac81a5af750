"""A client's connection: tried again with growing pauses, compared with the expected policy, used for one question at a time."""

import asyncio
import random
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from vladata.actions.contract import differences
from vladata.consumer.policy.observation import Action, Observation
from vladata.consumer.serving.greeting import WIRE
from vladata.consumer.serving.openpi import NUMBER, OURS
from vladata.consumer.serving.wire import LIMITS, decoded, encoded
from vladata.errors import ContractMismatch, MalformedMessage, ServerFault, UsageError

FIRST_WAIT, LONGEST_WAIT = 0.1, 3.0  # seconds between two tries of a connection
HOPELESS = (401, 403, 404)
"""HTTP status codes after which another try cannot help."""
POLICY = ("contract", "images", "names", "state_names", "cameras", "frames")
"""Keys of a greeting that describe the policy."""


class Expected:
    """The policy that a greeting must describe: the one that the user gave, and the one that the server had before."""

    def __init__(self, given: Mapping[str, Any] | None) -> None:
        self._given = given
        self._before: Mapping[str, Any] | None = None

    def check(self, greeting: Mapping[str, Any], where: str) -> None:
        """Raise ContractMismatch if the greeting describes another policy."""
        said = {key: greeting[key] for key in POLICY if key in greeting}
        if self._given is not None:
            bare = "codec" in self._given  # the user gave only an action contract
            there = said.get("contract", {}) if bare else {key: said.get(key) for key in self._given}
            _check_same(self._given, there, "the server's policy is not the expected one", where)
        if self._before is not None:
            _check_same(self._before, said, "the server has another policy than before", where)
        self._before = said


def _check_same(expected: Mapping[str, Any], there: Mapping[str, Any], what: str, where: str) -> None:
    if found := differences(expected, there):
        told = ["Here: the expected policy; there: the server's.", *found]
        raise ContractMismatch(what, where=where, hint="\n  ".join(told))


class Line:
    """A connection to one server. It is opened again if it was lost."""

    def __init__(
        self, url: str, token: str | None, timeout: float, patience: float, expected: Expected
    ) -> None:
        if not isinstance(url, str) or not url.startswith(("ws://", "wss://")):
            raise UsageError(
                "this is not an address of a policy server",
                got=url,
                allowed="ws://host:port or wss://host:port",
            )
        for name, seconds in (("timeout", timeout), ("patience", patience)):
            if not isinstance(seconds, int | float) or not seconds >= 0:
                raise UsageError(f"{name} must be a number of seconds, 0 or more", got=seconds)
        self.url, self.timeout, self.patience = url, timeout, patience
        self._token, self._expected = token, expected
        self._connection: ClientConnection | None = None
        self._held = AsyncExitStack()  # holds the connection, and closes it
        self._greeting: Mapping[str, Any] = {}
        self._number = 0
        self._lock = asyncio.Lock()

    async def greeting(self) -> Mapping[str, Any]:
        """Return the server's description of its policy. Connects first if there is no connection."""
        async with self._lock:
            await self._connected()
            return self._greeting

    async def ask(self, observation: Observation) -> Action:
        """Send one question, and return its answer. Raises ServerFault and ContractMismatch."""
        async with self._lock:
            connection = await self._connected()
            self._number += 1
            try:
                async with asyncio.timeout(self.timeout):
                    await connection.send(encoded(_question(observation, self._number)))
                    reply = await connection.recv()
                return self._action(reply)
            except TimeoutError:
                await self._drop()
                what = "the server did not answer in time"
                raise ServerFault(
                    what, why="no answer", where=self.url, got=f"no answer within {self.timeout:g} s"
                ) from None
            except ConnectionClosed as fault:
                await self._drop()
                what = "the connection was lost before the answer came"
                raise ServerFault(what, why="lost", where=self.url, got=_code(fault)) from None
            except BaseException:
                await self._drop()  # a late answer must not be taken for the answer to the next question
                raise

    async def close(self) -> None:
        """End the connection."""
        async with self._lock:
            self._connection = None
            await self._held.aclose()

    async def _connected(self) -> ClientConnection:
        if self._connection is not None and self._connection.close_code is None:
            return self._connection
        await self._drop()
        ends, wait = time.monotonic() + self.patience, FIRST_WAIT
        while True:
            try:
                return await self._open()
            except ServerFault as fault:
                if fault.why == "handshake" or time.monotonic() + wait > ends:
                    raise
            # Robots that lost the same server must not all come back at the same moment.
            await asyncio.sleep(wait * random.uniform(0.5, 1))
            wait = min(2 * wait, LONGEST_WAIT)

    async def _open(self) -> ClientConnection:
        connection = None
        try:
            async with asyncio.timeout(self.timeout):
                connection = await self._held.enter_async_context(self._reached())
                greeting = _greeting(await connection.recv(), self.url)
            self._expected.check(greeting, self.url)
        except BaseException as fault:  # noqa: BLE001 - it is raised again, as a ServerFault if it has a known cause
            if connection is not None:
                connection.transport.abort()
            await self._held.aclose()
            raise self._told(fault) from None
        self._connection, self._greeting = connection, greeting
        return connection

    def _told(self, fault: BaseException) -> BaseException:
        """Return a ServerFault that says why a connection could not be opened. Another kind of error is returned unchanged."""
        if isinstance(fault, InvalidStatus):
            return self._not_let_in(fault)
        if isinstance(fault, TimeoutError):
            what, got = "the server did not answer in time", f"no greeting within {self.timeout:g} s"
            return ServerFault(what, why="refused", where=self.url, got=got)
        if isinstance(fault, InvalidHandshake) and isinstance(fault.__cause__, EOFError | OSError):
            # The connection ended during the handshake, for example because the server was killed: another try may help.
            cause = str(fault.__cause__)
            return ServerFault(
                "the server closed the connection during the handshake",
                why="refused",
                where=self.url,
                got=cause,
            )
        if isinstance(fault, InvalidHandshake | InvalidURI | MalformedMessage):
            what = "the program that listens there is not a policy server"
            return ServerFault(what, why="handshake", where=self.url, got=str(fault))
        if isinstance(fault, OSError | ConnectionClosed):
            hint = "Check that `vladata serve` is running at this address."
            return ServerFault(
                "no server answers there", why="refused", where=self.url, got=str(fault), hint=hint
            )
        return fault

    def _reached(self) -> connect:
        headers = {"Authorization": f"Api-Key {self._token}"} if self._token else None
        return connect(
            self.url,
            additional_headers=headers,
            max_size=LIMITS.size,
            compression=None,
            open_timeout=None,
            close_timeout=1,
            proxy=None,
        )

    def _not_let_in(self, fault: InvalidStatus) -> ServerFault:
        status, body = fault.response.status_code, bytes(fault.response.body or b"")
        got = f"{status}: {body.decode(errors='replace').strip()}"
        if status in HOPELESS:
            return ServerFault(
                "the server does not let this robot in", why="handshake", where=self.url, got=got
            )
        return ServerFault("the server takes no more robots now", why="refused", where=self.url, got=got)

    async def _drop(self) -> None:
        """Close the connection immediately, without a closing handshake."""
        if self._connection is not None:
            self._connection.transport.abort()
            self._connection = None
        await self._held.aclose()

    def _action(self, reply: str | bytes) -> Action:
        if isinstance(reply, str):
            raise ServerFault(
                "the server refuses the observation",
                why="error",
                where=self.url,
                hint=f"The server says: {reply}",
            )
        told = decoded(reply)
        try:
            if told[NUMBER] != self._number:
                raise MalformedMessage(
                    "an answer belongs to another question",
                    where=self.url,
                    got=told[NUMBER],
                    allowed=str(self._number),
                )
            actions = np.array(told["actions"], np.float32)
            names, ends = tuple(told["names"]), np.array(told["ends"], bool)
            if actions.ndim != 2 or actions.shape[1] != len(names) or ends.shape != actions.shape[:1]:
                got = f"{list(actions.shape)}, {len(names)} names and {len(ends)} ends"
                allowed = "actions [H, D], D names and H ends"
                raise MalformedMessage(
                    "the parts of an answer do not fit each other", where=self.url, got=got, allowed=allowed
                )
            return Action(
                actions, bool(told["terminate"]), str(told["plan"]), names, told["texts"], ends=ends
            )
        except (KeyError, TypeError, ValueError) as fault:
            what = "an answer lacks a part, or has one of another type"
            raise MalformedMessage(what, where=self.url, got=repr(fault)) from None


def _question(observation: Observation, number: int) -> dict[str, Any]:
    images = {camera: np.asarray(image) for camera, image in observation.images.items()}
    state = {} if observation.state is None else {"state": np.asarray(observation.state)}
    return {OURS: WIRE, NUMBER: number, "images": images, **state, "prompt": observation.instruction}


def _greeting(message: str | bytes, where: str) -> Mapping[str, Any]:
    found = decoded(message) if isinstance(message, bytes) else None
    if not isinstance(found, Mapping) or OURS not in found:
        raise MalformedMessage("the first message is not the greeting of `vladata serve`", where=where)
    if found[OURS] != WIRE:
        got = f"version {found[OURS]} of vladata {found.get('version')}"
        raise MalformedMessage(
            "the server's messages are of another version", where=where, got=got, allowed=f"version {WIRE}"
        )
    return found


def _code(fault: ConnectionClosed) -> str:
    return "no closing message" if fault.rcvd is None else f"{fault.rcvd.code} {fault.rcvd.reason}".strip()
