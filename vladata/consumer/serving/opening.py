"""A bound on the connections that are not open yet, so that machines that connect and say nothing take no memory without end.

`serve(open_timeout=...)` of websockets ends each of them after some seconds, but lets any number wait until then. A robot shakes
hands within milliseconds. So when there are too many, the oldest is closed and the new one is let in: a crowd of silent
connections cannot keep a robot out.
"""

from asyncio import BaseTransport
from collections.abc import Callable

from websockets.asyncio.server import ServerConnection


class Opening:
    """The connections of one server that are not open yet, the oldest first.

    most: how many there may be.   dropped: is called for each that is closed for a newer one."""

    def __init__(self, most: int, dropped: Callable[[], None]) -> None:
        self._most, self._dropped = most, dropped
        self._waiting: dict[ServerConnection, None] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, connection: ServerConnection) -> None:
        """Count a new connection, and close the oldest where there are too many."""
        self._waiting[connection] = None
        if len(self._waiting) > self._most:
            oldest = next(iter(self._waiting))
            self.remove(oldest)
            self._dropped()
            oldest.transport.abort()

    def remove(self, connection: ServerConnection) -> None:
        """Forget a connection that is open now, or has ended."""
        self._waiting.pop(connection, None)

    def abort(self) -> None:
        """Close them all, at once."""
        for connection in list(self._waiting):
            connection.transport.abort()

    def connection(self) -> type[ServerConnection]:
        """Return the class of the server's connections, which are counted from the moment that TCP has connected them."""
        opening = self

        class Counted(ServerConnection):
            def connection_made(self, transport: BaseTransport) -> None:
                super().connection_made(transport)
                opening.add(self)

            def connection_lost(self, exc: Exception | None) -> None:
                super().connection_lost(exc)
                opening.remove(self)

        return Counted
