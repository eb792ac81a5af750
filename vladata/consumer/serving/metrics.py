"""The server's counts, in the text format of Prometheus (version 0.0.4)."""

from collections import Counter
from collections.abc import Iterator

SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
SIZES = (1, 2, 4, 8, 16, 32, 64)
TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Histogram:
    """A histogram: for each bound the number of values up to it, and the number and the sum of all values."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds, self.counts, self.count, self.sum = bounds, [0] * len(bounds), 0, 0.0

    def add(self, value: float) -> None:
        """Count a value."""
        self.count += 1
        self.sum += value
        for i, bound in enumerate(self.bounds):
            self.counts[i] += value <= bound

    def lines(self, name: str) -> Iterator[str]:
        """Yield the histogram's lines in Prometheus's format."""
        for bound, count in zip(self.bounds, self.counts, strict=True):
            yield f'{name}_bucket{{le="{bound:g}"}} {count}'
        yield f'{name}_bucket{{le="+Inf"}} {self.count}'
        yield f"{name}_sum {self.sum:.6f}"
        yield f"{name}_count {self.count}"


class Metrics:
    """The counts of one server.

    answered:    (protocol, outcome) -> number of messages; outcomes: action, kept (an action of a chunk in progress), control,
                 refused, malformed, busy, failed.
    turned_away: reason -> number of connections that were not accepted; reasons: token, full, origin, draining, handshake
                 (closed for a newer connection before its opening handshake was finished)."""

    def __init__(self) -> None:
        self.answered: Counter[tuple[str, str]] = Counter()
        self.turned_away: Counter[str] = Counter()
        self.sessions = 0
        self.policy = Histogram(SECONDS)
        self.total = Histogram(SECONDS)
        self.batches = Histogram(SIZES)

    def batch(self, size: int, seconds: float) -> None:
        """Count a batch of the policy."""
        self.batches.add(size)
        self.policy.add(seconds)

    def text(self) -> str:
        """Return all counts as one text."""
        return "\n".join([*self._lines(), ""])

    def _lines(self) -> Iterator[str]:
        yield from _head("vladata_sessions", "gauge", "Robots that are connected.")
        yield f"vladata_sessions {self.sessions}"
        yield from _head("vladata_messages_total", "counter", "Messages of robots, by protocol and outcome.")
        for (protocol, outcome), count in sorted(self.answered.items()):
            yield f'vladata_messages_total{{protocol="{protocol}",outcome="{outcome}"}} {count}'
        yield from _head("vladata_turned_away_total", "counter", "Connections that were not let in.")
        for reason, count in sorted(self.turned_away.items()):
            yield f'vladata_turned_away_total{{reason="{reason}"}} {count}'
        for name, what, histogram in (
            ("vladata_answer_seconds", "Seconds from a question to its answer.", self.total),
            ("vladata_policy_seconds", "Seconds that the policy took for a batch.", self.policy),
            ("vladata_batch_size", "Questions in a batch.", self.batches),
        ):
            yield from _head(name, "histogram", what)
            yield from histogram.lines(name)


def _head(name: str, kind: str, what: str) -> Iterator[str]:
    yield f"# HELP {name} {what}"
    yield f"# TYPE {name} {kind}"
