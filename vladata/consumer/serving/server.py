"""The server: one port, one policy, many robots. Start reading here.

    GET /                       the websocket
    GET /healthz, /health       200 while robots are accepted, 503 while the server stops; needs no token
    GET /metrics                its counts, for Prometheus; needs the token if the server has one

At SIGTERM or SIGINT the server accepts no new robot, answers the questions that it has, and closes all connections (1001). A
second signal ends it immediately.
"""

import asyncio
import hmac
import logging
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from vladata.consumer.serving.batching import Batcher
from vladata.consumer.serving.keys import check_keys
from vladata.consumer.serving.log import ServerLog
from vladata.consumer.serving.metrics import TYPE, Metrics
from vladata.consumer.serving.opening import Opening
from vladata.consumer.serving.served import Served
from vladata.consumer.serving.session import Session
from vladata.consumer.serving.settings import ServerSettings
from vladata.consumer.serving.talking import GOING_AWAY, Talking
from vladata.errors import OutputError
from vladata.spec.robot_keys import RobotKeysSpec

LATER = 1013
HEALTH = ("/healthz", "/health")
SCHEME = "Api-Key "


class PolicyServer:
    """A server of one policy. metrics: its counts so far."""

    def __init__(
        self,
        policy: Served,
        settings: ServerSettings | None = None,
        robots: Mapping[str, RobotKeysSpec] | None = None,
        log: ServerLog | None = None,
    ) -> None:
        """Check the settings and the robots.

        robots: protocol -> the keys of its messages. Raises ContractMismatch for a robot that does not fit the policy."""
        self.policy, self.settings = policy, (settings or ServerSettings()).checked()
        self.metrics, self.log = Metrics(), log or ServerLog()
        for keys in (robots or {}).values():
            check_keys(keys, policy)
        said = self.settings
        self._sessions: dict[int, tuple[Session, ServerConnection]] = {}
        self._came = 0
        self._opening = Opening(said.opening, self._dropped)
        waiting = said.sessions if said.waiting is None else said.waiting
        self._batcher = Batcher(
            policy, self.metrics, lambda: len(self._sessions), said.most, said.wait, waiting
        )
        self._talking = Talking(policy, self._batcher, self.metrics, self.log, robots or {}, said)

    async def run(self, ready: Callable[[str, int], None] = lambda host, port: None) -> None:
        """Serve until SIGTERM or SIGINT. ready: a function that is called with host and port, once robots are accepted."""
        self.warm_up()
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sign, self._stopping(stop))
        await self.serve(stop, ready)

    def warm_up(self) -> None:
        """Ask the policy one question and then a full batch, so that no robot waits for work that is done only once."""
        example = self.policy.example()
        for many in (1, self.settings.most):
            self.policy.act_many([example] * many)

    async def serve(self, stop: asyncio.Event, ready: Callable[[str, int], None]) -> None:
        """Serve until `stop` is set."""
        answering = asyncio.create_task(self._batcher.run())
        try:
            async with await self._listening() as server:
                host, port = server.sockets[0].getsockname()[:2]
                self.log("serving", host=host, port=port)
                ready(host, port)
                stopping = asyncio.create_task(stop.wait())
                await asyncio.wait([stopping, answering], return_when=asyncio.FIRST_COMPLETED)
                stopping.cancel()
                if answering.done():
                    answering.result()  # raises the error that ended it
                await self._drain(server)
        finally:
            answering.cancel()
            with suppress(asyncio.CancelledError):
                await answering
        self.log("stopped", answered=sum(self.metrics.answered.values()))

    async def _listening(self) -> Server:
        said = self.settings
        try:
            return await serve(
                self._connected,
                said.host,
                said.port,
                process_request=self._let_in,
                create_connection=self._opening.connection(),
                compression=None,
                max_size=said.limits.size,
                max_queue=1,
                open_timeout=said.slow,
                close_timeout=said.slow / 2,
                ping_interval=20,
                ping_timeout=120,
                server_header=None,
                logger=_quiet(),
            )
        except OSError as fault:
            what, hint = (
                "the server cannot listen at this address",
                "Another server may use it already: give another --port.",
            )
            raise OutputError(what, where=f"{said.host}:{said.port}", got=str(fault), hint=hint) from None

    def _stopping(self, stop: asyncio.Event) -> Callable[[], None]:
        def signalled() -> None:
            if stop.is_set():
                for _, connection in list(self._sessions.values()):
                    connection.transport.abort()
            stop.set()

        return signalled

    async def _drain(self, server: Server) -> None:
        """Accept no robot, close the connections that wait for no answer, and give the others time for their answers."""
        self._talking.draining = True
        self.log("draining", sessions=len(self._sessions))
        server.close(close_connections=False)
        self._opening.abort()
        ends = asyncio.get_running_loop().time() + self.settings.drain
        while self._sessions and asyncio.get_running_loop().time() < ends:
            idle = [connection for session, connection in self._sessions.values() if not session.busy]
            await asyncio.gather(*(each.close(GOING_AWAY, "the server stops") for each in idle))
            await asyncio.sleep(0.02)
        for _, connection in list(self._sessions.values()):
            connection.transport.abort()

    async def _connected(self, connection: ServerConnection) -> None:
        self._opening.remove(connection)
        if len(self._sessions) >= self.settings.sessions:  # other robots were faster with their handshakes
            self.metrics.turned_away["full"] += 1
            await connection.close(LATER, "all places are taken; try again later")
            return
        self._came += 1
        peer = str(connection.remote_address[0]) if connection.remote_address else ""
        session = Session(self._came, peer, self.policy)
        self._sessions[session.number] = session, connection
        self.metrics.sessions = len(self._sessions)
        self.log("session", session=session.number, peer=peer)
        try:
            await self._talking.talk(connection, session)
        finally:
            del self._sessions[session.number]
            self.metrics.sessions = len(self._sessions)
            told = {"protocol": session.protocol, "messages": session.asked, "code": connection.close_code}
            self.log("session ended", session=session.number, **told)

    def _let_in(self, connection: ServerConnection, request: Request) -> Response | None:
        """Return None to accept a robot, else the HTTP response to another request, or to a robot that is not accepted."""
        path = request.path.partition("?")[0]
        if path in HEALTH:
            draining = self._talking.draining
            status = HTTPStatus.SERVICE_UNAVAILABLE if draining else HTTPStatus.OK
            return _plain(status, "stopping\n" if draining else "OK\n")
        if self.settings.token is not None and not self._has_token(request):
            return self._away("token", HTTPStatus.UNAUTHORIZED, "the token is missing or wrong\n")
        if path == "/metrics":
            return _plain(HTTPStatus.OK, self.metrics.text(), TYPE)
        if path != "/":
            return _plain(HTTPStatus.NOT_FOUND, "nothing is served at this path; robots connect to /\n")
        if request.headers.get("Origin") is not None:  # a web page, which can reach the loopback address too
            return self._away("origin", HTTPStatus.FORBIDDEN, "web pages are not let in\n")
        if self._talking.draining:
            return self._away("draining", HTTPStatus.SERVICE_UNAVAILABLE, "the server stops\n")
        if len(self._sessions) >= self.settings.sessions:
            text = f"all {self.settings.sessions} places are taken; try again later\n"
            return self._away("full", HTTPStatus.SERVICE_UNAVAILABLE, text)
        return None

    def _dropped(self) -> None:
        self.metrics.turned_away["handshake"] += (
            1  # counted but not logged: many of them must not fill the log
        )

    def _has_token(self, request: Request) -> bool:
        given = request.headers.get("Authorization", "")
        wanted = f"{SCHEME}{self.settings.token}"
        return hmac.compare_digest(given.encode(errors="replace"), wanted.encode())

    def _away(self, reason: str, status: HTTPStatus, text: str) -> Response:
        self.metrics.turned_away[reason] += 1
        self.log("turned away", reason=reason)
        return _plain(status, text)


def _plain(status: HTTPStatus, text: str, kind: str = "text/plain; charset=utf-8") -> Response:
    body = text.encode()
    headers = Headers([("Content-Type", kind), ("Content-Length", str(len(body))), ("Connection", "close")])
    return Response(status.value, status.phrase, headers, body)


def _quiet() -> logging.Logger:
    """Return a logger that writes nothing: our own log has the events, and broken requests from strangers must not fill a log."""
    logger = logging.getLogger("vladata.serving.websockets")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    return logger
