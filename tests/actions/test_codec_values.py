"""Each codec's numbers, literally, with where they come from and its edges; what cannot be made; spans that no robot has."""

import numpy as np
import pytest

from vladata.actions.codec import codec
from vladata.actions.statistics import Statistics
from vladata.errors import CodecError, UsageError

ONE = {"bounds": {"low": [-1.0], "high": [1.0]}, "names": ["x"], "terminate": "none"}
UNIT = {
    "uniform": codec("uniform", **ONE),
    "octo": codec("octo", **ONE),
    "text-integers": codec("text-integers", **ONE),
    "openvla": codec("openvla", **{**ONE, "bounds": "unscaled"}),
    "openpi-state": codec("openpi-state", **{**ONE, "bounds": "unscaled"}),
    "language-table": codec("language-table", **ONE),
}
DOWN = np.float32(-np.inf)


def beside(value, towards):
    return np.nextafter(np.float32(value), towards)


# Between -1 and 1, by hand from each formula. OpenVLA's intervals are 2 / 255 wide, Octo's and openpi's bins 2 / 256.
@pytest.mark.parametrize(
    ("name", "pairs"),
    [
        (
            "uniform",
            {-1: 0, -0.3: 89, 0: 128, 0.5: 192, 0.999: 255, 1: 255, -1e-7: 127, 3: 255, -3: 0},
        ),
        (
            "octo",
            {-1: 0, -0.3: 89, 0: 128, 0.5: 192, 0.999: 255, 1: 255, -1e-7: 127, 3: 255, -3: 0},
        ),
        (
            "text-integers",
            {-1: 0, -0.3: 350, 0: 500, 0.5: 750, 0.999: 1000, 1: 1000, 0.9989: 999, 3: 1000, -3: 0},
        ),
        ("openvla", {-1: 0, -0.3: 89, 0: 127, 0.5: 191, beside(1, DOWN): 254, 1: 255, 3: 255, -3: 0}),
        ("openpi-state", {-1: 0, beside(-1, DOWN): -1, -3: -1, -0.3: 89, 0: 128, 0.5: 192, 1: 255, 3: 255}),
        (
            "language-table",
            {-1: -10, -0.3: -3, 0: 0, 0.5: 5, 0.54: 5, 0.56: 6, 1: 10, 3: 10, -3: -10, 0.04: 0},
        ),
    ],
)
def test_values_and_bins(name, pairs):
    values = np.array([[value] for value in pairs], np.float32)
    assert UNIT[name].encode(values).ravel().tolist() == list(pairs.values())


@pytest.mark.parametrize(
    ("name", "pairs"),
    [
        ("uniform", {0: -1 + 1 / 256, 127: -1 / 256, 128: 1 / 256, 255: 1 - 1 / 256}),
        ("octo", {0: -1 + 1 / 256, 127: -1 / 256, 128: 1 / 256, 255: 1 - 1 / 256}),
        ("text-integers", {0: -1, 250: -0.5, 500: 0, 1000: 1}),
        ("openvla", {0: -1 + 1 / 255, 127: 0, 254: 1 - 1 / 255, 255: 1 - 1 / 255}),
        ("openpi-state", {-1: -1, 0: -1 + 1 / 256, 128: 1 / 256, 255: 1 - 1 / 256}),
        ("language-table", {-10: -1, -3: -0.3, 0: 0, 10: 1}),
    ],
)
def test_bins_and_values(name, pairs):
    decoded = UNIT[name].decode(np.array([[bin] for bin in pairs])).ravel()
    assert decoded.dtype == np.float32
    assert decoded.tolist() == pytest.approx(list(pairs.values()), abs=6e-8)


def test_uniform_is_unbiased_and_rt1_is_not():
    """The mean error over the whole range: nothing, and half a bin downwards."""
    values = np.linspace(-1, 1, 1_000_001, dtype=np.float32)[:, np.newaxis]
    errors = {}
    for name in ("uniform", "rt2"):
        made = codec(name, **ONE)
        errors[name] = float((made.decode(made.encode(values)) - values.astype(np.float64)).mean())
    assert abs(errors["uniform"]) < 1e-6
    assert errors["rt2"] == pytest.approx(-1 / 255, rel=0.01)


@pytest.mark.parametrize("bins", [2, 3, 256, 65_536])
def test_uniform_gives_every_bin_the_same_share(bins):
    made = codec("uniform", **ONE, chunk=1) if bins == 256 else codec("uniform", **ONE, bins=bins)
    values = np.linspace(-1, 1, bins * 4 + 1, dtype=np.float64)[:-1, np.newaxis] + 1 / (bins * 4)
    assert np.array_equal(np.bincount(made.encode(values).ravel()), np.full(bins, 4))


@pytest.mark.parametrize(
    ("error", "says", "name", "settings"),
    [
        (CodecError, 'bounds "quantiles" need statistics, but none were given', "openvla", {}),
        (CodecError, 'bounds "quantiles" need statistics, but none were given', "openpi-state", {}),
        (CodecError, 'bounds "min_max" need statistics, but none were given', "text-integers", {}),
        (
            UsageError,
            "unknown bounds; got 'rt1'; allowed: quantiles, min_max, unscaled, {",
            "openvla",
            {"bounds": "rt1"},
        ),
        (
            UsageError,
            "unknown bounds; got 'quantiles'; allowed: language-table, {",
            "language-table",
            {"bounds": "quantiles"},
        ),
        (
            UsageError,
            "codec rt1-base has its own bounds; got 'rt1'; allowed: rt1-base",
            "rt1-base",
            {"bounds": "rt1"},
        ),
        (
            CodecError,
            "the bounds language-table are for 2 dimensions; got '3: x y z'",
            "language-table",
            {"names": ["x", "y", "z"]},
        ),
    ],
)
def test_what_cannot_be_made(error, says, name, settings):
    with pytest.raises(error) as caught:
        codec(name, **settings)
    assert str(caught.value).startswith(says)


def test_statistics_of_nothing_are_refused():
    with pytest.raises(CodecError, match="statistics over 0 steps give no bounds"):
        codec("openvla", Statistics(("x",), 0, *(((0.0,),) * 6)))


@pytest.mark.parametrize("name", ["uniform", "octo", "openvla", "openpi-state", "text-integers"])
@pytest.mark.parametrize(
    ("low", "high"), [(1000.0, 1000.001), (-3e38, 4e37), (0.1, 0.1), (0.0, 1e-30), (-1e-7, 1e-7)]
)
def test_the_bound_holds_for_spans_that_no_robot_has(name, low, high):
    """Below float32's resolution, across half of its range, one value, and next to nothing."""
    made = codec(name, bounds={"low": [low], "high": [high]}, names=["x"], terminate="none")
    low, high = made.low.astype(np.float64), made.high.astype(np.float64)
    values = np.clip(
        (low + np.linspace(0, 1, 1001)[:, np.newaxis] * (high - low)).astype(np.float32), made.low, made.high
    )
    missed = np.abs(made.decode(made.encode(values)).astype(np.float64) - values)
    assert (missed <= made.tolerance()).all()
