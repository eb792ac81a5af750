"""The instruction of every step: from its field, from one of several wordings, or the constant of the schema.

Of several wordings, an episode takes one that has words, all equally likely. The choice follows from the episode's id, so it is
the same in every run. DROID has three wordings; its trainers draw one. The text of a field outside the steps is given to every
step.
"""

from vladata import keys
from vladata.spec.language import Language
from vladata.transforms.decode_text import DECODERS
from vladata.transforms.table import Table
from vladata.transforms.take_text import take_texts


def instruction(declared: Language, table: Table, episode: str) -> list[str]:
    """Return T texts, the instructions of the T steps left in `table`. episode: its id."""
    wordings = [_texts(declared, table, table.references[path].path, episode) for path in declared.paths]
    texts = _drawn(wordings, episode) if wordings else [""] * len(table)
    if declared.constant is None:
        return texts
    return [text if text.strip() else declared.constant for text in texts]


def plan(declared: Language, table: Table, episode: str) -> list[str] | None:
    """Return T texts, the plan of each step left in `table`; None where the schema names no plan. episode: its id."""
    if declared.plan is None:
        return None
    return _texts(declared, table, table.references[declared.plan].path, episode)


def _texts(declared: Language, table: Table, path: str, episode: str) -> list[str]:
    """Return the texts of one field, one for each step."""
    of_step = path in table.columns
    column = table.steps(path) if of_step else [table.values[path]]
    if declared.decode == "utf8":
        column = take_texts(column, declared.take, episode, f"{table.where}, {path}")
    texts = DECODERS[declared.decode](column, f"{table.where}, {path}")
    return texts if of_step else texts * len(table)


def _drawn(wordings: list[list[str]], episode: str) -> list[str]:
    spoken = [texts for texts in wordings if any(text.strip() for text in dict.fromkeys(texts))] or wordings[
        :1
    ]
    if len(spoken) == 1:
        return spoken[0]
    return spoken[keys.seed_of(0, "wording", episode) % len(spoken)]
