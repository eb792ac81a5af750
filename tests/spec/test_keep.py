"""The `keep` of a recipe's web section: what it may say, its short forms, and what makes no sense."""

from fractions import Fraction

import pytest

from vladata.corpora.rows import TASKS
from vladata.errors import SpecError
from vladata.spec.json_schema import json_schema
from vladata.spec.keep import ALL_PAIRS, Keep, Task
from vladata.spec.read import validate


def keep(text):
    return validate(Keep, text, "mine.yaml")


def test_all_of_it():
    found = keep(
        "{tasks: [caption, vqa], language: [en, no, pt-br], keys: {allow: a.txt, deny: s3://b/c.txt}, images: {deny: d}, "
        "size: {min: 200}, aspect: {max: 3}, text: {min: 3, max: 9, keep: a, drop: '(?i)b'}, similarity: 10%, "
        "duplicates: {near: 2}, allow_empty: true}"
    )
    assert found.language == ("en", "no", "pt-br")
    assert (found.size.min, found.aspect.max, found.text.drop) == (200, 3.0, "(?i)b")
    assert (found.duplicates.exact, found.duplicates.near) == (True, 2)
    assert Keep.model_validate(found.model_dump()) == found
    assert Keep.model_validate_json(found.model_dump_json()) == found


def test_nothing_is_asked():
    assert keep("{}") == ALL_PAIRS
    assert not ALL_PAIRS.allow_empty


@pytest.mark.parametrize(
    ("short", "long", "share"),
    [
        ("10%", "{top: 10%}", Fraction(1, 10)),
        ("33.3%", "{top: '33.3%'}", Fraction(333, 1000)),
        ("100%", "{top: 100%}", 1),
    ],
)
def test_a_share_may_stand_alone(short, long, share):
    assert keep(f"similarity: {short}") == keep(f"similarity: {long}")
    assert keep(f"similarity: {short}").similarity.share == share


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{similarity: 0%}", "a share of more than 0% and at most 100%"),
        ("{similarity: 100.1%}", "a share of more than 0% and at most 100%"),
        ("{similarity: '10'}", "a share of more than 0% and at most 100%"),
        ("{similarity: 0.1}", "allowed: a map"),
        ("{similarity: {}}", "has no condition; give top or min"),
        ("{similarity: {top: 1%, min: 0}}", "has top and min; give one"),
        ("{similarity: {mni: 0.3}}", 'did you mean "min"'),
        ("{text: {}}", "has no condition; give min or max or keep or drop"),
        ("{text: {keep: '(a'}}", "is not a regular expression of RE2: missing )"),
        ("{text: {drop: '(a)\\1'}}", "is not a regular expression of RE2"),
        ("{duplicates: {exact: false}}", "has no condition; give near"),
        ("{duplicates: {near: -1}}", "0 or more"),
        ("{keys: {}}", "has no condition; give allow or deny"),
        ("{keys: {deny: ''}}", "text that is not empty"),
        ("{language: []}", "at least 1"),
        ("{language: [english language]}", "a tag in small letters"),
        ("{tasks: [captions]}", 'did you mean "caption"'),
        ("{aspekt: {max: 3}}", 'did you mean "aspect"'),
    ],
)
def test_what_makes_no_sense_is_named(text, says):
    with pytest.raises(SpecError) as error:
        keep(text)
    assert says in str(error.value)


def test_the_tasks_are_those_of_an_index():
    assert Task.__args__ == TASKS


def test_editors_know_the_short_form():
    shape = json_schema(Keep)["$defs"]["Similarity"]
    assert shape["type"] == ["object", "string"]
    assert list(shape["properties"]) == ["top", "min"]
