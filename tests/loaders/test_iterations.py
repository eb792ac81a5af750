"""Worker processes agree on the epoch, whichever looks first; and on what they cannot know."""

import copy
import re

import numpy as np
import pytest

from vladata.errors import UsageError
from vladata.loaders.in_torch.iterations import TABLE, Iterations
from vladata.loaders.in_torch.ranks import Worker
from vladata.loaders.in_torch.streamed import Firm, Streamed


class Shared:
    """As much of a tensor in shared memory as is used; copies of it are the same memory, as in other processes."""

    def __init__(self):
        self.memory = np.zeros(TABLE, np.int64)

    def numpy(self):
        return self.memory

    def __deepcopy__(self, memo):
        return self


@pytest.fixture
def main():
    return Iterations(Shared())


def workers(main, count=2):
    return [copy.deepcopy(main) for _ in range(count)]


def test_workers_of_an_iteration_find_the_epoch_that_the_first_one_took(main):
    for base, epoch in ((701, 3), (88, 4), (2**62 + 88, 5)):  # each has new workers, with a new seed
        late, early = workers(main)
        assert early.enter(base, 1, first=3) == epoch
        assert early.enter(base, 1, first=3) == epoch
        assert late.enter(base, 1, first=3) == epoch, "though the other may be done with it"
        assert main.last() == epoch


def test_workers_that_are_kept_count(main):
    one, two = workers(main)
    assert [each.enter(5, number, first=0) for number in (1, 2, 3) for each in (one, two)] == [
        0,
        0,
        1,
        1,
        2,
        2,
    ]
    main.begin(7)  # set_epoch, of which they are told
    assert [each.enter(5, number, first=0) for number in (4, 5) for each in (two, one)] == [7, 7, 8, 8]
    main.begin(None)
    assert main.last() is None
    assert one.enter(5, 6, first=2) == 2


def test_a_worker_that_was_told_its_epoch_tells_the_next_iteration(main):
    assert workers(main)[0].enter(5, 1, first=6, told=True) == 6
    assert workers(main)[0].enter(9, 1, first=0) == 7


def test_a_state_that_workers_know_nothing_of_is_an_error(main):
    (kept,) = workers(main, 1)
    kept.enter(5, 1, first=0)
    main.load(4)
    with pytest.raises(UsageError, match="a state was loaded after the worker processes had begun"):
        kept.enter(5, 2, first=0)
    assert workers(main)[0].enter(6, 1, first=0) == 4


def test_more_iterations_than_are_counted_are_an_error(main):
    for base in range(TABLE[0] - 1):
        main.enter(base, 1, first=0)
    with pytest.raises(UsageError, match=r"4,095 iterations have begun.*\n.*Call dataset.set_epoch"):
        main.enter(TABLE[0], 1, first=0)
    main.begin(TABLE[0])
    assert main.enter(TABLE[0], 1, first=0) == TABLE[0]


def test_an_iterator_that_failed_fails_again_in_place_of_ending():
    def failing():
        yield 1
        raise OSError("gone")

    batches = Firm(failing())
    assert next(batches) == 1
    for _ in range(3):
        with pytest.raises(OSError, match="gone"):
            next(batches)
    assert list(Firm(iter([1, 2]))) == [1, 2]


def test_states_of_other_workers_are_refused(robot, monkeypatch):
    """As a worker process of a DataLoader sees it."""
    streamed = Streamed(robot, 7, None, None, Shared(), {"cameras": []})
    monkeypatch.setattr("vladata.loaders.in_torch.streamed.worker_process", lambda: Worker(1, 2, 99))
    assert [int(batch["position"][0]) for batch in streamed.batches()] == [7, 21, 35, 49]
    state = streamed.state_dict()
    assert {name: state[name] for name in ("worker", "workers", "given")} == {
        "worker": 1,
        "workers": 2,
        "given": 4,
    }
    for other in ({**state, "workers": 3}, {**state, "worker": 0}, state["begin"]):
        with pytest.raises(
            UsageError, match=r"the state belongs to other workers.*\n  Take num_workers=0, or keep"
        ):
            streamed.load_state_dict(other)
    streamed.load_state_dict({**state, "given": 1})
    assert [int(batch["position"][0]) for batch in streamed.batches()] == [21, 35, 49]
    monkeypatch.undo()
    with pytest.raises(UsageError, match=re.escape("the state has another version")):
        streamed.load_state_dict(state)
