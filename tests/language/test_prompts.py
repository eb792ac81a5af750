"""Templates: what is put in is never read as a template."""

import pytest

from vladata.errors import UsageError
from vladata.language.prompts import placeholders, render

PROMPT = "Q: what action should the robot take to {instruction}? A:"


@pytest.mark.parametrize(
    ("template", "values", "says"),
    [
        (PROMPT, {"instruction": "pick apple"}, "Q: what action should the robot take to pick apple? A:"),
        ("{action}", {"action": "1 128 91 241 5 101 127 217"}, "1 128 91 241 5 101 127 217"),
        ("{action} {action}", {"action": "1"}, "1 1"),
        ("no place", {"instruction": "pick"}, "no place"),
        ("", {}, ""),
        (PROMPT, {"instruction": ""}, "Q: what action should the robot take to ? A:"),
        (
            PROMPT,
            {"instruction": "{action} {0} {{ %s \\1"},
            PROMPT.replace("{instruction}", "{action} {0} {{ %s \\1"),
        ),
        (
            "{instruction}|{action}",
            {"instruction": "{action}", "action": "{instruction}"},
            "{action}|{instruction}",
        ),
        ('{"do": "{instruction}"}', {"instruction": "pick"}, '{"do": "pick"}'),
        (
            "Answer in {language}: {question}",
            {"language": "EN", "question": "{answer}?"},
            "Answer in EN: {answer}?",
        ),
        ("{{instruction}}", {"instruction": "pick"}, "{pick}"),
    ],
)
def test_render(template, values, says):
    assert render(template, **values) == says


def test_placeholders_in_order_known_or_not():
    assert placeholders("{action} {instruction} {x} {} {a b} {action}") == (
        "action",
        "instruction",
        "x",
        "",
        "action",
    )


@pytest.mark.parametrize("place", ["action", "instructions", "", "0"])
def test_a_place_for_which_nothing_is_given_is_refused(place):
    with pytest.raises(UsageError) as error:
        render(f"to {{{place}}}", instruction="pick")
    assert str(error.value) == f'"to {{{place}}}": there is no value for "{{{place}}}"; got \'instruction\'.'
