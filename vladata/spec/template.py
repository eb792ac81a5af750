"""Templates of recipes: text with words in braces that are replaced, and no other brace.

    "Q: what action should the robot take to {instruction}? A:"      "Answer in {language}: {question}"

vladata/language/prompts.py replaces the words; this file only checks templates.
"""

import re

from pydantic import AfterValidator

from vladata.spec.strict import says, wrong

NOTHING = ("", "")


def template(
    *needed: str, optional: tuple[str, ...] = (), further: tuple[str, str] = NOTHING
) -> AfterValidator:
    """Return a validator of texts with each word of `needed` once, each of `optional` at most once, and no other brace.

    further: a pattern of more words that are allowed, and their name in messages.
    """
    places = [f"{{{name}}}" for name in (*needed, *optional)]

    pattern, known = further

    def check(text: str) -> str:
        found = list(dict.fromkeys(re.findall(rf"\{{(?:{pattern})\}}", text))) if pattern else []
        for other in re.findall(r"\{[^{}]*\}", text):
            if other not in places and other not in found:
                shown = ", ".join([*places, *filter(None, [known])]) or "no braces"
                raise says(f'got "{other}", which is not replaced by anything; allowed: {shown}')
        rest = text
        for place in (*places, *found):
            rest = rest.replace(place, "", 1)
        if not all(f"{{{name}}}" in text for name in needed) or re.search(r"[{}]", rest):
            raise wrong(text, _allowed(needed, (*optional, *filter(None, [known.strip("{}")]))))
        return text

    return AfterValidator(check)


def _allowed(needed: tuple[str, ...], optional: tuple[str, ...]) -> str:
    once = " and ".join(f"{{{name}}}" for name in needed)
    maybe = ", ".join(f"{{{name}}}" for name in optional)
    having = [f"with {once} in it once"] if needed else []
    having += [f"with {'each of ' if len(optional) > 1 else ''}{maybe} once at most"] if optional else []
    return f"text {', '.join(having)} and no other brace"
