import pytest

from vladata.spec.references import Reference, parse, resolve


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("action", Reference("action", None)),
        ("observation/state[0:6]", Reference("observation/state", slice(0, 6))),
        ("action[3]", Reference("action", slice(3, 4))),
        ("action[-2]", Reference("action", slice(-2, -1))),
        ("action[-1]", Reference("action", slice(-1, None))),
        ("action[-1:]", Reference("action", slice(-1, None))),
        ("action[:3]", Reference("action", slice(None, 3))),
        ("action[12,13,14]", Reference("action", (12, 13, 14))),
        ("action[ 2, -1 ]", Reference("action", (2, -1))),
        ("$gripper", Reference("$gripper", None)),
        ("$pose[3:6]", Reference("$pose", slice(3, 6))),
        ("action/future/xyz_residual[0:3]", Reference("action/future/xyz_residual", slice(0, 3))),
        ("key with spaces", Reference("key with spaces", None)),
    ],
)
def test_grammar(text, reference):
    assert parse(text) == reference


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " action",
            "action ",
            "action[",
            "action[]",
            "action[:]",
            "action[1:2:3]",
            "action[x]",
            "action[1][2]",
        ),
        *("$", "$Big", "$a b", "a$b", "action[1.5]", "action[1,]", "action[9999999]", "[0]", "action\n"),
    ],
)
def test_what_is_no_reference(text):
    assert parse(text) is None


def test_registers_are_told_apart():
    assert parse("$g[0]").is_register
    assert not parse("g[0]").is_register


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("state[0]", Reference("state[0]", None)),  # the key that is literally so wins
        ("state[1]", Reference("state", slice(1, 2))),
        ("a/b/c", Reference("a/b/c", None)),
        ("$g", Reference("$g", None)),
        ("stat", None),
        ("a/b", None),  # a folder of keys is no key
    ],
)
def test_the_longest_literal_key_is_taken(text, reference):
    assert resolve(text, {"state", "state[0]", "a/b/c"}) == reference
