"""Templates of recipes: text with words in braces that are put in, and no other brace.

    "Q: what action should the robot take to {instruction}? A:"      "Answer in {language}: {question}"

What puts them in is vladata/language/prompts.py; here is only what may stand in a file.
"""

import re

from pydantic import AfterValidator

from vladata.spec.strict import says, wrong


def template(*needed: str, optional: tuple[str, ...] = ()) -> AfterValidator:
    """A validator: each of `needed` stands there once, each of `optional` once or not at all, and no other brace."""
    places = [f"{{{name}}}" for name in (*needed, *optional)]

    def check(text: str) -> str:
        for other in re.findall(r"\{[^{}]*\}", text):
            if other not in places:
                raise says(
                    f'got "{other}", which is never put in; allowed: {", ".join(places) or "no braces"}'
                )
        rest = text
        for place in places:
            rest = rest.replace(place, "", 1)
        if not all(f"{{{name}}}" in text for name in needed) or re.search(r"[{}]", rest):
            raise wrong(text, _allowed(needed, optional))
        return text

    return AfterValidator(check)


def _allowed(needed: tuple[str, ...], optional: tuple[str, ...]) -> str:
    once = " and ".join(f"{{{name}}}" for name in needed)
    maybe = " and ".join(f"{{{name}}}" for name in optional)
    having = [f"with {once} in it once"] if needed else []
    having += [f"with {maybe} once at most"] if optional else []
    return f"text {', '.join(having)} and no other brace"
