"""The bytes of images, read from their places in the index.

Rule: the bytes have the requested length, or SourceChanged is raised. The caller compares the digest, to know that it is the same
image. Ranges of one file are read in the order of their places, and ranges with at most GAP bytes between them in one piece. In a
Parquet file, each call reads each needed row group once, and only the columns of images.
"""

from collections.abc import Callable, Iterator, Sequence

import pyarrow.parquet as pq

from vladata.corpora.corpus import Corpus, CorpusFile
from vladata.corpora.fields import Parts
from vladata.corpora.image_files import ImageFolder
from vladata.corpora.parquet import (
    ARROW_FAULTS,
    BUFFER,
    PLACES,
    damaged,
    group_rows,
    image_columns,
    numbered,
)
from vladata.corpora.parquet_columns import columns_of, nested
from vladata.errors import DataError, MissingFile, SourceChanged
from vladata.sources.folder import Folder, explained

GAP = 256 << 10
LONGEST_READ = 32 << 20

Place = tuple[str, int, int]
"""(the name of a corpus file or of an image file, offset, length in bytes)."""


class Pictures:
    """The images of one corpus."""

    def __init__(self, corpus: Corpus) -> None:
        self._files = corpus.by_name
        self._folder = ImageFolder(corpus.images, corpus.links) if corpus.images else None
        spec = corpus.spec
        self._in_rows = spec.layout == "parquet"
        self._columns = image_columns(spec)

    def read(self, places: Sequence[Place]) -> list[bytes]:
        """Return the bytes at each place, in that order."""
        found: list[bytes] = [b""] * len(places)
        for name, wanted in _by_file(places).items():
            file = self._files.get(name)
            pieces = self._pieces(name, file, [places[i] for i in wanted])
            for i, piece in zip(wanted, pieces, strict=True):
                if len(piece) != places[i][2]:
                    raise _changed(places[i], f"{len(piece):,} bytes are there")
                found[i] = piece
        return found

    def _pieces(self, name: str, file: CorpusFile | None, places: list[Place]) -> Iterator[bytes]:
        """Yield the bytes at the places of one file, which are sorted by their offsets."""
        try:
            if file is None:
                yield from (self._whole(place) for place in places)
            elif self._in_rows:
                yield from self._of_rows(file, places)
            else:
                yield from _ranges(file, places)
        except MissingFile as fault:
            raise _changed(places[0], fault.what) from None

    def _whole(self, place: Place) -> bytes:
        data = None
        if self._folder is not None:
            try:
                data = self._folder.read(place[0])
            except DataError as fault:
                raise _changed(place, fault.what) from None
        if data is None:
            raise _changed(place, "the file is gone")
        return data

    def _of_rows(self, file: CorpusFile, places: list[Place]) -> Iterator[bytes]:
        """Yield the images of a Parquet file. Row groups are read in their order, each once."""
        with file.open() as opened, explained(file.url):
            try:
                table = pq.ParquetFile(opened, buffer_size=BUFFER, pre_buffer=False)
                rows = _rows(table, self._columns, [offset >> PLACES for _, offset, _ in places])
                row: dict[str, object] = {}
                at = -1
                for place in places:
                    while at < place[1] >> PLACES:
                        at, row = next(rows, (1 << 62, {}))
                    yield self._image(row, place)
            except ARROW_FAULTS as fault:
                raise _changed(places[0], damaged(fault).what) from None

    def _image(self, row: dict[str, object], place: Place) -> bytes:
        wanted = place[1] & (1 << PLACES) - 1
        for _, number, item in numbered(row, self._columns):
            if number == wanted and isinstance(item, bytes) and len(item) == place[2]:
                return item
        raise _changed(place, "the row holds no such image")


def _rows(
    table: pq.ParquetFile, columns: Sequence[Parts], wanted: list[int]
) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield (number, image columns) of each row in `wanted`, which is sorted."""
    names = columns_of(table.schema_arrow.names, [".".join(parts) for parts in columns])
    first, asked = 0, set(wanted)
    for group in range(table.num_row_groups):
        count = table.metadata.row_group(group).num_rows
        last = max((number for number in asked if first <= number < first + count), default=-1)
        for at, row in group_rows(table, group, names) if last >= 0 else ():
            if first + at in asked:
                yield first + at, nested(row.to_pylist()[0])
            if first + at == last:
                break
        first += count


def _by_file(places: Sequence[Place]) -> dict[str, list[int]]:
    """Return file -> the positions of its places, sorted by their offsets."""
    found: dict[str, list[int]] = {}
    for i in sorted(range(len(places)), key=lambda i: places[i][1]):
        found.setdefault(places[i][0], []).append(i)
    return found


def _ranges(file: CorpusFile, places: list[Place]) -> Iterator[bytes]:
    """Yield the bytes at the places of a file. Places near one another are read together."""
    folder, _, name = file.url.rpartition("/")
    if not Folder(folder).is_local:
        yield from _cut(places, lambda start, length: Folder(folder).read_range(name, start, length))
        return
    with file.open() as opened, explained(file.url):

        def read(start: int, length: int) -> bytes:
            opened.seek(start)
            return opened.read(length)

        yield from _cut(places, read)


def _cut(places: list[Place], read: Callable[[int, int], bytes]) -> Iterator[bytes]:
    for run in _runs(places):
        start = run[0][1]
        stop = max(offset + length for _, offset, length in run)
        data = read(start, stop - start)
        for _, offset, length in run:
            yield data[offset - start : offset - start + length]


def _runs(places: list[Place]) -> Iterator[list[Place]]:
    """Yield lists of places that are read in one piece."""
    run: list[Place] = []
    stop = 0
    for place in places:
        _, offset, length = place
        if run and (offset > stop + GAP or offset + length - run[0][1] > LONGEST_READ):
            yield run
            run = []
        run.append(place)
        stop = max(stop, offset + length) if len(run) > 1 else offset + length
    if run:
        yield run


def _changed(place: Place, what: str) -> SourceChanged:
    return SourceChanged(
        f"the indexed image is not there any more: {what}",
        where=f"{place[0]}, byte {place[1]:,}" if place[1] else place[0],
        hint="The files changed since they were indexed. Run the command again, which indexes them anew.",
    )
