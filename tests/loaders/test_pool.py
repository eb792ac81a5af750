"""Jobs done by threads: results in the order of the jobs, errors at their place, and no thread left behind."""

import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import weakref
from itertools import count

import pytest

from vladata.errors import UsageError
from vladata.loaders.pool import InOrder


class Job:
    """Gives `number`, after calls of `parts`; `begun` counts all that have begun."""

    begun = 0

    def __init__(self, number, *parts, end=None):
        self.number, self.parts, self.ending = number, parts, end

    def begin(self):
        Job.begun += 1
        return self.parts

    def end(self):
        return self.number if self.ending is None else self.ending()


@pytest.fixture(autouse=True)
def no_thread_is_left():
    Job.begun = 0
    yield
    gc.collect()
    assert gone()


def threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("vladata-load")]


def gone():
    """Whether there is no thread of ours after a while: one ends after the part that it is at."""
    for thread in threads():
        thread.join(20)
    return not threads()


def fail(with_what):
    raise with_what


def put_into(got, results):
    for result in results:
        got.append(result)


@pytest.mark.parametrize(("workers", "ahead"), [(0, 1), (1, 1), (1, 5), (3, 1), (3, 4), (8, 2)])
def test_results_come_in_the_order_of_the_jobs(workers, ahead):
    jobs = (Job(number, *[lambda: None] * (number % 4)) for number in range(50))
    assert list(InOrder(jobs, workers, ahead)) == list(range(50))
    assert Job.begun == 50


def test_a_later_job_that_is_done_first_waits_for_its_turn():
    finished = [threading.Event() for _ in range(4)]

    def one(number):
        def end():
            assert number == 3 or finished[number + 1].wait(20)
            finished[number].set()
            return number

        return Job(number, end=end)

    assert list(InOrder(map(one, range(4)), workers=4, ahead=4)) == [0, 1, 2, 3]


def test_all_parts_of_a_job_are_done_before_its_end():
    both = threading.Barrier(2)
    did = []

    def part(name):
        both.wait(20)  # the two parts are done at once, by two threads
        did.append(name)

    jobs = iter([Job(0, lambda: part("a"), lambda: part("b"), end=lambda: sorted(did))])
    assert list(InOrder(jobs, workers=2, ahead=1)) == [["a", "b"]]


def test_the_earliest_job_is_helped_before_another_begins():
    order, both = [], threading.Barrier(2)

    def job(number):
        parts = [lambda part=part: order.append((number, part)) for part in range(3)]
        return Job(number, *([both.wait, both.wait] if number == 0 else []), *parts)

    assert list(InOrder(map(job, range(3)), workers=1 + 1, ahead=3)) == [0, 1, 2]
    first = [number for number, _ in order]
    assert set(first[:2]) == {0}, "the parts of the first job come before those of the third begin"
    assert sorted(order) == [(number, part) for number in range(3) for part in range(3)]


@pytest.mark.parametrize("workers", [0, 1, 4])
def test_an_error_is_raised_where_its_result_would_have_come(workers):
    jobs = (Job(n, *([lambda: fail(ValueError("of job 3"))] if n == 3 else [])) for n in range(9))
    results, got = InOrder(jobs, workers, ahead=5), []
    with pytest.raises(ValueError, match="of job 3"):
        put_into(got, results)
    assert got == [0, 1, 2]
    assert list(results) == [], "an iteration that has failed is over"


@pytest.mark.parametrize("workers", [0, 1, 4])
def test_of_several_parts_that_fail_the_first_is_told(workers):
    def parts():
        return [lambda: None, *(lambda n=n: fail(ValueError(f"of part {n}")) for n in (1, 2, 3))]

    for _ in range(20):
        with pytest.raises(ValueError, match="of part 1"):
            next(InOrder(iter([Job(0, *parts())]), workers, ahead=1))


def test_errors_of_beginnings_and_ends_are_raised_too():
    class Bad(Job):
        def begin(self):
            raise MemoryError("no room")

    with pytest.raises(MemoryError, match="no room"):
        next(InOrder(iter([Bad(0)]), 2, 1))
    with pytest.raises(SystemExit, match="7"):
        next(InOrder(iter([Job(0, end=lambda: sys.exit(7))]), 2, 1))


@pytest.mark.parametrize("ahead", [1, 3])
def test_no_more_is_made_than_was_asked_for(ahead):
    results = InOrder(map(Job, count()), workers=4, ahead=ahead)
    for number in range(10):
        assert next(results) == number
        limit = time.monotonic() + 20
        while Job.begun < number + 1 + ahead and time.monotonic() < limit:
            time.sleep(0.001)
        time.sleep(0.005)  # one too many would begin meanwhile
        assert Job.begun == number + 1 + ahead
    results.close()
    assert threads() == []
    assert list(results) == []


def test_a_loop_that_stops_early_leaves_no_threads():
    for number in InOrder(map(Job, count()), workers=3, ahead=3):
        if number == 5:
            break
    assert gone()


def test_an_iterator_in_a_cycle_is_collected_with_its_threads():
    results = InOrder(map(Job, count()), workers=3, ahead=3)
    assert next(results) == 0
    results.itself = results
    del results
    gc.collect()
    assert gone()


def test_an_iterator_that_was_never_advanced_has_no_threads():
    results = InOrder(map(Job, count()), workers=3, ahead=3)
    assert threads() == []
    assert Job.begun == 0
    del results


def test_a_result_is_held_by_nobody_but_the_loop():
    class Result:
        pass

    results = InOrder((Job(n, lambda: None, lambda: None, end=Result) for n in count()), workers=2, ahead=2)
    seen = [weakref.ref(next(results)) for _ in range(5)]
    limit = time.monotonic() + 20
    while any(ref() for ref in seen) and time.monotonic() < limit:
        time.sleep(0.001)
    assert [ref() for ref in seen] == [None] * 5
    results.close()


def test_an_interrupt_while_waiting_ends_the_loop():
    main, never = threading.get_ident(), threading.Event()

    def interrupted():
        signal.pthread_kill(main, signal.SIGINT)
        return never.wait(0.2)

    results = InOrder(iter([Job(0, end=interrupted), Job(1)]), workers=1, ahead=1)
    with pytest.raises(KeyboardInterrupt):
        next(results)  # it waits for the thread before it ends
    assert list(results) == []
    assert gone()


def test_two_iterations_at_once_do_not_meet():
    one, two = (InOrder(map(Job, count()), workers=2, ahead=2) for _ in range(2))
    assert [(next(one), next(two)) for _ in range(20)] == [(n, n) for n in range(20)]
    one.close()
    assert next(two) == 20
    two.close()


def test_a_forked_process_is_told_that_it_has_no_threads(recwarn):
    results = InOrder(map(Job, count()), workers=2, ahead=2)
    assert next(results) == 0
    child = os.fork()
    if not child:
        code = 1
        try:
            next(results)
        except UsageError as error:
            results.close()
            again = InOrder(map(Job, range(3)), workers=2, ahead=2)
            code = 0 if "in the parent process" in str(error) and list(again) == [0, 1, 2] else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert next(results) == 1
    results.close()


@pytest.mark.parametrize(
    "ending", ["", "sys.exit(3)", "raise ValueError('in the loop')", "os.fork() or time.sleep(0.1)"]
)
def test_the_interpreter_ends_while_threads_work(ending):
    script = f"""
        import os, sys, time
        from itertools import count
        from tests.loaders.test_pool import Job
        from vladata.loaders.pool import InOrder
        results = InOrder((Job(n, lambda: time.sleep(0.01)) for n in count()), workers=3, ahead=3)
        print(next(results), next(results), flush=True)
        {ending}
    """
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.startswith("0 1\n")
    assert done.returncode == {"sys": 3, "rai": 1}.get(ending[:3], 0)
    assert ("ValueError: in the loop" in done.stderr) == ending.startswith("raise")
    assert "Fatal" not in done.stderr
