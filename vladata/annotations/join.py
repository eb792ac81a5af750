"""Join annotation tables with the episodes that are read; the result is the rows about taken steps.

The join reads the index twice and each table once. Memory holds one or two names of each episode (names.py) and the rows that
match an episode; other rows are only counted.
"""

import hashlib
import os
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vladata.annotations.names import COLUMNS, Names
from vladata.annotations.row import KEYS, LAST, ROWS
from vladata.annotations.table import read_table, row_word
from vladata.annotations.texts import NOTHING, AnnotatedSpans, named, overlapping, rows_at
from vladata.annotations.told import MEANS, SHOWN, Told
from vladata.sources.folder import named_file

PIECE = 1 << 20
TAKEN = ("episode", "steps", "numbers")
Parts = Callable[[Sequence[str]], Iterable[pa.Table]]
"""A function from names of columns to the parts of the index with these columns."""


@dataclass(frozen=True)
class Joined:
    """The joined rows.

    table: the rows that are used, with the columns of ROWS, sorted by the episode's id; within one, later rows override earlier.
    told:  the counts of used and unused rows.
    """

    table: pa.Table
    told: Told


def join(urls: Sequence[str], datasets: Collection[str], read: Parts, taken: Parts) -> Joined:
    """Join the tables at `urls`; rows of later tables override those of earlier ones.

    datasets: the names of the dataset that is read.
    read:     the index of all episodes that are read.
    taken:    the part of this index that is taken.
    Raises MissingFile, SourceError, or FormatError, which names the wrong row.
    """
    joining = _Joining(Names.of(read(COLUMNS)), urls, datasets)
    for position, url in enumerate(urls):
        for _, rows in read_table(url):
            joining.see(position, rows)
    return joining.joined(taken(TAKEN))


def digest_of(url: str) -> str:
    """Return the SHA-256 of a file."""
    folder, name = named_file(url)
    state = hashlib.sha256()
    with folder.open(name) as file:
        while piece := file.read(PIECE):
            state.update(piece)
    return state.hexdigest()


class _Joining:
    def __init__(self, names: Names, urls: Sequence[str], datasets: Collection[str]) -> None:
        self.names, self.urls, self.datasets = names, urls, pa.array(sorted(datasets))
        self.rows = 0
        self.counts = dict.fromkeys(MEANS, 0)
        self.named: dict[str, list[str]] = {kind: [] for kind in MEANS}
        self.missed: dict[str, None] = {}
        self._kept: list[pa.Table] = []

    def see(self, position: int, rows: pa.Table) -> None:
        """Keep the rows of table `position` that match an episode. rows: columns of ROWS, and each row's number in its file."""
        self.rows += len(rows)
        rows = rows.append_column("file", pa.array(np.full(len(rows), position, np.int32)))
        rows = rows.append_column("row", pa.array(np.arange(self.rows - len(rows), self.rows)))
        dataset = rows["dataset"]
        ours = pc.or_(pc.equal(dataset, ""), pc.is_in(dataset, self.datasets))
        self._tell("other_dataset", rows.filter(pc.invert(ours)))
        rows = rows.filter(ours)
        for key in KEYS:
            self._match(key, rows.filter(pc.not_equal(rows[key], "")))

    def _match(self, key: str, rows: pa.Table) -> None:
        if not len(rows):
            return
        found = self.names.find(key, rows[key].combine_chunks())
        missing = found.counts == 0
        # If several episodes have the same content, a row is used for each of them; but if several have the same episode_key,
        # the row is ambiguous.
        doubtful = (found.counts > 1) & (key == "episode_key")
        self._tell("unmatched", rows.filter(pa.array(missing)))
        self._tell("ambiguous", rows.filter(pa.array(doubtful)))
        if missing.any():
            self.missed[key] = None
        good = ~doubtful[found.rows]
        matched = rows.take(pa.array(found.rows[good]))
        self._kept.append(matched.append_column("at", pa.array(found.episodes[good])))

    def _tell(self, kind: str, rows: pa.Table) -> None:
        self.counts[kind] += len(rows)
        room = SHOWN - len(self.named[kind])
        for row in rows.slice(0, max(room, 0)).to_pylist():
            self.named[kind].append(self._words(row))

    def _words(self, row: dict[str, object]) -> str:
        """Return a row in the words of messages: "plans.jsonl line 7: train-00000-000002, plan, steps 4 to 9"."""
        url = self.urls[int(str(row["file"]))]
        name = next(row[key] for key in KEYS if row[key])
        stop = "the end" if row["stop"] is None else row["stop"]
        place = f"{os.path.basename(url)} {row_word(url)} {row['number']}"
        return f"{place}: {name}, {row['field']}, steps {row['start']} to {stop}"

    def joined(self, parts: Iterable[pa.Table]) -> Joined:
        """Return the rows about the taken steps, read from `parts`."""
        empty = pa.table({**{n: pa.array([], ROWS.field(n).type) for n in ROWS.names}})
        kept = pa.concat_tables(self._kept) if self._kept else empty
        if not self._kept:
            return Joined(empty, self._told(0, 0, {}))
        # Rows were matched by one kind of name after another; here they are sorted into the order of the files again.
        order = np.lexsort((kept["row"].to_numpy(), kept["at"].to_numpy()))
        kept = kept.take(pa.array(order)).combine_chunks()
        use = _Use(kept, self.names)
        for part in parts:
            use.see(part)
        unused = np.setdiff1d(kept["row"].to_numpy(), kept["row"].to_numpy()[use.used])
        self._tell_rows("unused", kept, unused)
        self._tell_rows("overlapping", kept, np.unique(use.over))
        self._tell_rows("beyond_end", kept, np.unique(use.beyond))
        return Joined(use.table(), self._told(len(unused), use.episodes, use.steps))

    def _tell_rows(self, kind: str, kept: pa.Table, rows: np.ndarray) -> None:
        """Count the rows with the numbers `rows`, and keep the first for messages. A row that matched several episodes counts
        once."""
        self.counts[kind] = len(rows)
        shown = kept.filter(pc.is_in(kept["row"], pa.array(rows[:SHOWN], pa.int64())))
        _, first = np.unique(shown["row"].to_numpy(), return_index=True)
        self.named[kind] = [self._words(row) for row in shown.take(pa.array(first)).to_pylist()]

    def _told(self, unused: int, episodes: int, steps: dict[str, int]) -> Told:
        lost = unused + self.counts["unmatched"] + self.counts["ambiguous"] + self.counts["other_dataset"]
        return Told(
            files=tuple(digest_of(url) for url in self.urls),
            rows=self.rows,
            used=self.rows - lost,
            episodes=episodes,
            steps=dict(sorted(steps.items())),
            named={kind: tuple(words) for kind, words in self.named.items() if words},
            examples={key: self.names.example(key) for key in self.missed},
            **self.counts,
        )


class _Use:
    """The matched rows that are used, found while parts of the taken steps are read. kept: rows sorted by their episode."""

    def __init__(self, kept: pa.Table, names: Names) -> None:
        self.kept, self.names = kept, names
        self.at = kept["at"].to_numpy()
        self.row = kept["row"].to_numpy()
        self.starts = kept["start"].to_numpy()
        self.given = kept["stop"].fill_null(LAST).to_numpy()
        self.used = np.zeros(len(kept), bool)
        self.over: list[int] = []
        self.beyond: list[int] = []
        self.steps: dict[str, int] = {}
        self.episodes = 0
        self._seen: set[int] = set()

    def see(self, part: pa.Table) -> None:
        positions = self.names.find("episode", part["episode"].combine_chunks()).episodes
        first, behind = np.searchsorted(self.at, positions), np.searchsorted(self.at, positions, "right")
        for e in np.flatnonzero(behind > first).tolist():
            if positions[e] not in self._seen:
                self._seen.add(int(positions[e]))
                self._episode(slice(first[e], behind[e]), part["numbers"][e], part["steps"][e].as_py())

    def _episode(self, rows: slice, listed: pa.Scalar, length: int) -> None:
        columns = self.kept.slice(rows.start, rows.stop - rows.start)
        names = list(map(named, columns["field"].to_pylist(), columns["camera"].to_pylist()))
        said = AnnotatedSpans(names, self.starts[rows], self.given[rows])
        numbers = listed.values.to_numpy(zero_copy_only=False)
        found = {name: at[at != NOTHING] for name, at in rows_at(said, numbers).items()}
        for name, at in found.items():
            self.steps[name] = self.steps.get(name, 0) + len(at)
            self.used[rows.start + at] = True
        self.episodes += any(map(len, found.values()))
        self.over += self.row[rows][overlapping(said)].tolist()
        if length:  # 0 for a record that cannot be read: its length is not known
            far = (said.starts >= length) | ((said.stops > length) & (said.stops != LAST))
            self.beyond += self.row[rows][far].tolist()

    def table(self) -> pa.Table:
        """Return the rows that are used, with the ids of their episodes, sorted by id."""
        kept = self.kept.filter(pa.array(self.used))
        ids = self.names.table["episode"].take(kept["at"])
        order = pc.sort_indices(
            pa.table({"id": ids, "row": kept["row"]}), [("id", "ascending"), ("row", "ascending")]
        )
        none = pa.array([""] * len(kept), pa.string())
        columns = {name: kept[name] for name in ROWS.names}
        columns |= {"dataset": none, "content": none, "episode_key": none, "episode": ids}
        return pa.table(columns, schema=ROWS).take(order).combine_chunks()
