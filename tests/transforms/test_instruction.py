"""Where an instruction comes from: a field, one of several wordings, or the schema."""

from collections import Counter

import pytest

from vladata.errors import SpecError
from vladata.spec.language import Language
from vladata.spec.read import validate
from vladata.spec.references import Reference
from vladata.transforms.instruction import instruction
from vladata.transforms.table import Table


def said(declared, episode="e", length=2, **columns):
    fields = {name: [text.encode() for text in texts] for name, texts in columns.items()}
    table = Table(fields, {name: Reference(name, None) for name in columns}, length, "here")
    return instruction(declared, table, episode)


def test_one_field():
    assert said(Language(path="a"), a=["pick", ""]) == ["pick", ""]


def test_wordings_are_drawn_by_the_episode():
    declared = Language(path="a", wordings=("b", "c"))
    texts = {"a": ["take"] * 2, "b": ["grasp"] * 2, "c": ["lift"] * 2}
    drawn = Counter(said(declared, f"train-00000-{e:06d}", **texts)[0] for e in range(600))
    assert sorted(drawn) == ["grasp", "lift", "take"]
    assert min(drawn.values()) > 150
    assert said(declared, "train-00000-000007", **texts) == said(declared, "train-00000-000007", **texts)


def test_wordings_without_words_are_not_drawn():
    declared = Language(path="a", wordings=("b", "c"))
    for e in range(20):
        assert said(declared, f"{e}", a=["", " "], b=["", "grasp"], c=["", ""]) == ["", "grasp"]
    assert said(declared, a=["", ""], b=["", ""], c=["", ""]) == ["", ""]


def test_what_all_episodes_show():
    assert said(Language(constant="stack the cups"), length=3) == ["stack the cups"] * 3
    assert said(Language(path="a", constant="stack"), a=["pick", " "]) == ["pick", "stack"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{}", "or give the instruction in constant"),
        ("{constant: x, wordings: [b]}", "is not used without path"),
        ("{constant: ''}", "not empty"),
    ],
)
def test_what_says_nothing_is_refused(text, says):
    with pytest.raises(SpecError) as error:
        validate(Language, text, "mine.yaml")
    assert says in str(error.value)
