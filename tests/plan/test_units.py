"""Plans, compared whole before any I/O."""

import numpy as np
import pytest

from vladata.index.entries import Entries
from vladata.plan.quality import quality
from vladata.plan.table import PlanFile, encode
from vladata.plan.units import Layout, Read, ShardPlan, WorkUnit, even_sizes, held, make_plan

MEMORY = held(250, 20)


def entries(lengths, samples, split="train", skips=None, corrected=None):
    count = len(lengths)
    return Entries(
        split,
        ("f0", "f1"),
        np.arange(count, dtype=np.int32) % 2,
        np.arange(count, dtype=np.int32) % 2,
        np.arange(count) // 2,
        np.arange(count) * 100,
        np.array(lengths),
        np.zeros(count, np.int64),
        np.arange(count, dtype=np.uint32),
        np.array(samples),
        np.array([n for e in range(count) for n in (skips or {}).get(e, ())], np.int32),
        np.cumsum([len((skips or {}).get(e, ())) for e in range(count)]),
        np.zeros(count, bool),
        np.ones(count, np.int64),
        corrected or {},
    )


def layout(order="source", memory=MEMORY, per_shard=10, seed=7, fmt="webdataset"):
    return Layout("toy", fmt, order, seed, memory, per_shard)


def read(e, length, samples, first, skips=()):
    return Read(f"f{e % 2}", e % 2, e // 2, e * 100, length, e, samples, first, skips)


def test_source_order():
    plan = make_plan([entries([100, 100, 100], [12, 5, 3], skips={1: (4, 5)})], layout())
    assert list(plan) == [
        WorkUnit(
            0,
            "train",
            (read(0, 100, 12, 0),),
            (
                ShardPlan("train/toy-train-00000-of-00003.tar", 6),
                ShardPlan("train/toy-train-00001-of-00003.tar", 6),
            ),
        ),
        WorkUnit(
            1,
            "train",
            (read(1, 100, 5, 12, (4, 5)), read(2, 100, 3, 17)),
            (ShardPlan("train/toy-train-00002-of-00003.tar", 8),),
        ),
    ]


def test_shuffled_order_is_pinned():
    plan = make_plan([entries([100] * 6, [2] * 6)], layout("shuffled", memory=held(200, 4), per_shard=4))
    assert [[(r.file, r.record) for r in unit.reads] for unit in plan] == [
        [("f0", 1), ("f1", 2)],
        [("f0", 2), ("f1", 1)],
        [("f1", 0), ("f0", 0)],
    ]


def test_splits_are_numbered_on_and_named_apart():
    plan = make_plan([entries([10], [4]), entries([10], [6], split="val")], layout(fmt="tfrecord"))
    assert [(u.number, u.split, [s.path for s in u.shards]) for u in plan] == [
        (0, "train", ["toy-train.tfrecord-00000-of-00001"]),
        (1, "val", ["toy-val.tfrecord-00000-of-00001"]),
    ]


def test_an_episode_over_the_budget_has_a_unit_of_its_own():
    plan = make_plan([entries([100, 900, 100], [5, 5, 5])], layout(memory=held(300, 15)))
    assert plan.memory <= held(1000, 10)
    assert sum(len(unit.reads) for unit in plan) == 3


@pytest.mark.parametrize("order", ["source", "shuffled"])
def test_every_episode_once_within_the_budget(order):
    rng = np.random.default_rng(0)
    lengths, samples = rng.integers(50, 150, 500), rng.integers(1, 60, 500)
    plan = make_plan([entries(lengths, samples)], layout(order, memory=held(2000, 600)))
    reads = [(r.file, r.record) for unit in plan for r in unit.reads]
    assert len(set(reads)) == len(reads) == 500
    assert plan.memory <= held(2000, 600)
    assert sum(unit.samples for unit in plan) == samples.sum()
    assert max(s.samples for unit in plan for s in unit.shards) <= 10
    numbers = [s.path for unit in plan for s in unit.shards]
    assert numbers == sorted(numbers)


def test_no_episode_no_unit():
    assert list(make_plan([entries([], [])], layout())) == []


def test_seeds_differ():
    orders = [
        make_plan([entries([1] * 50, [1] * 50)], layout("shuffled", seed=s)).splits[0].order for s in (0, 1)
    ]
    assert orders[0].tolist() != orders[1].tolist()


@pytest.mark.parametrize(("total", "parts", "sizes"), [(10, 3, [4, 3, 3]), (4, 4, [1, 1, 1, 1]), (0, 1, [0])])
def test_even_sizes(total, parts, sizes):
    assert even_sizes(total, parts) == sizes


def test_a_plan_survives_its_file():
    plan = make_plan(
        [entries([100] * 9, [2] * 9, skips={3: (1, 2), 5: (0, 2, 4, 9)}, corrected={3: "push"})],
        layout("shuffled"),
    )
    file = PlanFile(encode(plan))
    assert [file[i] for i in range(len(file))] == list(plan)


def test_quality_of_source_order_is_counted():
    plan = make_plan([entries([100] * 4, [10] * 4)], layout(memory=held(1000, 1000), per_shard=20))
    found = quality(plan, shuffled=False)
    assert (found.episodes_a_shard, found.neighbours) == (2.0, 0.9)


def test_quality_of_a_shuffle_is_what_shuffling_gives():
    plan = make_plan(
        [entries([1] * 40, [25] * 40)], layout("shuffled", memory=held(1000, 1000), per_shard=50)
    )
    found = quality(plan, shuffled=True)
    rng = np.random.default_rng(0)
    drawn = [len(set((rng.permutation(1000)[:50] // 25).tolist())) for _ in range(2000)]
    assert found.episodes_a_shard == pytest.approx(np.mean(drawn), rel=0.02)
    assert found.neighbours == pytest.approx(24 / 999)
