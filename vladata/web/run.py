"""The start of the conversion of a web corpus: index, filters, plan, then the steps of vladata/runs/attempt.py."""

from vladata.runs.apart import refuse_overlap
from vladata.runs.attempt import Kind, Run, attempt
from vladata.web.describe import committing
from vladata.web.indexed import Index, indexed
from vladata.web.prepare import WebPrepared, prepare
from vladata.web.settings import WebSettings
from vladata.web.sources import WebSources, open_sources
from vladata.web.unit import open_units

WEB = Kind(open_units, committing)


def index_here(sources: WebSources) -> None:
    """Index the files that are not in the cache yet, in this process."""
    sources.cache.fill(sources.indexing, sources.unindexed())


def begin(settings: WebSettings, overwrite: bool = False, index: Index = index_here) -> Run[WebPrepared]:
    """Index the corpus with `index`, plan, and lock the output.

    Raises the errors of `attempt`, and of a wrong corpus or spec.
    """

    def prepared() -> WebPrepared:
        sources = indexed(open_sources(settings), settings.limit, index)
        sources.cache.tidy()
        return prepare(settings, sources)

    refuse_overlap(settings.out, settings.sources)
    return attempt(settings.out, overwrite, prepared, WEB)
