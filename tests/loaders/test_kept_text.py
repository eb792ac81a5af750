"""Instructions normalised by one rule, then as by another: every pair of rules and every short text, against the rules alone."""

import itertools

import pytest

from vladata.language.instructions import normalise
from vladata.loaders.rendering.kept_text import lost, renormalised
from vladata.spec.recipe import InstructionRule

RULES = [
    InstructionRule(strip=strip, case=case, final_stop=stop)
    for strip in (False, True)
    for case in ("keep", "lower")
    for stop in ("keep", "remove")
]
TEXTS = ["".join(letters) for length in range(6) for letters in itertools.product("Aa. ", repeat=length)]
TEXTS += ["ΑΣ.", " ΑΣ. ", "İ. .", "\tA.\n."]


def by(rule, text):
    return normalise(text, strip=rule.strip, case=rule.case, final_stop=rule.final_stop)


@pytest.mark.parametrize("asked", RULES, ids=str)
@pytest.mark.parametrize("stored", RULES, ids=str)
def test_what_is_not_lost_is_exact_and_what_is_lost_is_unclear(stored, asked):
    if not lost(stored, asked):
        wrong = [text for text in TEXTS if renormalised(by(stored, text), stored, asked) != by(asked, text)]
        assert wrong == []
        return
    meant: dict[str, set[str]] = {}
    for text in TEXTS:
        meant.setdefault(by(stored, text), set()).add(by(asked, text))
    assert max(map(len, meant.values())) > 1
