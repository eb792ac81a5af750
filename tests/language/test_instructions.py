"""Normalising an instruction: each rule alone, and together."""

import pytest

from vladata.errors import UsageError
from vladata.language.instructions import normalise

KEEP = {"strip": False, "case": "keep", "final_stop": "keep"}


@pytest.mark.parametrize(
    ("text", "rule", "says"),
    [
        (" Pick  the Apple. \n", {}, " Pick  the Apple. \n"),
        (" Pick  the Apple. \n", {"strip": True}, "Pick  the Apple."),
        (" Pick  the Apple. \n", {"final_stop": "remove"}, " Pick  the Apple. \n"),
        (" Pick  the Apple. \n", {"strip": True, "final_stop": "remove"}, "Pick  the Apple"),
        (" Pick  the Apple. \n", {"case": "lower"}, " pick  the apple. \n"),
        (" Pick  the Apple. \n", {"strip": True, "case": "lower", "final_stop": "remove"}, "pick  the apple"),
        ("Pick the apple.", {"final_stop": "remove"}, "Pick the apple"),
        ("pick it .", {"final_stop": "remove"}, "pick it "),
        ("pick it .", {"strip": True, "final_stop": "remove"}, "pick it"),
        ("pick it...", {"final_stop": "remove"}, "pick it.."),
        ("pick 1.5 of it", {"final_stop": "remove"}, "pick 1.5 of it"),
        ("pick it!", {"final_stop": "remove"}, "pick it!"),
        ("ÄPFEL İ", {"case": "lower"}, "äpfel i̇"),
        ("", {"strip": True, "case": "lower", "final_stop": "remove"}, ""),
    ],
)
def test_only_what_the_rule_asks_for(text, rule, says):
    assert normalise(text, **{**KEEP, **rule}) == says


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"case": "upper"}, "unknown case; got 'upper'; allowed: keep, lower"),
        ({"final_stop": "drop"}, "unknown final_stop; got 'drop'; allowed: keep, remove"),
    ],
)
def test_unknown_rules_are_refused(rule, says):
    with pytest.raises(UsageError, match=says):
        normalise("pick it", **{**KEEP, **rule})
