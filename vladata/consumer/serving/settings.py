"""How a policy is served: where, to how many, how long it waits."""

from dataclasses import dataclass
from ipaddress import ip_address

from vladata.consumer.serving.wire import LIMITS, Limits
from vladata.errors import UsageError


@dataclass(frozen=True)
class Settings:
    """How a policy is served.

    host, port: where; port 0 takes a free one.   token: what robots must give; needed where the host is not this machine alone.
    sessions:   robots at once.   most: observations of a batch.   wait: seconds that a question waits for others.
    waiting:    questions that may wait at once; None: as many as robots.
    execute:    actions of a chunk that robots of vla-eval do before the policy is asked anew; None: all.
    idle, slow: seconds after which a connection is closed on which nothing comes, or nothing can be sent.
    drain:      seconds that robots are given for their last answers when the server stops.
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
    drain: float = 10.0
    limits: Limits = LIMITS

    def checked(self) -> "Settings":
        """These. Raises UsageError for an address that others reach, without a token."""
        if self.token is None and not _is_loopback(self.host):
            raise UsageError(
                "a server that other machines reach needs a token",
                got=f"host {self.host}",
                allowed="127.0.0.1, ::1 or localhost without one",
                hint="Give --token-file, or the environment variable VLADATA_TOKEN.",
            )
        if self.token is not None and (not self.token.isascii() or not self.token.strip()):
            raise UsageError("a token is ASCII text that is not empty")
        return self


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
