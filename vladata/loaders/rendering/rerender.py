"""Another recipe's prompts, tasks and codec while samples are loaded, from stored values and without a conversion.

    Rerender(samples, "openvla").columns(batch, epoch)      the columns of a batch, as after a conversion with that recipe

The new values of a sample are prompt, target, task, instruction, plan, bins, action, mask, valid, terminate, loss_weight, frames,
contract, and the names of its images. Its key, state, source and place stay. fit.py checks before the first batch that stored
samples are enough for the recipe; docs/rendering-at-load.md lists the possible recipes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from vladata.actions.contract import codec_from_contract
from vladata.errors import LoadError, UsageError
from vladata.loaders.collators.terms import agreed
from vladata.loaders.rendering.asked_recipes import Asked, recipes_of
from vladata.loaders.rendering.drawn_again import Draw
from vladata.loaders.rendering.fit import RecipeFit, fit
from vladata.loaders.rendering.into_columns import Into
from vladata.loaders.rendering.pairs_again import PairRenderer
from vladata.loaders.rendering.rendered_again import Robots, SourceRows
from vladata.loaders.rendering.stored import Stored, StoredRobot, StoredWeb, Whose, stored_in
from vladata.robot.describe import words_of
from vladata.robot.samples import most_frames, shown_by
from vladata.shards.reading.columns import shapes_by, taken
from vladata.shards.sequence import Samples
from vladata.spec.images import ImageRule

NEEDED = (
    "key",
    "dataset",
    "contract",
    "task",
    "prompt",
    "target",
    "instruction",
    "plan",
    "episode",
    "step",
    "terminate",
    "loss_weight",
    "action",
    "mask",
    "valid",
    "action_dims",
    "bins",
    "state",
)
"""The columns that must be read; `frames` and `images` too, if they are wanted."""


class Rerender:
    """A renderer of the samples of an output by another recipe.

    contracts:  digest -> action contract, of all rendered samples.
    statistics: digest -> {action, state}, in the form of manifests.
    words:      digest -> the words of its samples, in the form of a manifest's `prompts`.
    cameras:    the names of the images of a sample's own step, in order.   frames: the most frames that a sample shows.
    pictures:   the rule for resizing images in loading; None if they stay as they are stored.
    untouched:  "SOURCE, task" -> the reason why its image-text pairs stay as they are.
    recipes:    robot source -> the recipe and the digest of the action contract of its rendered samples.
    """

    def __init__(
        self,
        samples: Samples,
        recipe: Asked | Mapping[str, Asked] | None = None,
        *,
        seed: int = 0,
        prompts: str | None = None,
        own_images: bool = False,
    ) -> None:
        """Check the recipe against the samples.

        recipe:     a name, a path or a recipe; for single sources of a mixture {source: recipe}; None for prompts alone.
        prompts:    "redrawn": each epoch after the first draws again among the prompts of a task; "kept": all epochs have the
                    draw of the conversion. None is "redrawn".
        own_images: True if the caller gives the rule for images, and not the recipe.

        Raises UsageError, which lists everything that the stored samples do not have; UnknownName for a recipe or source.
        """
        if prompts not in (None, "kept", "redrawn"):
            raise UsageError("unknown prompts", got=prompts, allowed="kept, redrawn")
        self._arguments = samples, recipe, seed, prompts, own_images
        draw = Draw(seed, prompts != "kept")
        self._prompts_alone = recipe is None
        sources = list(stored_in(samples))
        asked = recipes_of(recipe, sources)
        robots: dict[Whose, Robots | PairRenderer] = {}
        self.untouched: dict[str, str] = {}
        fits, kept = list[RecipeFit](), list[Stored]()
        for source in sources:
            wanted = asked.get(source.name)
            if wanted is None:
                kept.append(source)
                continue
            made: Robots | PairRenderer
            if isinstance(source, StoredRobot):
                fits.append(fit(source, wanted, own_images, prompts_alone=self._prompts_alone))
                made = Robots(fits[-1], draw)
            else:
                made = self._pairs(source, PairRenderer(source, wanted), recipe, len(sources))
            _check_alone(robots, source)
            robots[source.whose] = made
        for source in kept:
            _check_alone(robots, source)
        self._made = robots
        self._only = next(iter(robots.values())) if len(sources) == len(robots) == 1 else None
        self._told(samples, sources, fits)

    def _pairs(self, source: StoredWeb, made: PairRenderer, recipe: Any, sources: int) -> PairRenderer:
        for task, why in made.untouched.items():
            if sources == 1 or isinstance(recipe, Mapping):
                what = f"pairs of task {task} cannot be worded anew: {why}"
                raise UsageError(what, where=source.name, hint="Convert the corpus again with this recipe.")
            self.untouched[f"{source.name}, {task}"] = why
        return made

    def _told(self, samples: Samples, sources: Sequence[Any], fits: Sequence[RecipeFit]) -> None:
        """Collect the facts about all rendered samples."""
        again = {each.source.name for each in fits}
        kept = [each for each in sources if isinstance(each, StoredRobot) and each.name not in again]
        both = [(e.contract, e.statistics) for e in fits] + [(e.contract, e.statistics) for e in kept]
        self.contracts = {contract["digest"]: contract for contract, _ in both}
        self.statistics = agreed((contract["digest"], statistics) for contract, statistics in both)
        self.words: dict[str, list[Mapping[str, Any]]] = {}
        worded = [(e.contract, e.recipe) for e in fits] + [(e.contract, e.recipe) for e in kept]
        for contract, recipe in worded:
            self.words.setdefault(contract["digest"], []).append(words_of(recipe))
        self.recipes = {each.source.name: (each.recipe, each.contract["digest"]) for each in fits}
        self.recipes |= {each.name: (each.recipe, each.contract["digest"]) for each in kept}
        robots = [(each.source.spec, each.recipe) for each in fits] + [(e.spec, e.recipe) for e in kept]
        names = [name for spec, recipe in robots for name, tasks in shown_by(spec, recipe).items() if tasks]
        if any(isinstance(each, StoredWeb) for each in sources):
            names += [name for name in samples.manifest.cameras if name not in names]
        self.cameras = tuple(dict.fromkeys(name.partition("-")[0] for name in names))
        self.frames = max((most_frames(recipe) for _, recipe in robots), default=1)
        rules = {each.pictures for each in fits}
        if len(rules) > 1 or (fits and kept and rules != {None}):
            raise UsageError(
                "the images of the mixture's sources would be resized by different rules",
                where=samples.url,
                hint="Give one rule for all of them: image_size or images.",
            )
        self.pictures: ImageRule | None = next(iter(rules), None)
        for contract in self.contracts.values():
            codec_from_contract(contract)  # UnknownName for a codec of a package that is not installed
        shapes = shapes_by(self.contracts.values())
        self._shapes = replace(shapes, frames=self.frames if self.frames > 1 else 0)

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, self._arguments

    def columns(
        self, columns: Mapping[str, Any], epoch: int = 0, faults: list[tuple[int, LoadError]] | None = None
    ) -> dict[str, Any]:
        """Return the columns of a batch, rendered again. columns: the columns in NEEDED, and any others.

        faults: a list to which (place among the given samples, LoadError) is added for each sample that cannot be rendered, and
                is left out of all columns; without it the LoadError is raised.
        """
        if self._prompts_alone and not epoch:
            return dict(columns)
        try:
            return self._columns(columns, epoch)
        except LoadError:
            if faults is None:
                raise
        good = list[int]()
        for i in range(len(columns["key"])):
            try:
                self._columns(taken(columns, [i]), epoch)
                good.append(i)
            except LoadError as fault:
                faults.append((i, fault))
        return self._columns(taken(columns, good), epoch)

    def _columns(self, columns: Mapping[str, Any], epoch: int) -> dict[str, Any]:
        count = len(columns["key"])
        into = Into(self._shapes, columns)
        for made, at in self._groups(columns, count):
            if isinstance(made, Robots):
                into.put(made(SourceRows(columns, np.array(at), len(at) == count), epoch), at)
                continue
            into.keep(at)
            for i in at if isinstance(made, PairRenderer) else ():
                into.word(i, made(columns, i) if isinstance(made, PairRenderer) else None)
        return into.columns()

    def _groups(
        self, columns: Mapping[str, Any], count: int
    ) -> list[tuple[Robots | PairRenderer | None, list[int]]]:
        """Return the positions of the samples of each source, with their renderer; None for samples that stay as they are."""
        if self._only is not None and not self._prompts_alone:
            return [(self._only, list(range(count)))] if count else []
        whose = (
            [self._only] * count
            if self._only is not None
            else [self._made.get(pair) for pair in zip(columns["dataset"], columns["contract"], strict=True)]
        )
        groups: dict[int, tuple[Robots | PairRenderer | None, list[int]]] = {}
        for i, made in enumerate(whose):
            is_kept = (
                self._prompts_alone and isinstance(made, Robots) and columns["task"][i] not in made.single
            )
            one = None if is_kept else made
            groups.setdefault(id(one), (one, []))[1].append(i)
        return list(groups.values())


def _check_alone(asked: Mapping[Whose, Any], source: Stored) -> None:
    """Raise UsageError if the samples of a source cannot be distinguished from the samples of a source in `asked`."""
    if source.whose in asked:
        raise UsageError(
            "the samples of two sources of the mixture cannot be told apart: they have one dataset and one action contract",
            where=source.name,
            hint="Open the sources themselves, or mix them with different contracts.",
        )


def _again(samples: Samples, recipe: Any, seed: int, prompts: str | None, own_images: bool) -> Rerender:
    return Rerender(samples, recipe, seed=seed, prompts=prompts, own_images=own_images)
