"""A limit on connections that have not finished the opening handshake, so that silent machines cannot take all memory.

`serve(open_timeout=...)` of websockets ends such a connection after some seconds, but lets any number wait until then. A robot
finishes its handshake within milliseconds. So when there are too many, the oldest is closed and the new one is accepted: many
silent connections cannot keep a robot out.
"""

from asyncio import BaseTransport
from collections.abc import Callable

from websockets.asyncio.server import ServerConnection


class Opening:
    """The connections of one server that are not open yet, the oldest first.

    most:    the most connections at the same time.
    dropped: a function that is called for each connection that is closed for a newer one."""

    def __init__(self, most: int, dropped: Callable[[], None]) -> None:
        self._most, self._dropped = most, dropped
        self._waiting: dict[ServerConnection, None] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, connection: ServerConnection) -> None:
        """Count a new connection, and close the oldest if there are too many."""
        self._waiting[connection] = None
        if len(self._waiting) > self._most:
            oldest = next(iter(self._waiting))
            self.remove(oldest)
            self._dropped()
            oldest.transport.abort()

    def remove(self, connection: ServerConnection) -> None:
        """Remove a connection that is open now, or has ended."""
        self._waiting.pop(connection, None)

    def abort(self) -> None:
        """Close all connections immediately."""
        for connection in list(self._waiting):
            connection.transport.abort()

    def connection(self) -> type[ServerConnection]:
        """Return the class of the server's connections. They are counted from the moment when TCP has connected them."""
        opening = self

        class Counted(ServerConnection):
            def connection_made(self, transport: BaseTransport) -> None:
                super().connection_made(transport)
                opening.add(self)

            def connection_lost(self, exc: Exception | None) -> None:
                super().connection_lost(exc)
                opening.remove(self)

        return Counted
