"""Whether a file of a corpus is what the layout of its declaration has: a Parquet file among tars is named for what it is."""

from vladata.corpora.corpus import Corpus, CorpusFile, open_url
from vladata.errors import FormatError
from vladata.formats import kinds
from vladata.formats.kinds import HEAD, FileKind, kind_of
from vladata.sources.folder import explained

_JSON = frozenset(
    {kinds.JSON, kinds.JSON_LINES, kinds.TEXT}
)  # a text may be JSON that is damaged: its reader says where
EXPECTED: dict[str, frozenset[FileKind]] = {
    "webdataset": frozenset({kinds.TAR}),
    "parquet": frozenset({kinds.PARQUET}),
    "json": _JSON,
    "questions": _JSON,
    "coco": _JSON,
    "tfds": frozenset({kinds.TFRECORD, kinds.EMPTY}),
}
READS = {"webdataset": "tar archives", "parquet": "Parquet files", "tfds": "TFRecord files"}


def other_kind(corpus: Corpus, file: CorpusFile) -> FormatError | None:
    """What is wrong with a file that is surely something else; None where it may be what the layout reads."""
    for url in (file.url, file.annotations):
        if not url:
            continue
        with open_url(url) as opened, explained(url):
            kind = kind_of(opened.read(HEAD))
        layout = corpus.spec.layout
        if kind is not None and kind not in EXPECTED[layout]:
            return FormatError(
                f"this is {kind.is_a}, and the schema {corpus.name} (layout {layout}) reads {READS.get(layout, 'JSON')}",
                where=url.rpartition("/")[2] if url == file.annotations else "",
                hint=kind.hint,
            )
    return None
