"""terminate: none, a codec that spells the dimensions of an action alone."""

import re

import numpy as np
import pytest

from tests.actions.test_codec import ACTIONS, BINS, RT1_CODEC
from vladata.actions.bounds import NAMES
from vladata.actions.codec import codec
from vladata.errors import CodecError, ParseError, UsageError

NO_TERMINATE = codec("rt1", terminate="none")


def test_without_terminate_an_action_is_its_dimensions_alone():
    assert NO_TERMINATE.spelled_names == NAMES
    assert NO_TERMINATE.width == 7
    assert RT1_CODEC.width == 8
    bins = NO_TERMINATE.encode(ACTIONS, terminate=np.array([False, True]))
    assert bins.tolist() == BINS
    assert bins.dtype == np.int32
    assert np.array_equal(bins, NO_TERMINATE.encode(ACTIONS))
    assert NO_TERMINATE.texts(bins) == ["127 191 0 127 127 127 255", "255 0 229 255 0 127 0"]
    assert NO_TERMINATE.parse("127 191 0 127 127 127 255").tolist() == BINS[0]
    assert np.array_equal(NO_TERMINATE.decode(bins), RT1_CODEC.decode(np.array(BINS)))


def test_without_terminate_the_flags_are_still_checked():
    with pytest.raises(CodecError, match="row 1: terminate is neither 0 nor 1; got 2"):
        NO_TERMINATE.encode(ACTIONS, terminate=np.array([0, 2]))
    with pytest.raises(CodecError, match=re.escape("wrong shape; got [3]; allowed: [2]")):
        NO_TERMINATE.encode(ACTIONS, terminate=np.zeros(3, bool))


def test_without_terminate_another_number_is_refused():
    with pytest.raises(CodecError, match=r"got 8; allowed: 7 \(dx dy dz droll dpitch dyaw gripper\)\.$"):
        NO_TERMINATE.encode(np.zeros((2, 8)))
    with pytest.raises(CodecError, match=r"number of values on the last axis; got 8; allowed: 7 \("):
        NO_TERMINATE.decode(np.zeros((2, 8), int))
    with pytest.raises(ParseError, match="8 numbers instead of 7"):
        NO_TERMINATE.parse("1 127 191 0 127 127 127 255")
    with pytest.raises(UsageError, match="unknown place for terminate; got 'last'; allowed: first, none"):
        codec("rt1", terminate="last")
