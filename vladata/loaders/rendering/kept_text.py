"""Instructions as one recipe normalised them -> as another would have: where nothing is lost, and exactly.

A stored instruction went through its recipe's rule (vladata/language/instructions.py). The rule of another recipe can be
applied to that where what the first took away the second would take away too. A full stop is taken away once: of "stop.." one
is left, and a second time would take it.
"""

from vladata.language.instructions import normalise
from vladata.spec.recipe import InstructionRule


def lost(stored: InstructionRule, asked: InstructionRule) -> str:
    """What the stored rule took away and the asked one would have kept, in words; "" where nothing is."""
    if stored.strip and not asked.strip:
        return "spaces around instructions were taken away (instruction.strip), and the recipe keeps them"
    if stored.case == "lower" and asked.case == "keep":
        return "instructions were made small letters (instruction.case), and the recipe keeps capitals"
    if stored.final_stop == "remove" and asked.final_stop == "keep":
        return (
            "full stops of instructions were taken away (instruction.final_stop), and the recipe keeps them"
        )
    if stored.final_stop == "remove" and stored.strip != asked.strip:
        return "full stops of instructions were looked for before spaces were taken away (instruction.strip)"
    return ""


def renormalised(text: str, stored: InstructionRule, asked: InstructionRule) -> str:
    """Return the instruction as `asked` would have made it of what `stored` made `text` of. Only where nothing is `lost`."""
    stop = "keep" if stored.final_stop == "remove" else asked.final_stop
    return normalise(text, strip=asked.strip, case=asked.case, final_stop=stop)
