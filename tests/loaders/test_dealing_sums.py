"""What a mixture's sources have given, summed up over many global batches and many resumes: it stays near their shares."""

import json
from fractions import Fraction
from itertools import accumulate, pairwise
from math import lcm

import numpy as np
import pytest

from tests.loaders.dealt import FIVE, HALVES, order_of, step_of

DRIFT = {
    "halves": (HALVES, 0.5),
    "thirds": ({"a": Fraction(1, 3), "b": Fraction(2, 3)}, 0.7),
    "five": (FIVE, 2.5),
    "ten": ({str(i): Fraction(i, 55) for i in range(1, 11)}, 1.7),
    "twelve digits": (
        {name: Fraction(n, 10**12) for name, n in (("a", 123456789011), ("b", 876543210989))},
        5.0,
    ),
}


@pytest.mark.parametrize("batch", [7, 32, 96, 256])
@pytest.mark.parametrize("case", DRIFT)
def test_sums_stay_near_their_shares_over_a_million_batches(case, batch):
    shares, bound = DRIFT[case]
    order, millions = order_of(shares, 10**12), 10**6
    sums = [Fraction(), *accumulate(shares.values())]
    over = lcm(*(each.denominator for each in sums))
    u = np.arange(millions) * step_of(over) % over
    ends = [
        (int(batch * each * over) // over) + (int(batch * each * over) % over + u) // over for each in sums
    ]
    counts = np.array([b - a for a, b in pairwise(ends)])
    for k in (0, 1, 999_999):
        assert order.counts(k, batch) == counts[:, k].tolist()
    got = np.cumsum(counts, axis=1)
    due = np.arange(1, millions + 1) * np.array([float(batch * share) for share in shares.values()])[:, None]
    assert abs(got - due).max() <= bound
    # What a jump finds is what batch after batch adds up to.
    before = [
        np.count_nonzero(
            order.places(order.begin(batch), millions * batch, millions * batch + batch).source == i
        )
        for i in range(len(shares))
    ]
    assert before == order.counts(millions, batch)
    last = order.resumed(order.begin(batch).at(0, millions * batch), batch + 1).anchor
    assert list(last.given) == got[:, -1].tolist()


@pytest.mark.parametrize(("whole", "bound"), [(True, 12), (False, 30)])
def test_sums_stay_near_their_shares_however_often_a_run_is_stopped(whole, bound):
    """A thousand resumes, each after a few batches and at another size of them; or even in the middle of one."""
    order, draw = order_of(FIVE, 10**7), np.random.default_rng(1)
    cursor = order.begin(24)
    for _ in range(1000):
        more = int(draw.integers(1, 20)) * cursor.anchor.batch if whole else int(draw.integers(1, 400))
        at = cursor.position + more
        cursor = order.resumed(cursor.at(0, at), int(draw.choice([8, 24, 32, 33, 40, 256])))
        given = cursor.anchor.given
        if cursor.anchor.position == at:
            assert sum(given) == at
            for share, gave in zip(FIVE.values(), given, strict=True):
                assert abs(gave - float(share * at)) < bound
    assert len(json.dumps(cursor.to_json())) < 400
