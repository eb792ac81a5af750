"""A check that a file of a corpus has the kind of the declared layout. It finds, for example, a Parquet file among tars."""

from vladata.corpora.corpus import Corpus, CorpusFile, open_url
from vladata.errors import FormatError
from vladata.formats import kinds
from vladata.formats.kinds import HEAD, FileKind, kind_of
from vladata.sources.folder import explained

_JSON = frozenset(
    {kinds.JSON, kinds.JSON_LINES, kinds.TEXT}
)  # a text may be damaged JSON, whose reader says where the damage is
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
    """Return the error of a file that is surely of another kind, or None if the layout's reader may be able to read it."""
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
