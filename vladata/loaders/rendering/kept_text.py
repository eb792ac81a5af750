"""Instructions that one recipe normalised -> normalised by another recipe, exactly, if no text was lost.

A stored instruction went through its recipe's rule (vladata/language/instructions.py). Another recipe's rule can be applied to
it if it removes everything that the first rule removed. A full stop is removed only once: "stop.." keeps one, which a second
application would remove.
"""

from vladata.language.instructions import normalise
from vladata.spec.recipe import InstructionRule


def lost(stored: InstructionRule, asked: InstructionRule) -> str:
    """Return a description of text that the stored rule removed and the asked rule would keep; "" if there is none."""
    if stored.strip and not asked.strip:
        return "spaces around instructions were removed (instruction.strip), but the recipe keeps them"
    if stored.case == "lower" and asked.case == "keep":
        return "instructions were changed to lower case (instruction.case), but the recipe keeps capitals"
    if stored.final_stop == "remove" and asked.final_stop == "keep":
        return "full stops of instructions were removed (instruction.final_stop), but the recipe keeps them"
    if stored.final_stop == "remove" and stored.strip != asked.strip:
        return "full stops of instructions were looked for before spaces were removed (instruction.strip)"
    return ""


def renormalised(text: str, stored: InstructionRule, asked: InstructionRule) -> str:
    """Return the instruction normalised by `asked`, from `text`, which `stored` normalised. Call it only if nothing is `lost`."""
    stop = "keep" if stored.final_stop == "remove" else asked.final_stop
    return normalise(text, strip=asked.strip, case=asked.case, final_stop=stop)
