"""The order of a mixture: dealt by global batches, in each of which every source has exactly its share.

Sources 1..n have shares s_1..s_n, fractions whose sum is 1; each source's part of an epoch follows from them. The rule:

    S_i    s_1 + ... + s_i, S_0 = 0;  L the least common denominator of all S_i
    m      among m0 - 100 .. m0 + 100, with m0 = L / golden ratio, rounded down, consider the numbers of 0..L-1 that have no
           common factor with L. m has the smallest sum of the terms of the continued fraction of m / L; of several such numbers
           it is the nearest to m0, then the smaller
    u_k    k m mod L;  k counts whole global batches from 0, over all epochs; shorter last batches have a count of their own
    counts of source i in global batch k of g samples:   floor(g S_i + u_k / L) - floor(g S_(i-1) + u_k / L)

So the counts of a batch add up to g, and each is the exact share g s_i, rounded down or up (systematic sampling: Madow 1949). All
numbers are whole, so errors do not add up: in L batches u_k takes each of its values once, and small terms of m / L mean that the
values come evenly. The number of samples of a source before a batch is a difference of sums of floor((a k + b) / m). Such a sum
is computed like a greatest common divisor (floor_sum), so any batch is found in about as many steps as its number has digits.

The batches of an epoch have as many samples as a global batch of the run, beginning at the position of the anchor (cursor.py) or
at the start of the epoch; the last batch has the rest of the epoch, and if that is less, its k is the count of last batches.

Within a batch the j-th of the c samples of source i (j from 0) has the key floor((j 2^32 + w) / c), where w is the upper half of
mix(s + (k + 1) G), mix and G as in bijection.py, and s the seed of (seed, "deal", source's name), or "deal last" where k is the
count of last batches. Samples are sorted by their keys, equal keys by the order of the sources. So each source is spread over the
batch, and parts of the batch have about the shares too.

The samples of a source come in passes: its q-th sample, q counted from the first epoch on, is the one at place q mod n of pass
q / n (rounded down) of the bijection of its name, where n is its number of samples. A pass continues beyond the end of an epoch.

With three or more sources of different shares no order has every share rounded down or up in every run of every length
(Fraenkel's conjecture). So the order depends on the size of global batches: a run that continues with another size sets an
anchor at its place, with the number of samples of each source before it. The samples of each source then continue in their own
order; only the choice of the next source changes. The whole batches after the anchor are counted from a k of 0..255: the k at
which batches of the new size alone would have brought the sources nearest to their present counts (the largest difference of a
source is smallest; of several such k the smallest), so that the errors of several resumes do not add up.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate, pairwise
from math import gcd, isqrt, lcm

import numpy as np

from vladata import keys
from vladata.errors import UsageError
from vladata.loaders.order import Places, checked
from vladata.loaders.ordering.bijection import GAMMA, Bijections, mix
from vladata.loaders.ordering.cursor import Anchor, Cursor, Identity

NEAR = 100  # numbers on each side of L / golden ratio: enough to find small terms
RowsOf = Callable[[np.ndarray, np.ndarray], np.ndarray]
PHASES = 256  # values of k from which an anchor chooses one
STEPS = 8  # batches, at most, that are stepped through one by one, which is faster than a look-up


def floor_sum(n: int, a: int, b: int, m: int) -> int:
    """Return the sum of floor((a k + b) / m) over k = 0..n-1, for n, a, b >= 0 and m >= 1: by Euclid's steps on a and m."""
    found = 0
    while n:
        found += (a // m) * (n * (n - 1) // 2) + (b // m) * n
        a, b = a % m, b % m
        last = a * n + b  # below the line y = (a x + b) / m: count along the other axis
        n, b = divmod(last, m)
        a, m = m, a
        if not m:
            break
    return found


@dataclass(frozen=True, slots=True)
class _Stand:
    """The beginning of a dealt batch.

    wholes, lasts: whole global batches, and shorter last ones, before it.
    start:         its first position in the epoch.
    size:          its number of samples.   is_whole: True if they are a whole global batch.
    given:         the number of samples of each source before it.
    """

    wholes: int
    lasts: int
    start: int
    size: int
    is_whole: bool
    given: tuple[int, ...]

    @property
    def number(self) -> int:
        """The k of the batch."""
        return self.wholes if self.is_whole else self.lasts


class DealtOrder:
    """The order of a mixture's sources.

    samples: number of samples in an epoch.
    shares:  source -> its part of all samples, above 0.
    sizes:   source -> its number of different samples, at least 1.
    rows:    a function from source and number, int64 [P] each, to rows, int64 [P]; without it a sample's row is its number.
    """

    def __init__(
        self,
        samples: int,
        identity: Identity,
        shares: Mapping[str, Fraction],
        sizes: Mapping[str, int],
        rows: RowsOf | None = None,
    ) -> None:
        assert sum(shares.values()) == 1
        assert list(shares) == list(sizes)
        assert min(shares.values()) > 0 < min(sizes.values())
        self.samples, self.identity, self.shares, self._rows = samples, identity, dict(shares), rows
        sums = [Fraction(), *accumulate(shares.values())]
        self._over = lcm(*(each.denominator for each in sums))
        self._parts = [int(each * self._over) for each in sums]  # S_i L
        self._step = _step(self._over)
        self._n = np.array(list(sizes.values()), np.int64)
        self._shuffles = Bijections(identity.seed, sizes)
        self._seeds = {
            whole: np.array([keys.seed_of(identity.seed, purpose, name) for name in shares], np.uint64)
            for whole, purpose in ((True, "deal"), (False, "deal last"))
        }
        self._last: tuple[Anchor, int, _Stand] | None = (
            None  # the batch that was looked up last, since the next look-up is near
        )

    def begin(self, batch: int, epoch: int = 0) -> Cursor:
        return Cursor(self.identity, epoch, 0, 0, Anchor(batch, 0, 0, 0, 0, (0,) * len(self.shares)))

    def resumed(self, cursor: Cursor, batch: int) -> Cursor:
        """Return the cursor, with an anchor at its place if its global batches had another size than `batch`."""
        checked(cursor, self)
        anchor = self._anchor(cursor)
        if anchor.batch == batch:
            return cursor
        stand = self._stand(anchor, cursor.epoch, cursor.position)
        source, _ = self._dealt(stand)
        before = np.bincount(source[: cursor.position - stand.start], minlength=len(self.shares))
        given = tuple(a + b for a, b in zip(stand.given, before.tolist(), strict=True))
        begun = cursor.position > stand.start
        lasts = stand.lasts + (begun and not stand.is_whole)
        here = Anchor(batch, cursor.epoch, cursor.position, self._steered(batch, given), lasts, given)
        return replace(cursor, anchor=here)

    def places(self, cursor: Cursor, start: int, stop: int) -> Places:
        anchor = self._anchor(replace(cursor, position=start))
        found = [self._some(stand, start, stop) for stand in self._stands(anchor, cursor.epoch, start, stop)]
        none = np.zeros(0, np.int64)
        source, turn, within = (
            (np.concatenate([none, *each]) for each in zip(*found, strict=True)) if found else [none] * 3
        )
        row = self._shuffles.rows(source, turn, within)
        row = row if self._rows is None else self._rows(source, row)
        return Places(
            source.astype(np.int32), row, turn, np.full(len(row), -1, np.int64), np.zeros(len(row), bool)
        )

    def counts(self, number: int, size: int) -> list[int]:
        """Return the samples of each source in global batch `number` of `size` samples."""
        u = number * self._step % self._over
        ends = [(size * part + u) // self._over for part in self._parts]
        return [b - a for a, b in pairwise(ends)]

    def _steered(self, batch: int, given: tuple[int, ...]) -> int:
        """Return the k from which a run counts whole batches of a size. given: the number of samples of each source so far."""
        total, dues = sum(given), [b - a for a, b in pairwise(self._parts)]  # all in units of 1 / L
        ahead = [gave * self._over - total * due for gave, due in zip(given, dues, strict=True)]
        found, nearest = 0, max(map(abs, ahead))
        for k in range(PHASES - 1):
            counts = self.counts(k, batch)
            ahead = [a - c * self._over + batch * due for a, c, due in zip(ahead, counts, dues, strict=True)]
            if (far := max(map(abs, ahead))) < nearest:
                found, nearest = k + 1, far
        return found

    def _some(self, stand: _Stand, start: int, stop: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return source, pass and place in the pass of the positions of a batch that are in start..stop; int64 each."""
        here = slice(max(start - stand.start, 0), min(stop - stand.start, stand.size))
        source, j = (each[here] for each in self._dealt(stand))
        turn, within = np.divmod(np.array(stand.given, np.int64)[source] + j, self._n[source])
        return source, turn, within

    def _dealt(self, stand: _Stand) -> tuple[np.ndarray, np.ndarray]:
        """Return the source of each sample of a batch, and its number among the batch's samples of that source."""
        counts = np.array(self.counts(stand.number, stand.size), np.int64)
        number = np.array([stand.number + 1], np.uint64)
        words = mix(self._seeds[stand.is_whole] + number * GAMMA) >> np.uint64(32)
        source = np.repeat(np.arange(len(counts)), counts)
        j = np.arange(stand.size) - np.repeat(np.cumsum(counts) - counts, counts)
        order = np.argsort(((j << 32) + words.astype(np.int64)[source]) // counts[source], kind="stable")
        return source[order], j[order]

    def _stands(self, anchor: Anchor, epoch: int, start: int, stop: int) -> Iterator[_Stand]:
        """Yield the batches that hold positions start..stop of an epoch."""
        if start >= stop:
            return
        stand = self._stand(anchor, epoch, start)
        yield stand
        while stand.start + stand.size < stop:
            stand = self._next(anchor, stand)
            yield stand
        self._last = anchor, epoch, stand

    def _next(self, anchor: Anchor, stand: _Stand) -> _Stand:
        """Return the batch after a whole one of the same epoch."""
        counts = self.counts(stand.number, stand.size)
        given = tuple(a + b for a, b in zip(stand.given, counts, strict=True))
        return self._at(anchor, stand.wholes + 1, stand.lasts, stand.start + stand.size, given)

    def _at(self, anchor: Anchor, wholes: int, lasts: int, start: int, given: tuple[int, ...]) -> _Stand:
        size = min(anchor.batch, self.samples - start)
        return _Stand(wholes, lasts, start, size, size == anchor.batch, given)

    def _stand(self, anchor: Anchor, epoch: int, position: int) -> _Stand:
        """Return the batch that holds a position; for a position after the last, an empty batch or the last one."""
        if self._last is not None and self._last[:2] == (anchor, epoch):
            stand = self._last[2]
            if stand.start <= position < stand.start + STEPS * anchor.batch:
                while stand.start + stand.size <= position < self.samples:
                    stand = self._next(anchor, stand)
                if position < stand.start + stand.size:
                    return stand
        batch, first = anchor.batch, anchor.position if epoch == anchor.epoch else 0
        wholes, lasts, sums = self._before(anchor, epoch)
        more = (position - first) // batch
        sums.append(self._sum(wholes, more, batch))
        given = tuple(map(sum, zip(anchor.given, *sums, strict=True)))
        return self._at(anchor, wholes + more, lasts, first + more * batch, given)

    def _before(self, anchor: Anchor, epoch: int) -> tuple[int, int, list[list[int]]]:
        """Return the numbers of whole and of last batches before an epoch, and lists of the samples of each source since the
        anchor, to be added up."""
        wholes, lasts, found = anchor.wholes, anchor.lasts, []
        if epoch > anchor.epoch:
            for first, epochs in ((anchor.position, 1), (0, epoch - anchor.epoch - 1)):
                whole, left = divmod(self.samples - first, anchor.batch)
                found.append(self._sum(wholes, whole * epochs, anchor.batch))
                wholes += whole * epochs
                if left:
                    found.append(self._sum(lasts, epochs, left))
                    lasts += epochs
        return wholes, lasts, found

    def _sum(self, number: int, batches: int, size: int) -> list[int]:
        """Return the number of samples of each source in `batches` batches of a size, the first of which is batch `number`."""
        b = number * self._step
        sums = [floor_sum(batches, self._step, size * part + b, self._over) for part in self._parts]
        return [after - before for before, after in pairwise(sums)]

    def _anchor(self, cursor: Cursor) -> Anchor:
        """Return the cursor's anchor. Raises UsageError if it does not fit this order, or is later than the cursor."""
        anchor = cursor.anchor
        if anchor is None or len(anchor.given) != len(self.shares) or not anchor.batch:
            raise UsageError(
                "the state's anchor is damaged",
                where="anchor",
                got="none" if anchor is None else f"{len(anchor.given)} sources, batches of {anchor.batch}",
                allowed=f"{len(self.shares)} sources, batches of 1 or more",
            )
        if (anchor.epoch, anchor.position) > (cursor.epoch, cursor.position):
            raise UsageError(
                "this mixture was resumed with another batch size, so its order is known only from there on",
                where="position",
                got=f"epoch {cursor.epoch}, position {cursor.position}",
                allowed=f"epoch {anchor.epoch}, position {anchor.position} or later",
                hint="For an earlier epoch begin without the state.",
            )
        return anchor


def _step(over: int) -> int:
    """Return m for an L."""
    middle = (isqrt(5 * over * over) - over) // 2
    near = range(max(0, middle - NEAR), min(over - 1, middle + NEAR) + 1)
    fit = (m for m in near if gcd(m, over) == 1)
    return min(fit, key=lambda m: (_terms(m, over), abs(m - middle), m))


def _terms(a: int, b: int) -> int:
    """Return the sum of the terms of the continued fraction of a / b."""
    found = 0
    while b:
        term, rest = divmod(a, b)
        found, a, b = found + term, b, rest
    return found
