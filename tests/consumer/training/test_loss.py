"""The loss against a plain loop over tokens: shifted, weighted, and numbers spread over their neighbours."""

import math

import pytest

torch = pytest.importorskip("torch")

from vladata.consumer.training.loss import surprise, weight_of  # noqa: E402

NUMBERS = range(4, 12)  # of the 8 numbers 0..7


def batch(labels, weights=None):
    labels = torch.tensor(labels)
    known = torch.where(labels == -100, 0.0, 1.0) if weights is None else torch.tensor(weights)
    return {"labels": labels, "loss_weights": known}


def test_logits_are_those_of_the_next_token():
    """Logits that are certain of the token after each place cost nothing; of the token at its own place, much."""
    labels = [[-100, -100, 5, 7, 1]]
    after = torch.full((1, 5, 12), -50.0)
    for place, token in enumerate([0, 5, 7, 1, 0]):
        after[0, place, token] = 50.0
    own = after.roll(1, dims=1)
    assert surprise(after, batch(labels)).losses.tolist() == [0.0, 0.0, 0.0]
    assert surprise(own, batch(labels)).losses.min() > 90


def test_prompts_padding_and_masked_tails_cost_nothing_whatever_is_predicted():
    labels = [[-100, -100, 5, 7, -100, 1], [-100, 3, 1, -100, -100, -100]]
    logits = torch.randn(2, 6, 12, generator=torch.Generator().manual_seed(1))
    found = surprise(logits, batch(labels))
    other = logits.clone()
    for row, columns in ((0, (0, 3, 5)), (1, (2, 3, 4, 5))):
        other[row, list(columns)] = 1e4 * torch.randn(len(columns), 12)
    assert torch.equal(surprise(other, batch(labels)).losses, found.losses)
    assert found.rows.tolist() == [0, 0, 0, 1, 1]


def test_weights_by_a_plain_loop():
    labels = [[-100, 5, 7], [-100, -100, 2]]
    weights = [[0.0, 0.5, 2.0], [0.0, 0.0, 3.0]]
    logits = torch.randn(2, 3, 12, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    found = surprise(logits, batch(labels, weights))
    expected = []
    for b, t in ((0, 1), (0, 2), (1, 2)):
        row = logits[b, t - 1].tolist()
        expected.append(math.log(sum(math.exp(x) for x in row)) - row[labels[b][t]])
    assert found.losses.tolist() == pytest.approx(expected, abs=1e-5)
    assert found.weights.tolist() == [0.5, 2.0, 3.0]
    assert weight_of(batch(labels, weights)) == 5.5


def test_numbers_are_spread_over_their_neighbours_by_a_plain_loop():
    labels, sigma = [[-100, 4 + 2, 3, 4 + 7]], 1.5
    spread = torch.tensor(
        [[0.0, sigma, sigma, 0.0]]
    )  # one number is spread, the word and the other number are not
    spread[0, 2] = 0
    logits = torch.randn(1, 4, 12, generator=torch.Generator().manual_seed(3))
    found = surprise(logits, batch(labels), spread, NUMBERS).losses.tolist()
    row = logits[0, 0].tolist()
    total = math.log(sum(math.exp(x) for x in row))
    likely = [math.exp(-((n - 2) ** 2) / (2 * sigma**2)) for n in range(8)]
    expected = sum(q / sum(likely) * (total - row[4 + n]) for n, q in enumerate(likely))
    plain = surprise(logits, batch(labels)).losses.tolist()
    assert found == pytest.approx([expected, *plain[1:]], abs=1e-5)
    assert abs(found[0] - plain[0]) > 0.01


def test_right_tokens():
    logits = torch.zeros(1, 3, 12)
    logits[0, 0, 5], logits[0, 1, 9] = 1.0, 1.0
    assert surprise(logits, batch([[-100, 5, 7]])).right.tolist() == [True, False]
