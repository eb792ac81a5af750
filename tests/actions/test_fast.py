"""Codec fast: the ids of the published algorithm, its bound, and nothing decoded that must be a whole chunk.

With VLADATA_FUZZ=all (`make fuzz`) 100,000 chunks, a million values, sequences and hostile texts; some thousands otherwise.
"""

import json
import os

import numpy as np
import pytest

from tests.actions.fast.published import Published, chunks_of
from vladata.actions.codec import codec
from vladata.actions.contract import codec_from_contract, contract
from vladata.actions.fast.bpe import Bpe
from vladata.actions.fast.learnt import Learnt
from vladata.actions.statistics import Statistics
from vladata.errors import CodecError, UsageError

FUZZ = os.environ.get("VLADATA_FUZZ") == "all"
CHUNKS = 100_000 if FUZZ else 500
DRAWN = 1_000_000 if FUZZ else 3_000
LENGTH, DIMENSIONS = 16, 7
NAMES = ("dx", "dy", "dz", "droll", "dpitch", "dyaw", "gripper")
BOUNDS = {"low": [-1.0] * DIMENSIONS, "high": [1.0] * DIMENSIONS}


def normal(chunks):
    """float64, what the codec hands on of float32 chunks between -1 and 1: its own rule, written down again."""
    return 2 * (np.clip(chunks.astype(np.float64), -1, 1) + 1) / (2 + 1e-6) - 1


def fitted(chunks, length=LENGTH, dimensions=DIMENSIONS, **settings):
    """The codec learnt from float32 chunks between -1 and 1."""
    bounds = {"low": [-1.0] * dimensions, "high": [1.0] * dimensions}
    return codec("fast", names=NAMES[:dimensions], bounds=bounds, chunk=length, chunks=[chunks], **settings)


@pytest.fixture(scope="module")
def arm():
    """float32 chunks of an arm that glides and grips."""
    return chunks_of("arm", 1_000, LENGTH, DIMENSIONS).astype(np.float32)


@pytest.fixture(scope="module")
def made(arm):
    return fitted(arm)


@pytest.mark.parametrize("kind", ["arm", "walk", "noise"])
def test_the_ids_are_those_of_the_published_algorithm(kind):
    """After the same fit, of chunks that were fitted to: coefficients, range, vocabulary and ids, all equal."""
    chunks = chunks_of(kind, CHUNKS, LENGTH, DIMENSIONS, seed=7).astype(np.float32)
    ours, published = fitted(chunks), Published(normal(chunks))
    assert ours.learnt.least == published.least
    assert len(ours.learnt.bpe) == published.tokenizer.get_vocab_size() == 1024
    assert [ids.tolist() for ids in ours.encode(chunks)] == published.encode(normal(chunks))


@pytest.mark.parametrize(
    ("length", "dimensions", "scale", "vocabulary"), [(1, 7, 10, 256), (50, 7, 10, 1024), (8, 2, 100, 2048)]
)
def test_the_ids_are_the_published_ones_whatever_the_sizes(length, dimensions, scale, vocabulary):
    chunks = chunks_of("walk", 300, length, dimensions, seed=3).astype(np.float32)
    ours = fitted(chunks, length, dimensions, scale=scale, vocabulary=vocabulary)
    published = Published(normal(chunks), scale, vocabulary)
    assert [ids.tolist() for ids in ours.encode(chunks)] == published.encode(normal(chunks))


def test_decoding_is_the_published_inverse(made, arm):
    published = Published(normal(arm))
    for ids in made.encode(arm[:200]):
        expected = (published.decode(ids.tolist(), LENGTH, DIMENSIONS) + 1) / 2 * (2 + 1e-6) - 1
        assert np.abs(made.decode(ids) - expected).max() < 1e-6


@pytest.mark.parametrize("length", [1, 2, 16, 50])
def test_decoding_misses_no_value_by_more_than_half_a_step_of_every_coefficient(length):
    """Where every coefficient can be spelled: half a step over the scale, times the sum of a row of the basis."""
    dimensions, count = 2, max(2, DRAWN // (2 * length))
    numbers = np.arange(2 * 10 * int(np.ceil(np.sqrt(length))) + 1)
    bpe = Bpe.learnt({"".join(map(chr, numbers)): 1}, len(numbers), 4096)
    middle = len(numbers) // 2
    learnt = Learnt(-middle, middle, bpe, {})
    bounds = {"low": [-0.05, 0.3], "high": [0.05, 40.0]}
    found = codec(
        "fast", names=("a", "b"), bounds=bounds, chunk=length, chunks=[np.zeros((1, length, 2), np.float32)]
    )
    found = type(found)(found.names, found.coefficients, learnt)
    rng = np.random.default_rng(length)
    values = rng.uniform(bounds["low"], bounds["high"], (count, length, dimensions)).astype(np.float32)
    values[: count // 4] = np.where(
        rng.random(values[: count // 4].shape) < 0.5, *map(np.float32, bounds.values())
    )
    values[-1], values[-2] = np.float32(bounds["low"]), np.float32(bounds["high"])
    values = np.clip(values, found.low, found.high)
    missed = np.abs(np.stack([found.decode(ids).reshape(length, 2) for ids in found.encode(values)]) - values)
    assert (missed <= found.tolerance()).all()
    rows = np.abs(np.cos(np.pi * (2 * np.arange(length)[:, None] + 1) * np.arange(length) / (2 * length)))
    rows *= np.sqrt(np.where(np.arange(length) == 0, 1, 2) / length)
    stated = 0.5 / 10 * rows.sum(axis=1).max() * (np.array([0.1, 39.7]) + 1e-6) / 2
    assert found.tolerance() == pytest.approx(stated, rel=1e-4)
    assert (missed.max(axis=(0, 1)) > 0.2 * stated).all()


def test_a_coefficient_that_cannot_be_spelled_is_the_nearest_one_and_is_counted():
    """Noise, fitted to chunks that wander less: the published code lets characters go, and its sequences are too short."""
    noise = chunks_of("noise", 200, LENGTH, DIMENSIONS, seed=9).astype(np.float32)
    made = fitted(chunks_of("walk", 100, LENGTH, DIMENSIONS).astype(np.float32))
    assert made.beyond(noise) > 0
    decoded = np.stack([made.decode(ids) for ids in made.encode(noise)])
    assert (np.abs(decoded - noise) <= made.tolerance()).all()
    still = fitted(np.zeros((3, LENGTH, DIMENSIONS), np.float32))
    assert still.beyond(noise) == np.count_nonzero(still.coefficients.of(noise))
    assert (still.decode(still.encode(noise)[0]) == still.decode(still.encode(noise)[1])).all()


def test_values_beyond_the_bounds_are_cut_to_them(made):
    far = np.full((1, LENGTH, DIMENSIONS), 9, np.float32)
    assert made.encode(far)[0].tolist() == made.encode(np.ones_like(far))[0].tolist()


def test_texts_are_ids_and_come_back(made, arm):
    bins = made.encode(arm[:300], terminate=np.zeros((300, LENGTH), bool))
    texts, machine = made.texts(bins), made.automaton()
    for ids, text in zip(bins, texts, strict=True):
        assert text == " ".join(str(number) for number in ids)
        assert np.array_equal(made.parse(f" {text}\n"), ids)
        assert machine.is_end(machine.after(machine.start, text))
        assert made.bins_allowed(ids.tolist()) == (frozenset(), True)
        allowed, is_end = made.bins_allowed(ids[:-1].tolist())
        assert int(ids[-1]) in allowed
        assert not is_end


def test_its_contract_makes_it_again(made, arm):
    found = json.loads(json.dumps(contract(made, chain="x")))
    again = codec_from_contract(found)
    assert again == made
    assert hash(again) == hash(made)
    assert again.texts(again.encode(arm[:50])) == made.texts(made.encode(arm[:50]))
    assert (found["chunk_length"], found["scale"], found["vocabulary"]) == (16, 10.0, 1024)
    assert len(json.dumps(found)) < 24_000


def test_a_contract_whose_merges_were_changed_is_refused(made):
    found = made.to_json()
    found["merges"] = [[0, 0, 5000]]
    with pytest.raises(CodecError, match=r"^the ids are not 0, 1, ... with different characters each"):
        type(made).from_json(found)


@pytest.mark.parametrize(
    ("settings", "error", "says"),
    [
        (
            {"terminate": "first"},
            UsageError,
            "codec fast does not spell terminate; got 'first'; allowed: none",
        ),
        ({"vocabulary": 1}, UsageError, "vocabulary is out of range; got 1; allowed: 2 to 65536"),
        ({"vocabulary": 2.5}, UsageError, "vocabulary must be a whole number; got 2.5"),
        ({"scale": 0}, UsageError, "scale is out of range; got 0; allowed: 0.1 to 1000.0"),
        ({"scale": float("nan")}, UsageError, "scale is out of range"),
        ({"scale": True}, UsageError, "scale must be a number; got True"),
        ({"shorter": True}, UsageError, "codec fast spells only whole chunks"),
        ({"bounds": "quantiles"}, CodecError, 'bounds "quantiles" need statistics, but none were given'),
        ({"bounds": {"low": [0], "high": [1]}}, CodecError, "the bounds explicit are for 1 dimensions"),
        ({"bins": 256}, UsageError, 'codec fast has no setting "bins"'),
        ({"vocabulary": 20}, CodecError, "81 different coefficients need "),
        ({"names": ("dx",) * 7}, CodecError, "two dimensions have one name"),
    ],
)
def test_settings_that_cannot_be_are_refused(arm, settings, error, says):
    given = {"names": NAMES, "bounds": BOUNDS, "chunk": LENGTH, "chunks": [arm[:50]], **settings}
    with pytest.raises(error) as caught:
        codec("fast", **given)
    assert str(caught.value).startswith(says)


def test_without_chunks_or_a_folder_there_is_no_vocabulary():
    with pytest.raises(
        CodecError, match=r"^codec fast learns its vocabulary from chunks, but none were given"
    ):
        codec("fast", names=NAMES, bounds=BOUNDS, chunk=LENGTH)
    with pytest.raises(UsageError, match=r"^codec rt2 does not learn from chunks"):
        codec("rt2", chunks=[])


def test_chunks_of_another_shape_and_numbers_that_are_none_are_refused(made):
    with pytest.raises(
        CodecError, match=r"^the actions have the wrong shape; got 'shape \[2, 7\]'; allowed: \[N, 16, 7\]"
    ):
        made.encode(np.zeros((2, 7), np.float32))
    values = np.zeros((1, LENGTH, DIMENSIONS), np.float32)
    values[0, 3, 1] = np.nan
    with pytest.raises(CodecError, match=r"^row 0, 3, dy: an action is not finite"):
        made.encode(values)
    with pytest.raises(CodecError, match=r"^terminate has the wrong shape; got \[1\]"):
        made.encode(np.zeros((1, LENGTH, DIMENSIONS), np.float32), terminate=np.zeros(1))


def test_its_bounds_come_from_statistics_and_grippers():
    statistics = Statistics(
        ("x", "gripper"), 9, (0.5, 0), (1, 1), (0.0, 0.0), (9.0, 0.2), (1.0, 0.0), (3.0, 0.2), (9, 9), (0, 0)
    )
    chunks = np.random.default_rng(0).uniform(1, 3, (50, 4, 2)).astype(np.float32)
    made = codec("fast", statistics, gripper="open_absolute", chunk=4, chunks=[chunks])
    assert (made.low.tolist(), made.high.tolist()) == ([1.0, 0.0], [3.0, 1.0])
    assert made.sources == ("quantiles", "open_absolute")
    assert made.to_json()["grippers"] == {"gripper": "open_absolute"}
    assert made.statistics == statistics


def test_a_dimension_that_never_moves_decodes_to_its_value():
    chunks = np.zeros((20, 4, 2), np.float32)
    chunks[:, :, 0] = 0.25
    chunks[:, :, 1] = np.random.default_rng(0).uniform(0, 1, (20, 4))
    found = codec(
        "fast", names=("a", "b"), bounds={"low": [0.25, 0], "high": [0.25, 1]}, chunk=4, chunks=[chunks]
    )
    assert (found.decode(found.encode(chunks)[3])[:, 0] == np.float32(0.25)).all()
    assert found.tolerance()[0] == 0
