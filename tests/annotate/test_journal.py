"""The answers that are kept: whatever a kill leaves of the file, what is whole stays and nothing else is believed."""

import pytest

from vladata.annotate.journal import Journal
from vladata.annotate.model import Answer
from vladata.errors import MalformedJson, OutputBusy

ONE, TWO = bytes(range(16)), bytes(range(1, 17))


def test_what_is_kept_is_there_again(tmp_path):
    path = str(tmp_path / "new" / "answers.jsonl")
    with Journal(path) as journal:
        assert journal.last(ONE) is None
        journal.add(ONE, Answer("nonsense\n\u2028", False, 3, 4))
        journal.add(TWO, Answer("two", True))
        journal.add(ONE, Answer("one", False, 5, 6))
        assert (journal.last(ONE), journal.answers(ONE)) == (Answer("one", False, 5, 6), 2)
    with Journal(path) as journal:
        assert (journal.last(ONE), journal.answers(ONE)) == (Answer("one", False, 5, 6), 2)
        assert (journal.last(TWO), journal.answers(TWO)) == (Answer("two", True), 1)


def test_whatever_is_left_of_the_last_line(tmp_path):
    path = tmp_path / "answers.jsonl"
    with Journal(str(path)) as journal:
        journal.add(ONE, Answer("one"))
        whole = path.stat().st_size
        journal.add(TWO, Answer("two"))
    data = path.read_bytes()
    for length in range(whole, len(data)):
        path.write_bytes(data[:length])
        with Journal(str(path)) as journal:
            assert (journal.last(ONE), journal.last(TWO)) == (Answer("one"), None)
            journal.add(TWO, Answer("again"))
        with Journal(str(path)) as journal:
            assert (journal.last(ONE), journal.last(TWO)) == (Answer("one"), Answer("again"))


def test_two_at_a_time(tmp_path):
    path = str(tmp_path / "answers.jsonl")
    with Journal(path), pytest.raises(OutputBusy, match="another process is asking"), Journal(path):
        pass


@pytest.mark.parametrize("line", ["{}", "[1]", '{"key": "zz", "text": "x"}', "no JSON"])
def test_a_line_that_is_no_answer(line, tmp_path):
    path = tmp_path / "answers.jsonl"
    with Journal(str(path)) as journal:
        journal.add(ONE, Answer("one"))
    path.write_text(f"{path.read_text()}{line}\n")
    with (
        pytest.raises(MalformedJson, match=r"answers\.jsonl, line 2: the line is not an answer"),
        Journal(str(path)),
    ):
        pass
