"""The number of samples of each source in a window: exact in every window, and in every sum of windows from the first.

Sources are the sources of a mixture (mixtures/), or the tasks of a recipe (language/tasks/deal.py).

With shares s_i and windows of N samples a source is due N s_i samples a window, seldom a whole number. Each window gives it the
whole part of that number, or one more, and after every window the samples it got differ from those it was due by less than one.
The theorem behind Pfair scheduling says that both are possible at once (Baruah, Cohen, Plaxton, Varvel 1996): the fractions
are tasks, and each takes at most one slot of a window. The rule PD2 finds the order without looking ahead (Anderson and
Srinivasan 2004): earliest deadline first, and two rules for ties. All numbers are whole, so rounding never adds up.

    shares 2/3, 1/3, N = 64      due 42.67 and 21.33 a window      43 21, 43 21, 42 22, 43 21, ...
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm

Priority = tuple[int, int, int, int]


@dataclass
class Quota:
    """The counts of one window after another.

    shares: the share of each source, exact; their sum is 1.   window: N.
    got:    samples that each source has got so far; with the counts of an earlier Quota, it continues from there.
    number: number of windows that are done.
    """

    shares: Sequence[Fraction]
    window: int
    got: list[int] = field(default_factory=list)
    number: int = 0

    def __post_init__(self) -> None:
        assert sum(self.shares) == 1
        self.got = self.got or [0] * len(self.shares)
        due = [share * self.window for share in self.shares]
        self._whole = [d.numerator // d.denominator for d in due]
        parts = [d - whole for d, whole in zip(due, self._whole, strict=True)]
        self._over = lcm(*(part.denominator for part in parts))
        self._parts = [int(part * self._over) for part in parts]
        self._more = sum(self._parts) // self._over  # sources that get one more, in every window
        self._turns = [self._turn(i) for i in range(len(parts))]

    def __iter__(self) -> Iterator[list[int]]:
        while True:
            yield self.next()

    def next(self) -> list[int]:
        """Return the counts of the next window, one for each source; they add up to `window`."""
        counts = list(self._whole)
        if self._more:
            ready = [turn for release, turn in self._turns if release <= self.number]
            for *_, i in sorted(ready)[: self._more]:
                counts[i] += 1
        self._book(counts)
        return counts

    def skip(self, windows: int) -> None:
        """Skip `windows` windows. The counts repeat after a round, the least number of windows in which every source is due a
        whole number of samples; whole rounds are added at once."""
        rounds, rest = divmod(windows, self._over)
        if rounds:
            self.number += rounds * self._over
            for i, (whole, part) in enumerate(zip(self._whole, self._parts, strict=True)):
                self.got[i] += rounds * (whole * self._over + part)
            self._turns = [self._turn(i) for i in range(len(self.got))]
        for _ in range(rest):
            self.next()

    def last(self, samples: int) -> list[int]:
        """Return the counts of a last window of `samples`, fewer than `window`; the sources that are due the most get one
        more."""
        total = self.number * self.window + samples
        due = [share * samples for share in self.shares]
        counts = [int(d) for d in due]
        owed = {
            i: self.shares[i] * total - self.got[i] - count
            for i, count in enumerate(counts)
            if due[i] != count
        }
        for i in sorted(owed, key=lambda i: (-owed[i], i))[: samples - sum(counts)]:
            counts[i] += 1
        return counts

    def _book(self, counts: Sequence[int]) -> None:
        self.number += 1
        for i, count in enumerate(counts):
            self.got[i] += count
            if count > self._whole[i]:
                self._turns[i] = self._turn(i)

    def _turn(self, i: int) -> tuple[int, Priority]:
        """Return the first window in which source i may have its next extra sample, and its urgency: smaller comes first."""
        part, over = self._parts[i], self._over
        if not part:
            return 1 << 62, (0, 0, 0, i)
        j = self.got[i] - self.number * self._whole[i] + 1  # its j-th extra
        release, deadline = (j - 1) * over // part, _up(j * over, part)
        overlaps = j * over % part != 0
        group = 0
        if 2 * part >= over:
            rest = over - part
            group = _up(_up(deadline * rest, over) * over, rest)
        return release, (deadline, -overlaps, -group, i)


def _up(a: int, b: int) -> int:
    """Return a / b, rounded up."""
    return -(-a // b)
