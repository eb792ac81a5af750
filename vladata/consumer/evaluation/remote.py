"""A policy behind `vladata serve`, as a player. It gets the observations of all trials at the same time, for one batch."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from vladata.consumer.policy.observation import Action
from vladata.consumer.serving.client import AsyncClient
from vladata.consumer.serving.token import token_of_environment

if TYPE_CHECKING:
    from vladata.consumer.evaluation.actors import Seat

PLACES = 16
"""Most connections, so that other robots can still connect to the server."""
FIRST, AGAIN = 5.0, 60.0
"""Seconds to try to reach the server: at the start, and after the connection is lost during trials."""


def told_by(url: str) -> Mapping[str, Any]:
    """Return a server's description of its policy. Raises ServerFault if it cannot be reached within a few seconds."""

    async def asked() -> Mapping[str, Any]:
        async with _client(url, patience=FIRST) as client:
            return await client.contract()

    return asyncio.run(asked())


class Remote:
    """A policy server as a player. contract: the server's description of its policy."""

    def __init__(self, url: str) -> None:
        """Connect. Raises ServerFault if the server cannot be reached."""
        self._loop = asyncio.new_event_loop()
        self._clients = [_client(url, AGAIN) for _ in range(PLACES)]
        try:
            self.contract: Mapping[str, Any] = self._loop.run_until_complete(self._clients[0].contract())
        except BaseException:
            self.close()
            raise

    def act(self, seats: Sequence["Seat"]) -> list[Action]:
        """Return the actions for all trials, whose observations are sent at the same time.

        If a connection is lost, the observation is sent again, since the world of a trial waits."""
        return self._loop.run_until_complete(self._all(seats))

    async def _all(self, seats: Sequence["Seat"]) -> list[Action]:
        def look(seat: "Seat") -> Any:
            return lambda: seat.seen

        asked = (self._clients[i % PLACES].act(look(seat)) for i, seat in enumerate(seats))
        return list(await asyncio.gather(*asked))

    def close(self) -> None:
        """End the connections."""
        if not self._loop.is_closed():
            self._loop.run_until_complete(self._closed())
            self._loop.close()

    async def _closed(self) -> None:
        await asyncio.gather(*(client.close() for client in self._clients))


def _client(url: str, patience: float) -> AsyncClient:
    return AsyncClient(url, token=token_of_environment(), patience=patience)
