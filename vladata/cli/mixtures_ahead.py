"""Remarks, before a conversion, on filters of shipped mixtures that its output could not pass."""

from collections.abc import Iterator

import pyarrow.compute as pc

from vladata.mixtures.tree import leaves, tree_of
from vladata.spec import find
from vladata.spec.keep import Similarity
from vladata.web.prepare import WebPrepared

CAPTION = "caption"  # the task whose pairs have a similarity of image and text


def wanted_by_mixtures(prepared: WebPrepared) -> Iterator[str]:
    """Yield a remark for each shipped mixture that chooses captions by a similarity, if the corpus has captions without one."""
    if CAPTION not in prepared.decisions.tasks or _has_similarity(prepared):
        return
    for mixture, source, asked in _by_similarity():
        chosen = f"the best {asked.top}" if asked.top else f"those of at least {asked.min:g}"
        yield (
            f"Mixture {mixture} keeps, of its source {source}, {chosen} by similarity, and this corpus has no similarity. "
            f"To use it there, mix with --no-keep {source}:similarity, or convert with --similarity-model MODEL."
        )


def _has_similarity(prepared: WebPrepared) -> bool:
    columns = (part["similarity"] for part in prepared.sources.parts(["similarity"]))
    return any(pc.any(pc.and_not(column.is_valid(), pc.is_nan(column))).as_py() for column in columns)


def _by_similarity() -> Iterator[tuple[str, str, Similarity]]:
    """Yield each filter by similarity: the name of the shipped mixture, the name of its source, and the filter."""
    for name in find.names("mixture"):
        spec = find.mixture(name)
        for leaf in leaves(tree_of(spec, spec.weights or "shares")):
            if leaf.source.keep is not None and leaf.source.keep.similarity is not None:
                yield name, leaf.name.rsplit("/", 1)[-1], leaf.source.keep.similarity
