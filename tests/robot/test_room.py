"""The memory of units: places do not overlap, and one block serves unit after unit."""

import numpy as np

from vladata.robot.room import Room


def address(place):
    return np.frombuffer(place, np.uint8).ctypes.data


def test_places_have_their_sizes_and_do_not_overlap():
    places = Room().places([3, 0, 5])
    for number, place in enumerate(places):
        place[:] = bytes([number]) * len(place)
    assert [bytes(place) for place in places] == [b"\0\0\0", b"", b"\2" * 5]


def test_a_smaller_unit_gets_the_same_memory():
    room = Room()
    first = address(room.places([1000])[0])
    assert address(room.places([10, 20])[0]) == first
    assert address(room.places([1000])[0]) == first


def test_a_larger_unit_gets_more():
    room = Room()
    room.places([10])
    places = room.places([4000, 6000])
    assert [len(place) for place in places] == [4000, 6000]


def test_a_unit_of_nothing():
    assert Room().places([]) == []
