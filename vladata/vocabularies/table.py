"""The table of kinds of vocabularies by name. To add a kind, add a file with the function that makes it, and a line here."""

from collections.abc import Callable

from vladata.vocabularies import added_tokens, fast_ids, integers, last_ids, overwrite_least_used
from vladata.vocabularies.vocabulary import Vocabulary

KINDS: dict[str, tuple[Callable[..., Vocabulary], tuple[str, ...]]] = {
    integers.KIND: (integers.integers, ("before", "digits")),
    overwrite_least_used.KIND: (overwrite_least_used.overwrite_least_used, ("counts",)),
    last_ids.KIND: (last_ids.last_ids, ("vocabulary",)),
    added_tokens.KIND: (added_tokens.added_tokens, ("pattern", "start", "end")),
    fast_ids.KIND: (fast_ids.fast_ids, ("vocabulary", "skip")),
}
"""Kind -> the function that makes a vocabulary from a demand and a tokenizer, and the names of its other arguments."""
