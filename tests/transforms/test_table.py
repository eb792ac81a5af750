import numpy as np

from vladata.records import Dropped
from vladata.spec.references import parse
from vladata.transforms.table import Table


def table():
    columns = {"a": np.arange(5, dtype=np.float32), "text": list("vwxyz")}
    return Table(columns, {text: parse(text) for text in ("a", "$r", "$s")}, 5, "here")


def test_columns_and_registers_are_cut_together():
    it = table()
    it.write("$r", it.read("a") * 10)
    it.cut(1, 5, "drop_steps(first=1)")
    it.write("$s", it.read("$r") + 1)
    it.cut(0, 2, "delta_to_next(tail=drop)")
    assert (it.left, len(it)) == (slice(1, 3), 2)
    assert it.read("a")[:, 0].tolist() == [1, 2]
    assert it.read("$r")[:, 0].tolist() == [10, 20]
    assert it.read("$s")[:, 0].tolist() == [11, 21]
    assert it.dropped == [Dropped("drop_steps(first=1)", 1), Dropped("delta_to_next(tail=drop)", 2)]


def test_a_cut_of_nothing_is_not_booked():
    it = table()
    it.cut(0, 5, "drop_steps(first=1)")
    assert it.dropped == []
