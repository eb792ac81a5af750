"""The stretches of a raw episode: consecutive steps without a gap, standardised, with the recipe's pictures.

If steps in the middle are left out (unfit, filtered, not chosen), the episode is cut there, so that every written episode has
consecutive steps. A stretch ends with the recorded moment after its last action. If that moment was not recorded, or its picture
is damaged, the last step is repeated.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vladata.annotations.stored import Commentary
from vladata.errors import BadImage
from vladata.images import as_jpeg, size_of, suffix
from vladata.index.about import about
from vladata.index.rows import REJECTED
from vladata.language.instructions import normalise
from vladata.records import Episode
from vladata.robot.picturing import PictureMaker
from vladata.robot.whole.columns import (
    ABOUT,
    DISCOUNT,
    OWN,
    RECORDED,
    REPEATED,
    REWARD,
    SUCCESS,
    Rule,
    columns_of,
    is_number,
)
from vladata.runs.receipts import Rejection
from vladata.shards.episodes.stretch import INSTRUCTION, NOTES, PLAN, Stretch
from vladata.shards.naming import DECODED_BY_TFDS
from vladata.sources.cameras import gives_pixels
from vladata.sources.source import Source
from vladata.transforms.standardise import Standardiser, compile_chain

Taking = Callable[[Episode], Episode]
"""A function from a standardised episode to the episode with only its taken steps."""


@dataclass(frozen=True)
class Cut:
    """The stretches of one episode. rejected: the steps whose pictures could not be decoded."""

    stretches: tuple[Stretch, ...]
    rejected: tuple[Rejection, ...]


class Stretches:
    """A function that cuts episodes by one rule.

    source:      the opened source.
    standardise: the compiled action chain.
    columns:     the columns of every stretch.
    wanted:      the columns of an episode that must be decoded.
    """

    def __init__(self, rule: Rule, annotations: Commentary, source: Source) -> None:
        shown = rule.cameras
        self.rule, self.source, self.annotations = rule, source, annotations
        self.cameras = shown
        self.standardise = _standardiser(rule, source, tuple(shown.values()))
        self.picturing = PictureMaker(
            rule.spec, rule.recipe, gives_pixels(rule.spec, source, tuple(shown.values()))
        )
        self.about = about(source, rule.spec)
        self.columns = columns_of(rule, source, annotations.names)
        kept = {name for name in self.columns.metadata if name in source.columns}
        self._carried = kept - {ABOUT + name for name in OWN}
        self._values = [name for name in (REWARD, DISCOUNT) if is_number(source, name)]
        self.wanted = self.standardise.wanted | self.about.wanted | self._carried | set(self._values)
        self._gap = rule.gap

    def __call__(self, raw: Episode, taking: Taking) -> Cut:
        """Cut a raw episode. taking: the function that chooses its steps. Raises the errors of the standardiser."""
        episode = taking(self.standardise(raw))
        pictures, rejected = self._pictures(episode)
        kept = np.ones(len(episode), bool)
        kept[[at for at, _ in rejected]] = False
        runs = list(_runs(episode.numbers, np.flatnonzero(kept), self._gap))
        texts, metadata = self._texts(episode), self._metadata(raw)
        made = tuple(
            self._stretch(raw, episode, at, (i, len(runs)), pictures, texts, metadata)
            for i, at in enumerate(runs)
        )
        return Cut(made, tuple(entry for _, entry in rejected))

    def _stretch(
        self,
        raw: Episode,
        episode: Episode,
        at: np.ndarray,
        piece: tuple[int, int],
        pictures: Mapping[str, Sequence[Any]],
        texts: Mapping[str, Sequence[str]],
        metadata: Mapping[str, Any],
    ) -> Stretch:
        """Return the stretch of the steps at positions `at` of `episode`, which has only the taken steps."""
        columns: Mapping[str, Any] = episode.steps
        numbers, rows = episode.numbers[at], at.tolist()
        state = columns["state"][at]
        after = self._after(raw, int(numbers[-1]))
        last = after or (state[-1], {name: column[rows[-1]] for name, column in pictures.items()})
        shown = {name: [*(column[i] for i in rows), last[1][name]] for name, column in pictures.items()}
        own: dict[str, Any] = {
            "source_episode": episode.id,
            "source_file": episode.place.file,
            "first_step": int(numbers[0]),
            "piece": piece[0],
            "pieces": piece[1],
            "final_observation": RECORDED if after else REPEATED,
        }
        return Stretch(
            episode.split,
            episode.id,
            episode.place,
            *piece,
            numbers,
            columns["action"][at],
            np.concatenate([state, last[0][np.newaxis]]),
            shown,
            {name: [column[i] for i in rows] for name, column in texts.items()},
            self._numbers(raw, numbers, after is not None),
            bool(columns["terminate"][at[-1]]),
            after is not None,
            {**metadata, **{ABOUT + name: value for name, value in own.items()}},
        )

    def _after(self, raw: Episode, step: int) -> tuple[np.ndarray, dict[str, bytes]] | None:
        """Return the state and pictures of the moment after step `step`; None if that moment was not recorded or is damaged."""
        at = self._moment(raw, step)
        if at == step:
            return None
        state, recorded = self.standardise.moment(raw, at)
        try:
            shown = {
                name: self._picture(name, self.picturing.column(name, recorded[camera])[0])
                for name, camera in self.cameras.items()
            }
            for picture in shown.values():
                size_of(picture)  # the index does not check steps without an action
        except BadImage:
            return None
        return (state, shown) if np.isfinite(state).all() else None

    def _pictures(
        self, episode: Episode
    ) -> tuple[dict[str, list[bytes | None]], list[tuple[int, Rejection]]]:
        """Return camera -> pictures of the N steps, and (position, rejection) of each step that lacks a picture."""
        made: dict[str, list[bytes | None]] = {name: [] for name in self.cameras}
        columns: Mapping[str, Any] = {
            name: self.picturing.column(name, episode.steps[f"images/{camera}"])
            for name, camera in self.cameras.items()
        }
        wrong: list[tuple[int, Rejection]] = []
        for at in range(len(episode)):
            shown: Mapping[str, bytes | None]
            try:
                shown = {name: self._picture(name, column[at]) for name, column in columns.items()}
            except BadImage as fault:
                wrong.append((at, unfit_step(episode, int(episode.numbers[at]), fault)))
                shown = dict.fromkeys(columns)
            for name, picture in shown.items():
                made[name].append(picture)
        return made, wrong

    def _picture(self, name: str, recorded: Any) -> bytes:
        """Return the picture as it is written. Raises BadImage."""
        picture = recorded if self.picturing.passes else self.picturing(name, recorded)
        if suffix(picture) in DECODED_BY_TFDS:
            return picture
        return as_jpeg(picture, self.rule.recipe.images.quality)

    def _texts(self, episode: Episode) -> dict[str, Sequence[str]]:
        columns: Mapping[str, Any] = episode.steps
        rule = self.rule.recipe.instruction
        normal = {
            text: normalise(text, strip=rule.strip, case=rule.case, final_stop=rule.final_stop)
            for text in set(columns["instruction"])
        }
        found: dict[str, Sequence[str]] = {INSTRUCTION: [normal[text] for text in columns["instruction"]]}
        if PLAN in self.columns.texts:
            found[PLAN] = columns[PLAN]
        said = self.annotations.of(episode.id, episode.numbers)
        return found | {NOTES + name: texts for name, texts in said.items()}

    def _numbers(self, raw: Episode, numbers: np.ndarray, recorded: bool) -> dict[str, np.ndarray]:
        """Return the rewards and discounts of the N steps and of the moment after them, float32 [N + 1] each.

        A step that stands for several recorded steps has the sum of their rewards and the product of their discounts.
        recorded: True if the moment after the steps was recorded; else its reward is 0 and its discount 1.
        """
        found = {DISCOUNT: np.ones(len(numbers) + 1, np.float32)}
        combined: dict[str, Callable[[np.ndarray], Any]] = {REWARD: np.sum, DISCOUNT: np.prod}
        none = {REWARD: 0, DISCOUNT: 1}
        for name in self._values:
            column: Any = np.asarray(raw.steps[name])
            each = [combined[name](column[n : n + self._gap]) for n in numbers.tolist()]
            after = column[self._moment(raw, int(numbers[-1]))] if recorded else none[name]
            found[name] = np.array([*each, after], np.float32)
        return found

    def _moment(self, raw: Episode, step: int) -> int:
        """Return the recorded step at the moment after step `step`; the last step of the episode if that is earlier."""
        return min(step + self._gap, len(raw) - 1)

    def _metadata(self, raw: Episode) -> dict[str, Any]:
        found = {name: raw.metadata[name] for name in self.columns.metadata if name in self._carried}
        if SUCCESS in self.columns.metadata and SUCCESS not in self._carried:
            found[SUCCESS] = {True: 1, False: 0, None: -1}[self.about.success(raw)]
        return found


def _standardiser(rule: Rule, source: Source, shown: Sequence[str]) -> Standardiser:
    return compile_chain(rule.spec, rule.chain, source.step_columns, source.values, rule.every, shown)


def _runs(numbers: np.ndarray, kept: np.ndarray, apart: int) -> Iterator[np.ndarray]:
    """Cut the rising positions `kept` into runs in which the step numbers differ by `apart`."""
    if len(kept):
        yield from np.split(kept, np.flatnonzero(np.diff(numbers[kept]) != apart) + 1)


def unfit_step(of: Episode | Stretch, step: int, fault: BadImage) -> Rejection:
    """Return the rejection of a step whose picture could not be decoded."""
    place, name = of.place, of.id if isinstance(of, Episode) else of.episode
    where = (name, of.split, place.file, place.offset, place.length)
    return Rejection(*where, step, "", REJECTED, fault.reason, str(fault))
