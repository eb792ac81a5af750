"""The promise: in every aligned window of a materialised mixture each source has its share, to within one sample.

Read with tarfile, shard after shard: a sample's own `dataset` says which source it is of, so nothing of vladata takes part."""

from collections import Counter

import pytest

from tests.mix.made import mix, mixture, tar_samples

EPOCH, WINDOW = 10_000, 64
FIVE = {"a": 3.0, "b": 2.0, "c": 1.0, "d": 0.8341046294, "e": 0.54087122203}


@pytest.fixture(
    scope="module",
    params=[{"a": 50, "b": 50}, {"a": 66, "b": 34}, FIVE],
    ids=["50/50", "66/34", "five from 0.54 to 3"],
)
def weights(request):
    return request.param


@pytest.fixture(scope="module")
def samples(weights, corpora, tmp_path_factory):
    """(key, JSON) of all samples of the mixture, in order."""
    out = tmp_path_factory.mktemp("ratio") / "out"
    places = {name: corpora[name] for name in weights}
    mix(mixture(weights, epoch=EPOCH), out, places)
    return list(tar_samples(out))


def due(weights):
    return {name: weight / sum(weights.values()) for name, weight in weights.items()}


def test_every_window_is_within_one_sample(weights, samples):
    sources = [fields["dataset"] for _, fields in samples]
    assert len(sources) == EPOCH
    for start in range(0, EPOCH, WINDOW):
        window = sources[start : start + WINDOW]
        counts = Counter(window)
        off = {name: counts[name] - share * len(window) for name, share in due(weights).items()}
        assert {name: by for name, by in off.items() if abs(by) >= 1} == {}, f"window at {start}"


def test_so_is_every_sum_of_windows_from_the_first(weights, samples):
    counts = Counter()
    for start in range(0, EPOCH, WINDOW):
        counts.update(fields["dataset"] for _, fields in samples[start : start + WINDOW])
        end = min(start + WINDOW, EPOCH)
        # The last window is not full, and gives a source what its own length is due.
        most = 1 if end % WINDOW == 0 else 2
        assert all(abs(counts[name] - share * end) < most for name, share in due(weights).items())


def test_realised_weights_are_those_that_were_asked_for(weights, samples):
    counts = Counter(fields["dataset"] for _, fields in samples)
    for name, share in due(weights).items():
        assert counts[name] / EPOCH == pytest.approx(share, rel=0.001)


def test_every_sample_of_a_source_comes_as_often_as_any_other(weights, samples, corpora):
    for name in weights:
        times = Counter(identity(fields) for _, fields in samples if fields["dataset"] == name)
        expected = {identity(fields) for _, fields in tar_samples(corpora[name])}
        assert set(times) == expected, "every sample of a small source has come"
        assert max(times.values()) - min(times.values()) <= 1
        assert max(times.values()) > 1


def identity(fields):
    return fields["episode"], fields["step"]


def test_keys_are_unique_and_tell_the_pass(samples):
    keys = [key for key, _ in samples]
    assert len(set(keys)) == len(keys)
    seen = {}
    for key in keys:
        plain, repeated, number = key.partition("-r")
        seen.setdefault(plain, []).append(int(number) if repeated else 0)
    for passes in seen.values():
        assert sorted(passes) == list(range(len(passes)))


def test_the_passes_come_one_after_another(corpora, tmp_path):
    """A source begins again when it has been read whole; only within a unit are its samples shuffled."""
    out, places = tmp_path / "out", {name: corpora[name] for name in "ac"}
    spec = mixture({"a": 50, "c": 50}, epoch=4000)
    mix(spec, out, places, samples_per_shard=128, memory=1_000_000)  # units of one shard
    samples = list(tar_samples(out))
    for name in ("a", "c"):
        latest = 0
        for start in range(0, len(samples), 128):
            unit = samples[start : start + 128]
            passes = [int(key.partition("-r")[2] or 0) for key, each in unit if each["dataset"] == name]
            assert latest <= min(passes)
            latest = max(passes)
            assert latest <= min(passes) + 1
        assert latest == (2000 - 1) // len(list(tar_samples(corpora[name])))


def test_sources_come_in_a_random_order_within_a_window(samples):
    sources = [fields["dataset"] for _, fields in samples]
    windows = {tuple(sources[start : start + WINDOW]) for start in range(0, EPOCH - WINDOW, WINDOW)}
    assert len(windows) == EPOCH // WINDOW
