"""The instruction of every step: from its field, from one of several wordings, or what the schema says for all.

Where an instruction was written down in several ways, an episode takes one of those that have words, each as likely. The
episode's identity draws, so that it is the same in every run. DROID has three sentences, of which its trainers draw one.
"""

from vladata import keys
from vladata.spec.language import Language
from vladata.transforms.decode_text import DECODERS
from vladata.transforms.table import Table


def instruction(declared: Language, table: Table, episode: str) -> list[str]:
    """list of T texts, T the steps that `table` has left, of the episode of that id."""
    wordings = [
        DECODERS[declared.decode](table.steps(table.references[path].path), table.where)
        for path in declared.paths
    ]
    texts = _drawn(wordings, episode) if wordings else [""] * len(table)
    if declared.constant is None:
        return texts
    return [text if text.strip() else declared.constant for text in texts]


def _drawn(wordings: list[list[str]], episode: str) -> list[str]:
    spoken = [texts for texts in wordings if any(text.strip() for text in dict.fromkeys(texts))] or wordings[
        :1
    ]
    if len(spoken) == 1:
        return spoken[0]
    return spoken[keys.seed_of(0, "wording", episode) % len(spoken)]
