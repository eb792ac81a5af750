"""nothing-left, one-step and rejected: a dataset without any usable step, episodes too short to show a motion, and steps that
the index rejected."""

from collections import defaultdict
from collections.abc import Iterator

from vladata.doctor.finding import Finding, Tally, percent, share
from vladata.doctor.track import Track
from vladata.index.rows import CURABLE, REJECTED, WHOLE

FEW = 0.1  # share of episodes or steps from which a rejection is an error


class Lengths:
    """A look at the length of every episode, and at the steps that were left out of it."""

    def __init__(self) -> None:
        self.episodes, self.steps, self.left, self.short = 0, 0, 0, Tally()
        self.rejected: dict[str, Tally] = defaultdict(Tally)
        self.whole: dict[str, int] = defaultdict(int)
        self.first: dict[str, str] = {}

    def see(self, track: Track) -> None:
        """Count an episode."""
        self.episodes += 1
        self.steps += track.steps
        self.left += len(track)
        reasons: dict[str, int] = defaultdict(int)
        for entry in track.left_out:
            if entry["outcome"] == REJECTED and entry["reason"] not in CURABLE:
                whole = entry["step"] == WHOLE
                reasons[entry["reason"]] += track.steps if whole else 1
                self.whole[entry["reason"]] += whole
                self.first.setdefault(entry["reason"], str(entry["says"]).splitlines()[0])
        if is_short(track):
            self.short.add(track.id, track.steps)
            reasons.pop("no_steps", None)
        for reason, steps in reasons.items():
            self.rejected[reason].add(track.id, steps)

    def findings(self) -> Iterator[Finding]:
        if not self.left:
            yield Finding(
                "nothing-left",
                "error",
                f"None of the steps of {self.episodes:,} episodes can become a sample."
                if self.episodes
                else "There is no episode to look at.",
                "Run `vladata index SOURCE --schema SCHEMA`: it says which rule or fault took the steps out. Check --split, "
                "--select, --keep-ranges and --errata.",
                {"episodes": self.episodes},
                self.episodes,
                self.steps,
            )
        if self.short.episodes:
            yield Finding(
                "one-step",
                "warning",
                f"{self.short.episodes:,} of {self.episodes:,} episodes have one step or none. They give no sample, since the "
                "last step of an episode has no valid action.",
                "Nothing is lost by excluding them: write a list with --write-errata FILE and convert with --errata FILE.",
                {"share": share(self.short.episodes, self.episodes)},
                **self.short.counts(),
            )
        for reason, tally in sorted(self.rejected.items()):
            part = max(share(self.whole[reason], self.episodes), share(tally.steps, self.steps))
            yield Finding(
                "rejected",
                "error" if part > FEW else "warning",
                f"{tally.steps:,} steps of {tally.episodes:,} episodes ({percent(part)}) are rejected as {reason}, "
                f"{self.whole[reason]:,} of these episodes as a whole. The first one: {self.first[reason]}",
                "A conversion leaves them out, lists each of them in rejected.jsonl, and fails if they are more than "
                "--max-rejected. Repair the data if they are many.",
                {"reason": reason, "whole_episodes": self.whole[reason], "share": part},
                **tally.counts(),
            )


def is_short(track: Track) -> bool:
    """Return True if an episode that could be read has one step or none."""
    return track.steps <= 1 and not any(
        entry["step"] == WHOLE and entry["reason"] != "no_steps" for entry in track.left_out
    )
