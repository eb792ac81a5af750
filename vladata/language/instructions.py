"""Normalise an instruction as a recipe says, before it is put into a prompt.

The steps, in this order, each only if the recipe sets it: remove white space around the instruction; remove one full stop at
its end (and, with the first step, white space before the stop); turn capitals into small letters (Unicode's, in any locale). The
text is not changed in any other way.

    "  Pick the apple. "   strip             "Pick the apple."
                           strip, remove     "Pick the apple"
                           and lower         "pick the apple"
"""

from vladata.errors import UsageError

CASES = ("keep", "lower")
FINAL_STOPS = ("keep", "remove")


def normalise(text: str, *, strip: bool, case: str, final_stop: str) -> str:
    """Return `text`, normalised. case: "keep" or "lower"; final_stop: "keep" or "remove"."""
    if case not in CASES:
        raise UsageError("unknown case", got=case, allowed=", ".join(CASES))
    if final_stop not in FINAL_STOPS:
        raise UsageError("unknown final_stop", got=final_stop, allowed=", ".join(FINAL_STOPS))
    if strip:
        text = text.strip()
    if final_stop == "remove" and text.endswith("."):
        text = text[:-1].rstrip() if strip else text[:-1]
    return text.lower() if case == "lower" else text
