"""The conversation with one robot: its messages are answered one at a time, in the order in which they came.

The next message is read only after the message before is answered. So no answer can belong to another question, a robot that
sends too fast fills only its own connection, and the end of an episode cannot drop a question that is still being answered.
"""

import asyncio
import time
import uuid
from collections.abc import Mapping
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from vladata.consumer.policy.observation import Observation
from vladata.consumer.serving import openpi, vla_eval
from vladata.consumer.serving.batching import Batcher, Busy, TimedAction
from vladata.consumer.serving.greeting import greeting
from vladata.consumer.serving.keys import as_robot, observation_of, plain
from vladata.consumer.serving.log import ServerLog
from vladata.consumer.serving.metrics import Metrics
from vladata.consumer.serving.served import Served
from vladata.consumer.serving.session import Session
from vladata.consumer.serving.settings import ServerSettings
from vladata.consumer.serving.wire import decoded, encoded
from vladata.errors import ContractMismatch, MalformedMessage, UsageError
from vladata.spec.robot_keys import RobotKeysSpec

FAULT, GOING_AWAY = 1011, 1001
LONG = 1 << 18  # bytes from which a message is decoded in another thread
LOGGED = 10  # most errors of a session that are logged
PAUSE = 0.005  # seconds of pause before each answer to an error, for all robots together
REFUSED = (UsageError, ContractMismatch)
BUSY = "too many questions are waiting; ask again later."
FAILED = "the policy failed; the server's log has the error."


class Talking:
    """The objects that all conversations of a server share.

    robots: protocol -> the keys of its messages, for protocols with a robot file."""

    def __init__(
        self,
        policy: Served,
        batcher: Batcher,
        metrics: Metrics,
        log: ServerLog,
        robots: Mapping[str, RobotKeysSpec],
        settings: ServerSettings,
    ) -> None:
        self.policy, self.batcher, self.metrics, self.log = policy, batcher, metrics, log
        protocols = (openpi.PROTOCOL, vla_eval.PROTOCOL)
        self.told = policy.told()  # once only: it reads the whole checkpoint
        self.own = plain(policy, openpi.PROTOCOL)
        self.robots = {name: robots.get(name) or plain(policy, name) for name in protocols}
        self.settings, self.started, self.draining = settings, uuid.uuid4().hex, False
        self._erring = asyncio.Lock()

    async def talk(self, connection: ServerConnection, session: Session) -> None:
        """Talk until the robot or the server ends the conversation."""
        try:
            await self._send(connection, encoded(greeting(self.told, self.started)))
            while not self.draining:
                data = await asyncio.wait_for(connection.recv(), self.settings.idle)
                session.busy = True
                goes_on = await self._answer(connection, session, data)
                session.busy = False
                if not goes_on:
                    return
            await connection.close(GOING_AWAY, "the server stops")
        except TimeoutError:
            self.log(
                "closed",
                session=session.number,
                why="the robot sent no message, or took no answer, for too long",
            )
            connection.transport.abort()
        except ConnectionClosed:
            pass  # the robot left, which is logged when the session ends

    async def _answer(self, connection: ServerConnection, session: Session, data: str | bytes) -> bool:
        """Answer a message, and return True if the conversation goes on."""
        start, seq = time.monotonic(), 0
        session.asked += 1
        try:
            if isinstance(data, str):
                raise MalformedMessage("a message must be bytes", got="text", allowed="msgpack")
            message = await self._decoded(data)
            if session.protocol is None:
                session.protocol = vla_eval.PROTOCOL if vla_eval.is_message(message) else openpi.PROTOCOL
            if session.protocol == vla_eval.PROTOCOL:
                kind, payload, seq = vla_eval.checked(message)
                reply, outcome = await self._vla_eval(session, kind, payload, seq)
            else:
                reply, outcome = await self._openpi(session, message)
        except Exception as fault:  # noqa: BLE001 - any error is answered, and the server goes on
            text, outcome = self._told(session, fault)
            self._count(session, outcome, start)
            return await self._wrong(connection, session, text, seq)
        self._count(session, outcome, start)
        if reply is not None:
            await self._send(connection, reply)
        return True

    async def _decoded(self, data: bytes) -> Any:
        """Decode a message; a long one in another thread, so that the other conversations need not wait."""
        if len(data) < LONG:
            return decoded(data, self.settings.limits)
        return await asyncio.to_thread(decoded, data, self.settings.limits)

    async def _openpi(self, session: Session, message: Any) -> tuple[bytes, str]:
        if not isinstance(message, Mapping):
            raise MalformedMessage("an observation must be a map", got=type(message).__name__)
        keys = self.own if openpi.OURS in message else self.robots[openpi.PROTOCOL]
        answer = await self._asked(session, message, keys)
        actions = as_robot(answer.action.actions, answer.action.names, self.policy, keys)
        return encoded(openpi.answered(answer, actions, message)), "action"

    async def _vla_eval(
        self, session: Session, kind: str, payload: Mapping[str, Any], seq: int
    ) -> tuple[bytes | None, str]:
        if kind in vla_eval.STARTS:
            session.restart()
        if kind != vla_eval.OBSERVATION:
            return None, "control"
        keys, outcome = self.robots[vla_eval.PROTOCOL], "kept"
        observation = self._observation(session, payload, keys)
        if (kept := session.next()) is None:
            answer = await self.batcher.act(observation)
            session.keep(answer.action, self.settings.execute)
            kept, outcome = session.next(), "action"
        assert kept is not None, "a chunk holds an action"
        action, ends = kept
        return encoded(
            vla_eval.acted(as_robot(action, self.policy.names, self.policy, keys), ends, seq), str
        ), outcome

    async def _asked(self, session: Session, message: Mapping[str, Any], keys: RobotKeysSpec) -> TimedAction:
        return await self.batcher.act(self._observation(session, message, keys))

    def _observation(self, session: Session, message: Mapping[str, Any], keys: RobotKeysSpec) -> Observation:
        """Return the observation in a message with its frames, after a check that it fits the policy."""
        seen = observation_of(message, keys, self.policy)
        if keys.asks == "chunk":
            self.policy.check(seen)
            return seen
        whole = session.with_history(seen)
        self.policy.check(whole)
        session.saw(seen)
        return whole

    def _told(self, session: Session, fault: Exception) -> tuple[str, str]:
        """Log an error, and return the text that the robot gets and the outcome that is counted.

        The text for an internal error of the server does not contain its details."""
        if isinstance(fault, MalformedMessage):
            text, outcome = str(fault), "malformed"
        elif isinstance(fault, REFUSED):
            text, outcome = str(fault), "refused"
        elif isinstance(fault, Busy):
            text, outcome = BUSY, "busy"
        else:
            text, outcome = FAILED, "failed"
        said = text if outcome != "failed" else f"{type(fault).__name__}: {fault}"
        session.faults += 1
        if session.faults <= LOGGED:
            last = (
                {"further": "errors of this session are counted, not logged"}
                if session.faults == LOGGED
                else {}
            )
            names = {"session": session.number, "protocol": session.protocol}
            self.log("error", **names, outcome=outcome, text=said, **last)
        return text, outcome

    async def _wrong(self, connection: ServerConnection, session: Session, text: str, seq: int) -> bool:
        """Send an error to the robot, and return True if the conversation goes on.

        The errors of all robots are answered one after the other, with a pause before each, so that a flood of errors takes only
        a part of the server's time. Without this, four connections that sent only errors made the answers to eight robots sixty
        times slower.
        """
        async with self._erring:
            await asyncio.sleep(PAUSE)
        if session.protocol == vla_eval.PROTOCOL:
            await self._send(connection, encoded(vla_eval.wrong(text, seq), str))
            return True
        await self._send(connection, text)
        await connection.close(FAULT, "the message before says what is wrong")
        return False

    def _count(self, session: Session, outcome: str, start: float) -> None:
        self.metrics.answered[session.protocol or "none", outcome] += 1
        if outcome in ("action", "kept"):
            self.metrics.total.add(time.monotonic() - start)

    async def _send(self, connection: ServerConnection, message: str | bytes) -> None:
        await asyncio.wait_for(connection.send(message), self.settings.slow)
