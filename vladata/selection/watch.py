"""Observations of a selection over a whole dataset, gathered part by part."""

from collections.abc import Collection, Iterator, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vladata.selection.rows import Rows

SHOWN = 5


class Watch:
    """Counts of steps by instruction, and the names in the user's files that are names of episodes.

    It needs at least COLUMNS of every part. Memory holds one entry for each distinct instruction.
    """

    COLUMNS = ("instructions", "gone", "numbers")

    def __init__(self) -> None:
        self.gone: set[str] = set()
        self.there: set[str] = set()
        self.before: dict[str, int] = {}
        self.after: dict[str, int] = {}
        self.matched: dict[str, set[str]] = {}

    def see_words(self, part: pa.Table) -> None:
        """Note the instructions of which the chain left steps, and the instructions of which it left none."""
        having = part.filter(pc.greater(pc.list_value_length(part["numbers"]), 0))
        self.there.update(pc.unique(pc.list_flatten(having["instructions"])).to_pylist())
        self.gone.update(pc.unique(pc.list_flatten(part["gone"])).to_pylist())

    def see(self, rows: Rows) -> None:
        """Count the steps of a part by instruction: the steps fit for a sample, and the steps that are left."""
        texts: dict[str, int] = {}
        words = np.full(len(rows.numbers), -1)
        spoken = rows.part["spoken"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
        for e, own in enumerate(rows.column("instructions")):
            steps = rows.steps_of(e)
            if e in rows.corrected:
                words[steps] = texts.setdefault(rows.corrected[e], len(texts))
            elif own:
                numbers = np.array([texts.setdefault(text, len(texts)) for text in own])
                words[steps] = np.where(spoken[steps] >= 0, numbers[spoken[steps]], -1)
        self._count(self.before, texts, words[(words >= 0)])
        self._count(self.after, texts, words[(words >= 0) & rows.left])

    @staticmethod
    def _count(counts: dict[str, int], texts: Mapping[str, int], words: np.ndarray) -> None:
        found = np.bincount(words, minlength=len(texts))
        for text, position in texts.items():
            counts[text] = counts.get(text, 0) + int(found[position])

    def match(self, url: str, name: str) -> None:
        """Note that `name`, in the file at `url`, is the name of an episode."""
        self.matched.setdefault(url, set()).add(name)

    def known(self) -> list[str]:
        """Return the instructions that had a fit step before the selection."""
        return [text for text, steps in self.before.items() if steps and text.strip()]

    def emptied(self) -> list[str]:
        """Return the instructions of which no step is left, those with the most steps first."""
        gone = [text for text in self.known() if not self.after.get(text)]
        return sorted(gone, key=lambda text: (-self.before[text], text))

    def remarks(self, files: Mapping[str, Collection[str]]) -> Iterator[str]:
        """Yield remarks for the user. files: url -> the names of episodes in the file."""
        if gone := sorted(text for text in self.gone - self.there if text.strip()):
            named = "; ".join(f'"{text}"' for text in gone[:SHOWN])
            more = f"; and {len(gone) - SHOWN:,} more" if len(gone) > SHOWN else ""
            total = len(self.gone | self.there)
            yield f"The operations of the chain leave no step of {len(gone):,} of {total:,} instructions: {named}{more}."
        if gone := self.emptied():
            named = "; ".join(f'"{text}" ({self.before[text]:,} steps)' for text in gone[:SHOWN])
            more = f"; and {len(gone) - SHOWN:,} more" if len(gone) > SHOWN else ""
            yield f"Nothing is left of {len(gone):,} of {len(self.known()):,} instructions: {named}{more}."
        yield from self.unknown(files)

    def unknown(self, files: Mapping[str, Collection[str]]) -> Iterator[str]:
        """Yield a remark on each file that names episodes which the dataset does not have."""
        for url, names in files.items():
            if unknown := sorted(set(names) - self.matched.get(url, set())):
                more = ", ..." if len(unknown) > SHOWN else ""
                yield (
                    f"{url}: of its {len(names):,} names {len(unknown):,} belong to no episode that was read: "
                    f"{', '.join(unknown[:SHOWN])}{more}."
                )
