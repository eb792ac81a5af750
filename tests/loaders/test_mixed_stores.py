"""Mixtures that are loaded: virtual, materialised, parts of them, nested; what comes is right, and each share is exact."""

import json
import pickle
import shutil
from collections import Counter
from math import ceil, floor

import numpy as np
import pytest

import vladata
from tests.mix.conftest import corpora, robots  # noqa: F401  (fixtures)
from tests.mix.made import mix, mixture, virtual
from vladata.errors import NotADataset, SourceChanged, UnknownName, UsageError
from vladata.loaders.ordering.cursor import Cursor
from vladata.loaders.ordering.store import store_of

NESTED = mixture(
    {
        "robot": 2,
        "web": {
            "weight": 3,
            "weights": "shares",
            "sources": {"a": 4, "b": 1, "few": {"weight": 1, "keep": {"tasks": ["vqa"]}}},
        },
    },
    epoch=300,
    window=10,
)
"""Shares 2/5, 2/5, 1/10 and 1/10; of the last, questions only."""
SHARES = {"robot": 0.4, "web/a": 0.4, "web/b": 0.1, "web/few": 0.1}


@pytest.fixture(scope="module")
def places(corpora, robots):  # noqa: F811
    found = {
        "robot": robots["webdataset"],
        "web/a": corpora["a"],
        "web/b": corpora["b"],
        "web/few": corpora["d"],
    }
    return found


@pytest.fixture(scope="module")
def folder(places, tmp_path_factory):
    made = tmp_path_factory.mktemp("mixed")
    mix(NESTED, made / "whole", places)
    virtual(NESTED, made / "virtual", places)
    return made


@pytest.fixture(scope="module", params=["whole", "virtual"])
def opened(request, folder):
    return vladata.open(folder / request.param)


def origin(column):
    """Which source a key is of, by its own name."""
    named = {"bridge_dataset": "robot", "a": "web/a", "b": "web/b", "d": "web/few"}
    return [named[key.split("-")[0]] for key in column]


def drawn(store, batch, epoch=0, seed=0, start=0, stop=None):
    order = store.order(seed)
    places = order.places(order.begin(batch, epoch), start, order.samples if stop is None else stop)
    return store.read_batch(places, ["key", "task", "dataset"])


@pytest.mark.parametrize("batch", [8, 20, 31])
def test_each_global_batch_has_its_shares(opened, batch):
    store = store_of(opened)
    for epoch in (0, 1):
        found = origin(drawn(store, batch, epoch)["key"])
        assert len(found) == 300
        for start in range(0, 300, batch):
            here = Counter(found[start : start + batch])
            size = min(batch, 300 - start)
            for name, share in SHARES.items():
                assert floor(share * size + 1e-9) <= here[name] <= ceil(share * size - 1e-9)


def test_the_samples_of_a_virtual_mixture_are_those_of_its_sources(folder, places):
    """Each source's samples come once before one comes again, with the key that the mixture gives them."""
    store = store_of(vladata.open(folder / "virtual"))
    keys = [key for epoch in range(3) for key in drawn(store, 20, epoch)["key"]]
    assert len(set(keys)) == 900
    train = [sample.key for sample in vladata.open(places["robot"]) if sample.fields["split"] == "train"]
    robot = [key for key in keys if origin([key]) == ["robot"]]
    assert sorted(robot[:16]) == sorted(train)
    assert sorted(robot[16:32]) == sorted(f"{key}-r1" for key in train)
    few = [key for key in keys if origin([key]) == ["web/few"]]
    asked = [sample.key for sample in vladata.open(places["web/few"]) if sample.task == "vqa"]
    assert sorted(few[: len(asked)]) == sorted(asked)
    assert len(few) == 90


def test_an_epoch_of_a_materialised_mixture_reads_each_sample_about_once(folder):
    whole = vladata.open(folder / "whole")
    found = Counter(drawn(store_of(whole), 20)["key"])
    assert found == Counter(sample.key for sample in whole)  # the shares are those that it was made with


@pytest.mark.parametrize("part", [slice(50, 250), slice(None, None, 3)], ids=str)
def test_part_of_a_mixture_is_dealt_as_it_stands(opened, part):
    store = store_of(opened[part])
    listed = [sample.key for sample in opened[part]]
    found = drawn(store, 20)["key"]
    assert len(found) == len(listed)
    assert set(found) <= set(listed)
    assert set(Counter(origin(found[:20])).items()) == {
        ("robot", 8),
        ("web/a", 8),
        ("web/b", 2),
        ("web/few", 2),
    }
    chosen = store_of(opened.select([5, 7, 5, 100]), weights={"robot": 0, "web": 1} if False else None)
    assert set(drawn(chosen, 4)["key"]) <= {opened[i].key for i in (5, 7, 100)}


def test_the_stored_order_is_that_of_open(opened):
    store = store_of(opened, shuffle=False)
    assert drawn(store, 20)["key"] == [sample.key for sample in opened]


def test_columns_are_those_of_the_mixture(folder):
    """A robot's sample and a caption beside each other, each as vladata.open has it."""
    mixed = vladata.open(folder / "virtual")
    store = store_of(mixed)
    order = store.order(3)
    batch = store.read_batch(order.places(order.begin(20), 0, 20))
    assert batch["index"].tolist() == [-1] * 20
    stored = {sample.key: sample for sample in mixed}
    known = [i for i, key in enumerate(batch["key"]) if key in stored]
    assert len(known) > 10
    for i in known:
        sample = stored[batch["key"][i]]
        dims = batch["action_dims"][i]
        assert (batch["prompt"][i], batch["target"][i], batch["contract"][i]) == (
            sample.prompt,
            sample.target,
            sample.contract,
        )
        assert (
            batch["action"][i, 0, :dims].tolist() == np.array(sample.action, np.float32).reshape(-1).tolist()
        )
        assert {name: bytes(image) for name, image in batch["images"][i].items()} == {
            name: bytes(image) for name, image in sample.images.items()
        }
        assert bool(batch["mask"][i, 0]) == bool(batch["valid"][i]) == (sample.task == "action")
    assert batch["action"].shape[0] == 20 == len(batch["loss_weight"])


@pytest.mark.parametrize(
    ("weights", "shares"),
    [
        ({"robot": 1, "web": 3}, {"robot": 1 / 4, "web/a": 1 / 2, "web/b": 1 / 8, "web/few": 1 / 8}),
        ({"robot": 0, "web": 1}, {"web/a": 2 / 3, "web/b": 1 / 6, "web/few": 1 / 6}),
        (
            {"robot": 0.1, "web/a": 0.1, "web/b": 0.2, "web/few": 0},
            {"robot": 1 / 4, "web/a": 1 / 4, "web/b": 1 / 2},
        ),
        ({"robot": np.float32(1), "web/a": 0, "web/b": 0, "web/few": np.int64(0)}, {"robot": 1}),
    ],
)
def test_other_weights_at_load(opened, weights, shares):
    found = origin(drawn(store_of(opened, weights=weights), 24, 0, 0, 0, 240)["key"])
    for start in range(0, 240, 24):
        here = Counter(found[start : start + 24])
        assert {name: here[name] for name in here} == {name: share * 24 for name, share in shares.items()}


@pytest.mark.parametrize(
    ("weights", "error", "says"),
    [
        (
            {"robot": 1},
            UsageError,
            r"leave out sources.*got 'robot'.*robot, web/a, web/b, web/few.*web/a, web/b, web/few too",
        ),
        ({"robt": 1, "web": 1}, UnknownName, r'no source of the mixture "robt".*robot'),
        ({"we": 1, "robot": 1}, UnknownName, r'no source of the mixture "we"'),
        ({"robot": 1, "web": 1, "web/a": 2}, UsageError, r"two weights are given for web/a.*web, web/a"),
        ({"robot": -1, "web": 1}, UsageError, r"weights, robot: a weight must be a number.*; got -1"),
        ({"robot": float("nan"), "web": 1}, UsageError, r"a weight must be a number, 0 or more; got nan"),
        ({"robot": float("inf"), "web": 1}, UsageError, r"a weight must be a number, 0 or more; got inf"),
        ({"robot": True, "web": 1}, UsageError, r"a weight must be a number, 0 or more; got True"),
        ({"robot": "1", "web": 1}, UsageError, r"a weight must be a number, 0 or more; got"),
        ({"robot": 0, "web": 0}, UsageError, r"all weights are 0"),
        ({}, UsageError, r"leave out sources"),
        ([1, 2], UsageError, r"weights must be a map"),
    ],
)
def test_weights_that_say_no_shares(opened, weights, error, says):
    with pytest.raises(error, match=f"(?s){says}"):
        store_of(opened, weights=weights)


def test_weights_are_for_mixtures_that_are_dealt(opened, places):
    with pytest.raises(UsageError, match=r"weights can be given only for a mixture.*got 'a web dataset'"):
        store_of(vladata.open(places["web/a"]), weights={"a": 1})
    with pytest.raises(UsageError, match=r"weights can be given only for a mixture.*got 'shuffle=False'"):
        store_of(opened, shuffle=False, weights={"robot": 1, "web": 1})


def test_a_mixture_has_no_order_of_episodes(opened):
    with pytest.raises(UsageError, match="a mixture has no order of episodes"):
        store_of(opened).order(0, "episodes")
    with pytest.raises(UsageError, match="a mixture has no order of episodes"):
        store_of(opened, shuffle=False).order(0, "episodes")


def test_a_state_of_other_weights_or_another_form_does_not_fit(folder):
    mixed = vladata.open(folder / "virtual")
    state = store_of(mixed).order(0).begin(20).to_json()
    assert state["shares"] == "robot=2/5 web/a=2/5 web/b=1/10 web/few=1/10"
    assert len(json.dumps(state)) < 400
    again = Cursor.from_json(json.loads(json.dumps(state)))
    other = store_of(mixed, weights={"robot": 1, "web": 1}).order(0)
    with pytest.raises(
        UsageError, match=r"(?s)the weights of the mixture's sources differ.*allowed: robot=2/5"
    ):
        other.resumed(again, 20)
    with pytest.raises(UsageError, match="the dataset differs"):
        store_of(vladata.open(folder / "whole")).order(0).resumed(again, 20)
    with pytest.raises(UsageError, match="shuffle differs"):
        store_of(mixed, shuffle=False).order(0).resumed(again, 20)
    with pytest.raises(UsageError, match="the loaded split or selection of the dataset differs"):
        store_of(mixed[1:]).order(0).resumed(again, 20)


def test_stores_and_orders_are_pickled(opened):
    store = store_of(opened)
    expected = drawn(store, 20, 1, 5)["key"]
    assert drawn(pickle.loads(pickle.dumps(store)), 20, 1, 5)["key"] == expected
    order = pickle.loads(pickle.dumps(store.order(5)))
    assert store.read_batch(order.places(order.begin(20, 1), 0, 300), ["key"])["key"] == expected


def test_a_faulty_sample_is_named_by_its_number_among_the_places(corpora, tmp_path):  # noqa: F811
    for name in ("c", "e"):
        shutil.copytree(corpora[name], tmp_path / name)
    virtual(
        mixture({"c": 1, "e": 1}, epoch=40, window=2),
        tmp_path / "mixed",
        {n: tmp_path / n for n in ("c", "e")},
    )
    broken = vladata.open(tmp_path / "e")
    place = broken.places.where([4])
    offset, file = int(place.offset[0]), tmp_path / "e" / broken.manifest.shards[int(place.shard[0])].path
    data = bytearray(file.read_bytes())
    data[offset : offset + 512] = bytes(512)
    file.write_bytes(bytes(data))
    store = store_of(vladata.open(tmp_path / "mixed"))
    order = store.order(0)
    places = order.places(order.begin(20), 0, 40)
    bad = [i for i, (s, row) in enumerate(zip(places.source, places.row, strict=True)) if (s, row) == (1, 4)]
    faults = []
    batch = store.read_batch(places, ["key"], faults)
    assert [i for i, _ in faults] == bad
    assert len(batch["key"]) == 40 - len(bad)


@pytest.fixture
def moved(corpora, tmp_path):  # noqa: F811
    """A virtual mixture of two corpora beside it."""
    for name in ("d", "e"):
        shutil.copytree(corpora[name], tmp_path / name)
    spec = mixture({"d": 1, "e": {"weight": 1, "cap": 9}}, epoch=40, window=2)
    virtual(spec, tmp_path / "mixed", {name: tmp_path / name for name in ("d", "e")})
    return tmp_path


def test_a_source_that_is_gone(moved):
    shutil.rmtree(moved / "e")
    mixed = vladata.open(moved / "mixed")
    with pytest.raises(NotADataset, match=r'(?s)source e, .*no manifest.json.*weights=\{"e": 0, ...\}'):
        store_of(mixed)
    found = drawn(store_of(mixed, weights={"d": 1, "e": 0}), 8)["key"]
    assert {key.split("-")[0] for key in found} == {"d"}


def test_a_source_that_is_another(moved, corpora):  # noqa: F811
    shutil.rmtree(moved / "e")
    shutil.copytree(corpora["c"], moved / "e")
    with pytest.raises(SourceChanged, match="not the one that was mixed"):
        store_of(vladata.open(moved / "mixed"))


def test_of_a_source_with_a_cap_only_what_the_mixture_takes(moved):
    keys = [
        key for epoch in range(2) for key in drawn(store_of(vladata.open(moved / "mixed")), 8, epoch)["key"]
    ]
    taken = {key.split("-r")[0] for key in keys if key.startswith("e-")}
    stored = {s.key.split("-r")[0] for s in vladata.open(moved / "mixed") if s.key.startswith("e-")}
    assert len(taken) == 9
    assert taken == stored
