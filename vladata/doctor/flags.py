"""flags-missing: faults of is_first, is_last and is_terminal, and of the end that the schema asks for.

In RLDS is_first is set on step 0 only, is_last on the last step only, and is_terminal on the last step, or on none if the
episode was cut off. A flag that the data does not have gives no finding.
"""

from collections.abc import Collection, Iterator

import numpy as np

from vladata.doctor.finding import Finding, Severity, Tally
from vladata.doctor.track import Track
from vladata.spec.episode_end import EpisodeEnd
from vladata.spec.references import Reference, parse
from vladata.transforms.terminate import FORMS

FLAGS = ("is_first", "is_last", "is_terminal")
OFTEN = 0.1  # share of episodes with a flag at a wrong step, from which they may have been joined wrongly


def flag_columns(declared: EpisodeEnd, raw: Collection[str]) -> list[str]:
    """Return the raw columns that Flags reads."""
    reference = _reference(declared)
    return sorted({*FLAGS, *([reference.path] if reference else [])} & set(raw))


def _reference(declared: EpisodeEnd) -> Reference | None:
    return parse(declared.path) if declared.path else None


class Flags:
    """A look at the flags of every episode of two steps or more."""

    def __init__(self, declared: EpisodeEnd) -> None:
        self.declared = declared
        self.reference = _reference(declared)
        self.episodes, self.ends, self.asked, self.steps = 0, 0, 0, 0
        self.never = {flag: Tally() for flag in FLAGS}
        self.misplaced = {flag: Tally() for flag in FLAGS}

    def see(self, track: Track) -> None:
        """Count an episode."""
        if track.steps < 2 or not track.raw:
            return
        self.episodes += 1
        self.steps += track.steps
        for flag in FLAGS:
            if flag in track.raw and track.raw[flag].shape[1] == 1:
                self._book(flag, track, np.flatnonzero(track.raw[flag][:, 0]))
        if self.reference and self.declared.form and self.reference.path in track.raw:
            self.asked += 1
            self.ends += _ends(track.raw[self.reference.path], self.reference, self.declared.form)

    def _book(self, flag: str, track: Track, at: np.ndarray) -> None:
        right = 0 if flag == "is_first" else track.steps - 1
        if not len(at):
            self.never[flag].add(track.id, track.steps)
        elif (at != right).any():
            self.misplaced[flag].add(track.id, int(np.count_nonzero(at != right)))

    def findings(self) -> Iterator[Finding]:
        for flag in FLAGS:
            never, misplaced = self.never[flag], self.misplaced[flag]
            told = self.reference is not None and self.reference.path == flag  # _endless says so
            if never.episodes and (flag != "is_terminal" or (never.episodes == self.episodes and not told)):
                every = (
                    "any" if never.episodes == self.episodes else f"{never.episodes:,} of {self.episodes:,}"
                )
                says = f"{flag} is set in no step of {every} episode{'s' * (every != 'any')}."
                yield self._finding(flag, "warning", says, never)
            if misplaced.episodes:
                where = "the first step" if flag == "is_first" else "the last step"
                often = misplaced.episodes >= OFTEN * self.episodes and flag != "is_terminal"
                says = (
                    f"{flag} is set in {misplaced.steps:,} steps that are not {where} of their episode, in "
                    f"{misplaced.episodes:,} of {self.episodes:,} episodes. Perhaps several episodes were joined into one, or "
                    "one was cut."
                )
                yield self._finding(flag, "error" if often else "warning", says, misplaced)
        if self.asked and not self.ends:
            yield from self._endless()

    def _endless(self) -> Iterator[Finding]:
        answered = bool(self.declared.fallback)
        yield Finding(
            "flags-missing",
            "warning",
            f"terminate ({self.declared.path}, {self.declared.form}) is true in no episode: "
            + (
                "the end of an episode comes from the fallback."
                if answered
                else "no sample says that the task is done, so a model never learns to stop."
            ),
            f"If the fallback, {', '.join(self.declared.fallback)}, is right for this data, nothing needs to be done."
            if answered
            else "Add terminate.fallback: [is_last, position] to the schema, or correct terminate.form.",
            {
                "path": self.declared.path,
                "form": self.declared.form,
                "fallback": list(self.declared.fallback),
            },
            self.asked,
            self.steps,
        )

    def _finding(self, flag: str, severity: Severity, says: str, tally: Tally) -> Finding:
        advice = (
            "Add terminate.fallback: [is_last, position] to the schema: then the last step is the end where no flag is set."
            if flag != "is_first"
            else "vladata does not read is_first, but other loaders do: correct the flags where the data is written."
        )
        return Finding("flags-missing", severity, says, advice, {"flag": flag}, **tally.counts())


def _ends(values: np.ndarray, reference: Reference, form: str) -> bool:
    width, ends = FORMS[form]
    columns = reference.columns
    chosen = (
        values if columns is None else values[:, columns if isinstance(columns, slice) else list(columns)]
    )
    return chosen.shape[1] == width and ends(chosen)
