"""Wrong arguments of vladata.load: what was expected, what was got, and what is right."""

import re

import numpy as np
import pytest

import vladata
from vladata.errors import NotADataset, SpecError, UnknownName, UsageError


def refused(robot, error, says, **of):
    with pytest.raises(error, match=re.escape(says)):
        vladata.load(robot, **{"batch_size": 4, **of})


@pytest.mark.parametrize(
    ("of", "says"),
    [
        ({"batch_size": 0}, "batch_size must be a whole number, 1 or more; got 0"),
        ({"batch_size": -3}, "batch_size must be a whole number, 1 or more; got -3"),
        ({"batch_size": 2.0}, "batch_size must be a whole number, 1 or more; got 2.0"),
        ({"batch_size": "8"}, "batch_size must be a whole number, 1 or more; got '8'"),
        ({"batch_size": None}, "batch_size must be a whole number, 1 or more; got 'None'"),
        ({"batch_size": True}, "batch_size must be a whole number, 1 or more; got True"),
        ({"world": 0}, "world must be a whole number, 1 or more; got 0"),
        ({"rank": 2, "world": 2}, "rank must be a whole number from 0 to 1; got 2"),
        ({"rank": 2, "world": 2}, "Ranks are counted from 0; there are 2."),
        ({"rank": -1}, "rank must be a whole number from 0 to 0; got -1"),
        ({"rank": "0"}, "rank must be a whole number from 0 to 0; got '0'"),
        ({"epoch": -1}, "epoch must be a whole number, 0 or more; got -1"),
        ({"epoch": 1.5}, "epoch must be a whole number, 0 or more; got 1.5"),
        ({"seed": -1}, "the seed must be a whole number; got -1; allowed: 0 to 2^63 - 1"),
        ({"seed": "7"}, "the seed must be a whole number; got '7'"),
        ({"workers": -1}, "workers must be a whole number, 0 or more; got -1"),
        ({"workers": -1}, "0 makes batches in the loop itself, without threads."),
        ({"workers": "2"}, "workers must be a whole number, 0 or more; got '2'"),
        ({"prefetch": 0}, "prefetch must be a whole number, 1 or more; got 0"),
        ({"prefetch": 2, "workers": 0}, "prefetch has no use without threads; got 'prefetch=2, workers=0'"),
        ({"shuffle": 1}, "shuffle must be True or False; got 1"),
        ({"drop_last": "yes"}, "drop_last must be True or False; got 'yes'"),
        ({"endless": None}, "endless must be True or False; got 'None'"),
        ({"order": "episode"}, "unknown order; got 'episode'; allowed: samples, episodes"),
        ({"order": "episode"}, 'Did you mean "episodes"?'),
        ({"on_error": "ignore"}, "unknown on_error; got 'ignore'; allowed: raise, skip"),
        ({"on_error": None}, "unknown on_error; got 'None'; allowed: raise, skip"),
        ({"collate": "plain"}, "collate must be a function of a batch, or None; got 'plain'"),
        (
            {"cameras": "primary"},
            "cameras must be a list of names, or None for all; got 'primary'",
        ),
        ({"cameras": [1]}, "cameras must be a list of names, or None for all; got [1]"),
        ({"cameras": 3}, "cameras must be a list of names, or None for all; got 3"),
        ({"cameras": ["primary", "primary"]}, "cameras: a camera appears twice in the list; got 'primary'"),
        (
            {"cameras": [], "image_size": 32},
            "image_size has no use: no pictures are loaded; got 'image_size=32'",
        ),
        ({"image_size": 32, "images": {"size": 32}}, "the size of pictures is given twice"),
        ({"world": 61}, "an epoch has fewer samples than there are ranks; got 60; allowed: 61 or more"),
        ({"batch_size": 61, "drop_last": True}, "an epoch has fewer samples than a global batch"),
        ({"resume": "state"}, "the state has another version"),
        ({"resume": {}}, "the state has another version"),
    ],
    ids=str,
)
def test_an_argument_that_is_wrong(robot, of, says):
    refused(robot, UsageError, says, **of)


@pytest.mark.parametrize(
    ("of", "error", "says"),
    [
        ({"image_size": "224"}, UsageError, "image_size must be a whole number of pixels"),
        ({"image_size": 0}, SpecError, "image_size="),
        ({"image_size": (224,)}, SpecError, "image_size="),
        ({"images": {"fits": "pad"}}, SpecError, "images="),
        ({"cameras": ["wrist"]}, UnknownName, 'there is no camera "wrist"'),
        ({"cameras": ["wrist"]}, UnknownName, "Known: primary."),
        ({"split": "val"}, UnknownName, 'there is no split "val"'),
    ],
    ids=str,
)
def test_a_spec_or_name_that_is_wrong(robot, of, error, says):
    refused(robot, error, says, **of)


def test_numbers_may_be_numpys(robot):
    batch = next(iter(vladata.load(robot, np.int64(3), rank=np.int32(1), world=np.uint8(2))))
    assert batch["position"].tolist() == [3, 4, 5]


def test_a_keyword_with_a_typo_is_a_type_error(robot):
    with pytest.raises(TypeError, match="unexpected keyword argument 'suffle'"):
        vladata.load(robot, 4, suffle=False)


def test_what_is_loaded_is_a_path_or_opened(robot, tmp_path):
    with pytest.raises(UsageError, match="a dataset is opened by its path; got 3"):
        vladata.load(3, 4)
    with pytest.raises(NotADataset):
        vladata.load(tmp_path, 4)


def test_a_slice_is_loaded_as_it_is(robot):
    opened = vladata.open(robot)[10:20]
    got = [key for batch in vladata.load(opened, 4) for key in batch["key"]]
    assert sorted(got) == sorted(sample.key for sample in opened)


@pytest.mark.parametrize(
    ("of", "says"),
    [
        ({"seed": 1}, "seed: the state belongs to another run: the seed differs; got 1; allowed: 0"),
        ({"shuffle": False}, "shuffle: the state belongs to another run"),
        ({"order": "episodes"}, "order: the state belongs to another run"),
        ({"epoch": 3}, "the epoch is given twice: a state contains its epoch; got 'epoch=3, resume=...'"),
    ],
    ids=str,
)
def test_a_state_of_another_run(robot, of, says):
    refused(robot, UsageError, says, resume=vladata.load(robot, 4).state_dict(), **of)


def test_a_state_of_another_dataset(robot, cameras):
    state = vladata.load(cameras, 4).state_dict()
    refused(robot, UsageError, "the dataset differs (by the digest of its manifest)", resume=state)


def test_a_state_that_leaves_fewer_samples_than_ranks(robot):
    loader = vladata.load(robot, 58)
    next(iter(loader))
    says = "fewer samples are left of the epoch than there are ranks; got 2; allowed: 3 or more"
    refused(robot, UsageError, says, resume=loader.state_dict(), world=3)
    assert len(list(vladata.load(robot, 4, resume=loader.state_dict(), world=2))) == 1


def test_cameras_are_chosen_and_ordered(cameras):
    both = next(iter(vladata.load(cameras, 4)))["images"]
    turned = next(iter(vladata.load(cameras, 4, cameras=["third", "primary"])))["images"]
    one = next(iter(vladata.load(cameras, 4, cameras=("third",))))["images"]
    assert both.shape == (4, 1, 2, 64, 64, 3)
    np.testing.assert_array_equal(both[:, :, ::-1], turned)
    np.testing.assert_array_equal(both[:, :, 1:], one)
    assert not np.array_equal(both[:, :, 0], both[:, :, 1])


def test_without_pictures_nothing_is_decoded(cameras):
    batch = next(iter(vladata.load(cameras, 4, cameras=[])))
    assert "images" not in batch
    assert "image_mask" not in batch
    assert batch["action"].shape == (4, 1, 7)


def test_pictures_are_resized_and_normalised(robot):
    small = next(iter(vladata.load(robot, 4, image_size=(32, 48))))["images"]
    assert (small.shape, small.dtype) == ((4, 1, 1, 32, 48, 3), np.uint8)
    unit = next(iter(vladata.load(robot, 4, image_size=(32, 48), normalise="siglip")))["images"]
    assert unit.dtype == np.float32
    np.testing.assert_allclose(unit, small / 127.5 - 1, atol=1e-5)
