"""What a recipe may do to an instruction before it is put into a prompt, and nothing else.

In this order, each only when asked for: white space around it is taken away; one full stop at its end is taken away,
with the white space before it when that is taken away too; capitals become small letters (Unicode's, whatever the
locale). Nothing inside is touched.

    "  Pick the apple. "   strip             "Pick the apple."
                           strip, remove     "Pick the apple"
                           and lower         "pick the apple"
"""

from vladata.errors import UsageError

CASES = ("keep", "lower")
FINAL_STOPS = ("keep", "remove")


def normalise(text: str, *, strip: bool, case: str, final_stop: str) -> str:
    """`text` with what the rule asks for done to it. case: "keep" or "lower"; final_stop: "keep" or "remove"."""
    if case not in CASES:
        raise UsageError("there is no such case", got=case, allowed=", ".join(CASES))
    if final_stop not in FINAL_STOPS:
        raise UsageError("there is no such final_stop", got=final_stop, allowed=", ".join(FINAL_STOPS))
    if strip:
        text = text.strip()
    if final_stop == "remove" and text.endswith("."):
        text = text[:-1].rstrip() if strip else text[:-1]
    return text.lower() if case == "lower" else text
