"""Settings of a policy server: its address, its number of robots, its time limits."""

from dataclasses import dataclass
from ipaddress import ip_address

from vladata.consumer.serving.token import VARIABLE
from vladata.consumer.serving.wire import LIMITS, Limits
from vladata.errors import UsageError


@dataclass(frozen=True)
class ServerSettings:
    """Settings of a policy server.

    host, port: the address to listen on; port 0 takes a free port.
    token:      the token that robots must send; needed if other machines can reach the host.
    sessions:   most robots at the same time.
    most:       most observations in a batch.
    wait:       seconds that a question waits for others.
    waiting:    most questions that may wait at the same time; None: as many as robots.
    execute:    number of actions of a chunk that robots of vla-eval do before the next question; None: all.
    idle:       seconds without a message, after which a connection is closed.
    slow:       seconds that the opening handshake, or the sending of an answer, may take before a connection is closed.
    opening:    most connections that have not finished the opening handshake; a new one closes the oldest.
    drain:      seconds for the last answers when the server stops.
    limits:     limits of a message from a robot.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    token: str | None = None
    sessions: int = 64
    most: int = 16
    wait: float = 0.004
    waiting: int | None = None
    execute: int | None = None
    idle: float = 3600.0
    slow: float = 10.0
    opening: int = 256
    drain: float = 10.0
    limits: Limits = LIMITS

    def checked(self) -> "ServerSettings":
        """Return these settings. Raises UsageError for a wrong token, and if other machines can reach the address without one."""
        if self.token is None and not _is_loopback(self.host):
            raise UsageError(
                "a server that other machines can reach needs a token",
                got=f"host {self.host}",
                allowed="127.0.0.1, ::1 or localhost without a token",
                hint=f"Give --token-file, or set the environment variable {VARIABLE}.",
            )
        if self.token is not None and (not self.token.isascii() or not self.token.strip()):
            raise UsageError("a token must be ASCII text that is not empty")
        return self


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
