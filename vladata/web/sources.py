"""The opened corpus of a run, its index, and the images of other outputs that it must not repeat."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vladata.corpora.cached import cache_of_corpus
from vladata.corpora.corpus import Corpus, CorpusFile, open_corpus
from vladata.corpora.part import CorpusIndexing
from vladata.errors import UsageError
from vladata.filters.seen import NOTHING, Seen, distinct
from vladata.index.cache import Cache
from vladata.runs.apart import refuse_overlap
from vladata.shards.dataset import Dataset, open_dataset
from vladata.shards.naming import WORK
from vladata.shards.storage import open_output
from vladata.sources.folder import Folder
from vladata.web.settings import WebSettings


@dataclass(frozen=True)
class WebSources:
    """A corpus and the place of its index."""

    indexing: CorpusIndexing
    cache: Cache

    @property
    def corpus(self) -> Corpus:
        return self.indexing.source

    def files(self) -> Sequence[CorpusFile]:
        """Return the files that must be indexed."""
        return self.corpus.files

    def of(self, files: tuple[CorpusFile, ...]) -> "WebSources":
        """Return the sources with only `files` of the corpus, and the same index."""
        return replace(self, indexing=replace(self.indexing, source=replace(self.corpus, files=files)))

    def unindexed(self) -> list[CorpusFile]:
        """Return the files that have no part of the index yet."""
        return self.cache.missing(self.corpus, self.files())

    def parts(self, columns: Sequence[str]) -> Iterator[pa.Table]:
        """Yield `columns` of the index, one part per file."""
        return self.cache.read(self.corpus, self.corpus.files, columns)

    def part_names(self) -> list[str]:
        """Return the names of the parts in the cache, in the order of the files."""
        return self.cache.part_names(self.corpus, self.corpus.files)


def open_sources(settings: WebSettings, far: bool = True) -> WebSources:
    """Open the corpus. far: True if workers may be on other machines, which see a remote output but not this machine's cache."""
    corpus = open_corpus(settings.spec, settings.sources, settings.images, settings.split, settings.links)
    folders = (source for source in settings.sources if os.path.isdir(Folder.at(source).url))
    refuse_overlap(settings.out, [*folders, *(file.url for file in corpus.files)])
    keep = settings.recipe.web.keep
    looks = bool(keep.decoded) or (keep.duplicates is not None and keep.duplicates.near is not None)
    root = f"{settings.out}/{WORK}/index" if far and open_output(settings.out).remote else None
    indexing = CorpusIndexing(corpus, looks, settings.model)
    return WebSources(indexing, cache_of_corpus(indexing, root))


def images_of(outputs: Sequence[str]) -> tuple[Seen, list[str]]:
    """Return the images of finished outputs, and the digests of their manifests."""
    digests, looks, manifests = [NOTHING.digests], [NOTHING.looks], []
    for url in outputs:
        dataset = open_dataset(url)
        if "images" not in dataset.index.column_names:
            raise UsageError(
                "expected an output of web2vla, whose index describes images",
                where=f"--without-images-of {url}",
            )
        manifests.append(dataset.manifest.digest)
        digests.append(_distinct(dataset, "digest"))
        looks.append(_distinct(dataset, "look"))
    return Seen(distinct(np.concatenate(digests)), distinct(np.concatenate(looks))), manifests


def _distinct(dataset: Dataset, name: str) -> np.ndarray:
    pieces = [np.zeros(0, np.uint64)]
    for chunk in dataset.index["images"].chunks:
        pieces.append(pc.drop_null(pc.struct_field(chunk.flatten(), name)).to_numpy())
    return distinct(np.concatenate(pieces))
