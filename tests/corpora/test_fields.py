import pytest

from vladata.corpora.fields import (
    LONGEST_TEXT,
    decoded,
    follow,
    language_tag,
    listed,
    name_of,
    number,
    weighed,
    words,
)
from vladata.errors import BadText, DataError, UnfitRecord

VALUE = {"a": {"b": [{"c": 1}, {"c": [2, 3]}, {}, 4]}, "n": None}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a.b.c", [1, [2, 3], None, None]),
        ("a", VALUE["a"]),
        ("a.b", VALUE["a"]["b"]),
        ("n", None),
        ("n.x", None),
        ("gone.x", None),
        ("a.gone", None),
    ],
)
def test_follow(path, expected):
    assert follow(VALUE, tuple(path.split("."))) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (" a b\n", "a b"),
        ("\ufeffa b\u200b \n", "a b"),
        ("a\u200db", "a\u200db"),
        (3, "3"),
        (2.5, "2.5"),
        ("ü" * 9, "ü" * 9),
    ],
)
def test_words(value, expected):
    assert words(value, "text") == expected


@pytest.mark.parametrize(
    ("value", "reason", "says"),
    [
        (None, "missing_text", "text: there is no text."),
        (" \n ", "missing_text", r"text: a text without words; got ' \\n '\."),
        (float("nan"), "missing_text", "text: there is no text."),
        ("\ufeff", "missing_text", "text: a text without words"),
        (" \u200b\u200d\u2060\u00ad\n", "missing_text", "text: a text without words"),
        ("\u3164\u2800\u200e", "missing_text", "text: a text without words"),
        ("\0\x01", "missing_text", "text: a text without words"),
        (float("inf"), "malformed_record", r"text: this is not a text; got inf\."),
        (float("-inf"), "malformed_record", r"text: this is not a text; got -inf\."),
        (True, "malformed_record", r"text: this is not a text; got True\."),
        (b"a", "malformed_record", r"text: this is not a text; got b'a'\."),
        ({"a": 1}, "malformed_record", r"text: this is not a text; got {'a': 1}\."),
        (["a"], "malformed_record", r"text: this is not a text; got \['a'\]\."),
        (
            "x" * (LONGEST_TEXT + 1),
            "too_large",
            r"text: the text is too long; got 65537; allowed: 65,536 bytes\.",
        ),
        ("ü" * (LONGEST_TEXT // 2 + 1), "too_large", "too long"),
        ("a\ud800", "bad_text", "half a character"),
    ],
)
def test_what_is_no_text(value, reason, says):
    with pytest.raises(DataError, match=says) as caught:
        words(value, "text")
    assert caught.value.reason == reason


def test_decoded():
    assert decoded("ü".encode(), "txt") == "ü"
    with pytest.raises(BadText, match=r"txt: the text is not UTF-8; got b'\\xff'"):
        decoded(b"\xff", "txt")
    with pytest.raises(UnfitRecord):
        decoded(b"x" * (LONGEST_TEXT + 1), "txt")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("net", [("net", 1.0)]),
        (["a", "b", " b ", "", "c", "b"], [("b", 3.0), ("a", 1.0), ("c", 1.0)]),
        ([3, "3"], [("3", 2.0)]),
        (["a", None, "b", float("nan"), " ", "b"], [("b", 2.0), ("a", 1.0)]),
    ],
)
def test_weighed(value, expected):
    assert weighed(value, "answers") == expected


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ([], "missing_text"),
        (["", None, float("nan")], "missing_text"),
        (None, "missing_text"),
        (float("nan"), "missing_text"),
        (["a", ["a"]], "malformed_record"),
        (["a", True], "malformed_record"),
        (["a", float("inf")], "malformed_record"),
        (["a", b"a"], "malformed_record"),
        ({"a": 1}, "malformed_record"),
    ],
)
def test_what_is_no_answer(value, reason):
    with pytest.raises(DataError, match="answers: ") as caught:
        weighed(value, "answers")
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("en", "en"),
        ("EN", "en"),
        ("pt_BR", "pt-br"),
        ("zh-Hant", "zh-hant"),
        ("", ""),
        ("no language", ""),
        (3, ""),
    ],
)
def test_language_tag(value, expected):
    assert language_tag(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.5, 0.5), ("0.5", 0.5), (1, 1.0), (None, None), (True, None), ("x", None), (float("nan"), None),
     (float("inf"), None), (10**400, None), ([1], None)],
)  # fmt: skip
def test_number(value, expected):
    assert number(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("a", "a"), (7, "7"), (True, ""), (None, ""), ("\ud800", "\\ud800")]
)
def test_name_of(value, expected):
    assert name_of(value) == expected
    assert len(name_of("x" * 1000)) == 256


def test_listed():
    assert listed([1], "turns") == [1]
    with pytest.raises(UnfitRecord, match="turns: the list is missing"):
        listed(None, "turns")
    with pytest.raises(UnfitRecord, match="turns: this is not a list; got 3"):
        listed(3, "turns")
    with pytest.raises(UnfitRecord, match="It is JSON inside a text: parse it"):
        listed('[{"from": "human"}]', "turns")
    with pytest.raises(UnfitRecord, match="It is a map of lists: write a list of maps"):
        listed({"from": ["human", "gpt"], "value": ["a", "b"]}, "turns")
