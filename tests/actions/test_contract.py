"""The contract: its content literally, its digest, the codec back from it, and how two differ."""

import json
from dataclasses import replace

import numpy as np
import pytest

import vladata
from vladata import keys
from vladata.actions.codec import codec
from vladata.actions.contract import codec_from_contract, contract, differences
from vladata.actions.statistics import Statistics
from vladata.errors import CodecError, UnknownName, UsageError

STATISTICS = Statistics(
    ("dx", "gripper"), 4, (0.1, 0.5), (0.2, 0.5), (-1.0, 0.0), (1.0, 1.0), (-0.1, 0.0), (0.1, 1.0)
)
HANDS = replace(STATISTICS, names=("left_gripper", "right_gripper"))
QUANTILES = codec("rt2", STATISTICS, gripper="open_absolute")


def made(which=QUANTILES, **changes):
    return contract(which, **{"chain": "openvla", **changes})


def test_the_content():
    found = made(
        images={"size": 224}, rotations={"action": "rotvec", "state": None}, every=2, control_frequency_hz=2.5
    )
    digest = found.pop("digest")
    assert found == {
        "version": 3,
        "codec": "rt2",
        "bins": 256,
        "bounds": {
            "low": [-0.10000000149011612, 0.0],
            "high": [0.10000000149011612, 1.0],
            "source": ["quantiles", "open_absolute"],
        },
        "mask": [True, True],
        "names": ["terminate", "dx", "gripper"],
        "terminate": {"0": "the episode ends with this step", "1": "the episode goes on"},
        "grippers": {"gripper": "open_absolute"},
        "rounding": "float32: bin = int32(((min(max(a, low), high) - low) / (high - low)) * (bins - 1)), cut; "
        "a = bin / (bins - 1) * (high - low) + low",
        "statistics": STATISTICS.to_json(),
        "chunk_length": 1,
        "shorter": False,
        "chain": "openvla",
        "images": {"size": 224},
        "rotations": {"action": "rotvec", "state": None},
        "windows": {"history": 1, "stride": 1, "head": "repeat", "tail": "drop"},
        "every": 2,
        "control_frequency_hz": 2.5,
    }
    assert digest == keys.digest(found)


def test_each_gripper_stands_in_it():
    grippers = {"right_gripper": "closing_relative", "left_gripper": "open_absolute"}
    found, other = made(codec("rt2", HANDS, gripper=grippers)), made(codec("rt2", HANDS))
    assert found["grippers"] == grippers
    assert found["bounds"]["source"] == ["open_absolute", "closing_relative"]
    assert other["grippers"] == {}
    turned = made(codec("rt2", HANDS, gripper=grippers | {"right_gripper": "open_absolute"}))
    assert differences(found, turned) == [
        "bounds.low[1]: -1.0 here, 0.0 there",
        'bounds.source[1]: "closing_relative" here, "open_absolute" there',
        'grippers.right_gripper: "closing_relative" here, "open_absolute" there',
    ]
    again = codec("rt2", HANDS, gripper=dict(sorted(grippers.items())))
    assert made(again)["digest"] == found["digest"], "the order in which they were said must be a difference"


def test_the_digest_is_pinned():
    """It is stamped into every dataset and checkpoint: where it changes, nothing trained before fits any more."""
    found = contract(codec("rt1", gripper="closing_relative"), chain="openvla")
    assert found["digest"] == "96b36ca0d1c2304d7b113a758e6b504542b09b794e106633870aadbabdc0067f"


@pytest.mark.parametrize(
    "which",
    [
        QUANTILES,
        codec("rt1"),
        codec("rt1-x", bins=512, gripper="closing_relative"),
        codec("rt2", STATISTICS, bounds="min_max"),
        codec("rt2", bounds={"low": [-0.1, 0.3], "high": [0.1, 0.3]}, names=["x", "y"], bins=21),
        codec("rt1", terminate="none"),
        codec("rt2", STATISTICS, terminate="none", gripper="open_absolute"),
        codec("rt2", HANDS, gripper={"right_gripper": "closing_relative", "left_gripper": "open_absolute"}),
        codec("rt2", HANDS, gripper={"right_gripper": "closing_relative"}, chunk=3, shorter=True),
    ],
    ids=lambda c: f"{c.kind} {c.bounds.source[0]} {c.terminate}",
)
def test_the_codec_comes_back_from_the_file(which):
    again = codec_from_contract(json.loads(json.dumps(made(which))))
    assert again == which
    actions = np.linspace(-2, 2, 50 * len(which.names), dtype=np.float32).reshape(50, -1)
    assert np.array_equal(again.encode(actions), which.encode(actions))


def test_it_is_public():
    assert vladata.codec(contract=made()) == QUANTILES
    with pytest.raises(
        UsageError, match="a contract holds all settings of a codec; give it alone; got 'rt2'"
    ):
        vladata.codec("rt2", contract=made())
    with pytest.raises(UsageError, match="give it alone; got 'settings beside it'"):
        vladata.codec(contract=made(), bins=21)
    with pytest.raises(
        UsageError,
        match="the name of a codec is missing; got 'none'; allowed: rt1, rt1-x, rt1-base, ",
    ):
        vladata.codec()


def sealed(content):
    content = {name: value for name, value in content.items() if name != "digest"}
    return {**content, "digest": keys.digest(content)}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"rounding": "half up"}, 'is not what codec rt2 writes; got \'rounding: "half up" here, "float32: '),
        ({"mask": [True, False]}, "is not what codec rt2 writes; got 'mask[1]: false here, true there'"),
        ({"scale": 3}, "is not what codec rt2 writes; got 'scale: 3 here, nothing there'"),
        ({"bounds": None}, "the action contract is not one of codec rt2; got"),
        ({"names": 7}, "the action contract is not one of codec rt2; got"),
    ],
)
def test_a_contract_that_its_codec_would_not_write_is_refused(change, says):
    with pytest.raises(CodecError) as caught:
        codec_from_contract(sealed({**made(), **change}))
    assert says in str(caught.value)


def test_a_changed_contract_is_refused():
    changed = made()
    changed["bins"] = 255
    with pytest.raises(CodecError, match="does not match its digest"):
        codec_from_contract(changed)


def test_another_version_is_refused():
    with pytest.raises(CodecError, match="of another version; got 2; allowed: 3"):
        codec_from_contract({**made(), "version": 2})
    with pytest.raises(CodecError, match="of another version; allowed: 3"):
        codec_from_contract({})


def test_an_unknown_codec_is_refused():
    content = {**made(), "codec": "rt3"}
    del content["digest"]
    with pytest.raises(UnknownName, match='action contract: there is no codec "rt3"'):
        codec_from_contract({**content, "digest": keys.digest(content)})


def test_equal_contracts_do_not_differ():
    assert differences(made(), json.loads(json.dumps(made()))) == []


def test_differences_name_each_value_on_both_sides():
    other = codec(
        "rt2", bounds={"low": [-0.5, 0.0], "high": [0.10000000149011612, 1.0]}, names=["dx", "gripper"]
    )
    assert differences(made(), made(other, chain="octo", images={"size": 224})) == [
        "bounds.low[0]: -0.10000000149011612 here, -0.5 there",
        'bounds.source[0]: "quantiles" here, "explicit" there',
        'bounds.source[1]: "open_absolute" here, "explicit" there',
        'grippers.gripper: "open_absolute" here, nothing there',
        'statistics: {"count":4,"max":[1.0,1.0],"mean":[0.1,0.5],"min":[-1.0,0.0],"na... here, null there',
        'chain: "openvla" here, "octo" there',
        "images.size: nothing here, 224 there",
    ]


def test_differences_of_other_lengths():
    three = codec("rt2", bounds={"low": [0.0] * 3, "high": [1.0] * 3}, names=["dx", "gripper", "dz"])
    two = codec("rt2", bounds={"low": [0.0] * 2, "high": [1.0] * 2}, names=["dx", "gripper"])
    assert differences(made(two), made(three)) == [
        "bounds.low[2]: nothing here, 0.0 there",
        "bounds.high[2]: nothing here, 1.0 there",
        'bounds.source[2]: nothing here, "explicit" there',
        "mask[2]: nothing here, true there",
        'names[3]: nothing here, "dz" there',
    ]


def test_long_texts_are_shown_where_they_differ():
    here, there = "a" * 200 + "here" + "b" * 200, "a" * 200 + "there" + "b" * 200
    assert differences(made(chain=here), made(chain=there)) == [
        f"chain: ...{'a' * 32}here{'b' * 28} here, ...{'a' * 32}there{'b' * 27} there"
    ]


def test_a_changed_digest_alone_is_no_difference_and_a_changed_type_is_one():
    assert differences({"digest": "a", "x": 1}, {"digest": "b", "x": 1.0}) == ["x: 1 here, 1.0 there"]
