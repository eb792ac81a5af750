import pytest
from pydantic import TypeAdapter

from vladata.spec.operations import Operation

READ = TypeAdapter(Operation)


@pytest.mark.parametrize(
    ("data", "reads", "writes"),
    [
        ({"op": "concat", "of": ["a", "$b[0]"]}, [(("of", 0), "a"), (("of", 1), "$b[0]")], None),
        ({"op": "concat", "of": ["a"], "out": "$c"}, [(("of", 0), "a")], "$c"),
        ({"op": "const", "value": 1, "width": 2, "out": "$c"}, [], "$c"),
        ({"op": "cast", "in": "a", "out": "$c"}, [(("in",), "a")], "$c"),
        ({"op": "affine", "in": "a", "out": "$c", "scale": 2}, [(("in",), "a")], "$c"),
        ({"op": "affine", "in": "a", "out": "$c", "scale": [2, 3]}, [(("in",), "a")], "$c"),
        ({"op": "affine", "in": "a", "out": "$c", "scale": "$k"}, [(("in",), "a"), (("scale",), "$k")], "$c"),
        ({"op": "drop_steps", "last": 2}, [], None),
        (
            {
                "op": "delta_to_next",
                "in": "a",
                "out": "$c",
                "rotation": "none",
                "tail": "source",
                "recorded": "b",
            },
            [(("in",), "a"), (("recorded",), "b")],
            "$c",
        ),
    ],
)
def test_what_an_operation_reads_and_writes(data, reads, writes):
    operation = READ.validate_python(data)
    assert operation.reads() == reads
    assert operation.writes == writes


@pytest.mark.parametrize(
    ("settings", "rule"),
    [
        ({"first": 1}, "drop_steps(first=1)"),
        ({"last": 3}, "drop_steps(last=3)"),
        ({"first": 1, "last": 2}, "drop_steps(first=1, last=2)"),
    ],
)
def test_the_rule_that_steps_are_booked_under(settings, rule):
    assert READ.validate_python({"op": "drop_steps", **settings}).rule == rule
