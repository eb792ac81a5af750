"""Texts of a sample that name places (boxes, points, traces), written again with the coordinates on the loaded picture.

A place is found with the template that wrote its text (language/target.py), which the manifest keeps, mapped through the cut and
resize of the picture (moved.py), and written in its old form (language/coordinates.py). A crop that would cut a place off is
drawn again, up to 10 times; then the sample is not cropped. A picture with named places is not turned.

If whole pictures are stretched and places are written as shares of their sides, texts stay as they are. Free text without a
template (notes of annotations, answers of web corpora) is not understood: if pictures are cut, padded or turned, text that looks
like coordinates is refused.
"""

import re
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from vladata.errors import ParseError, UnfitRecord, UsageError
from vladata.image_kinds import Size
from vladata.language.coordinates import BETWEEN, read_back, spelled
from vladata.language.prompts import pieces, placeholders
from vladata.language.target import Target
from vladata.language.tasks.places import POINTED
from vladata.loaders.pictures.moved import Moved
from vladata.shards.manifest import Manifest
from vladata.spec.loading import LoadRule

if TYPE_CHECKING:  # it makes models of pydantic, and most loops have no augmentation
    from vladata.spec.augment import Augment

PROMPT, TARGET = "prompt", "target"
LOOKS_LIKE_PLACES = re.compile(r"<loc\d{4}>|[\[(]\s*\d+(\.\d+)?\s*,\s*\d+(\.\d+)?\s*[,\])]")
NUMBERS, LOCS = r"\d+(?: \d+)+", r"(?:<loc\d{4}>)+"
SPELLED = {
    is_loc: re.compile(f"{one}(?:{BETWEEN}{one})*") for is_loc, one in ((False, NUMBERS), (True, LOCS))
}
HINT = "Load such a dataset without random_resized_crop and rotate, and with fit: stretch and crop_area: 1."
Columns = MutableMapping[str, Any]


@dataclass(frozen=True, slots=True)
class PlaceText:
    """A text that names places. column: "prompt" or "target".   parts: name of a place in the template -> the text there."""

    column: str
    template: Target
    parts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NamedPlaces:
    """The places on a picture that a sample's texts name. camera: the name of the picture.   form: the spelling of places."""

    camera: str
    form: str
    texts: tuple[PlaceText, ...]

    def points(self, size: Size) -> np.ndarray:
        """Return float64 [N, 2] (y, x), in pixels of the stored picture, whose height and width are `size`. Raises
        UnfitRecord."""
        groups = [
            group for text in self.texts for _, spoken in _pointed(text) for group in self._read(spoken, size)
        ]
        return np.array([point for group in groups for point in group], np.float64).reshape(-1, 2)

    def spelled(self, moved: Moved) -> dict[str, str]:
        """Return column -> the text for the loaded picture."""
        made = {}
        for text in self.texts:
            new = {name: self._again(spoken, moved) for name, spoken in _pointed(text)}
            made[text.column] = text.template.render({**text.parts, **new})
        return made

    def _again(self, spoken: str, moved: Moved) -> str:
        groups = [np.array(group) for group in self._read(spoken, moved.recorded)]
        there = [[(y, x) for y, x in moved.forward(group).tolist()] for group in groups]
        return BETWEEN.join(spelled(points, moved.size, self.form) for points in there)

    def _read(self, spoken: str, size: Size) -> list[list[tuple[float, float]]]:
        try:
            return read_back(spoken, size, self.form)
        except ParseError as fault:
            raise UnfitRecord("unsayable", fault.what, where=self.camera, got=spoken, hint=HINT) from None


def _pointed(text: PlaceText) -> Iterator[tuple[str, str]]:
    return ((name, part) for name, part in text.parts.items() if name in POINTED)


@dataclass(frozen=True, slots=True)
class _Wording:
    """The templates of a task in one recipe, including templates without places: a text may come from any of them."""

    camera: str
    form: str
    prompts: tuple[Target, ...]
    target: Target

    def read(self, prompt: str, target: str) -> Iterator[NamedPlaces]:
        """Yield the places for each pair of templates by which this recipe may have written prompt and target."""
        for said in self._parsed(TARGET, self.target, target):
            for asked in (found for each in self.prompts for found in self._parsed(PROMPT, each, prompt)):
                texts = tuple(text for text in (asked, said) if any(_pointed(text)))
                yield NamedPlaces(self.camera, self.form, texts)

    def _parsed(self, column: str, template: Target, text: str) -> Iterator[PlaceText]:
        try:
            parts = {name: part.text for name, part in template.parse(text).items()}
        except ParseError:
            return
        found = PlaceText(column, template, parts)
        if all(SPELLED[self.form == "loc"].fullmatch(spoken) for _, spoken in _pointed(found)):
            yield found


class Following:
    """A corrector of texts: it finds the places in samples of one output, and writes their new coordinates."""

    def __init__(
        self,
        words: Mapping[str, Sequence[Mapping[str, Any]]],
        contracts: Mapping[str, Mapping[str, Any]],
        rule: LoadRule,
        augment: "Augment | None" = None,
    ) -> None:
        """Read the templates. words: digest of a contract -> the words of its samples, in the form of a manifest's `prompts`.

        contracts: by digest. Raises UsageError, which names the task, if places cannot be found by its templates."""
        crops = augment is not None and (augment.random_resized_crop or augment.rotate)
        self._moves = bool(crops or rule.fit != "stretch" or rule.crop_area != 1)
        self._wordings: dict[tuple[str, str], list[_Wording]] = {}
        resizes = self._moves or rule.target is not None
        for digest, recipes in words.items():
            for recipe in recipes:
                for task, worded in recipe["tasks"].items():
                    form = worded.get("settings", {}).get("coordinates", "")
                    if form and (self._moves or (resizes and form == "pixels")):
                        wording = _wording(task, worded, form, contracts[digest])
                        self._wordings.setdefault((digest, task), []).append(wording)

    @classmethod
    def of(cls, manifest: Manifest, rule: LoadRule, augment: "Augment | None" = None) -> "Following":
        """Return the corrector for an output whose texts are loaded as they were written."""
        words = {digest: each.prompts for digest, each in manifest.part.contracted.items()}
        return cls(words, manifest.contracts, rule, augment)

    @property
    def is_idle(self) -> bool:
        """True if no text of any sample can need a change."""
        return not self._moves and not self._wordings

    def places(self, columns: Mapping[str, Any], i: int) -> NamedPlaces | None:
        """Return the places that the texts of sample i of a batch name; None if they name no places.

        Raises UnfitRecord if they may name places in a way that is not understood."""
        prompt, target = columns[PROMPT][i], columns[TARGET][i]
        wordings = self._wordings.get((columns["contract"][i], columns["task"][i]))
        if wordings is None:
            if self._moves:
                _refuse_free(prompt, target)
            return None
        found: dict[Any, NamedPlaces] = {}
        for wording in wordings:
            for each in wording.read(prompt, target):
                told = [(text.column, sorted(_pointed(text))) for text in each.texts]
                found[each.camera, each.form, str(told)] = each
        if len(found) != 1:
            what = (
                "the places of the sample cannot be read from its texts"
                if not found
                else "its texts can be read in several ways"
            )
            raise UnfitRecord("unsayable", what, where=TARGET, got=target, hint=HINT)
        (one,) = found.values()
        if self._moves:
            for text in one.texts:
                _refuse_free(
                    *(part for name, part in text.parts.items() if name not in (*POINTED, "action", "state"))
                )
        return one if one.texts else None

    def write(self, columns: Columns, i: int, found: NamedPlaces, moved: Moved) -> None:
        """Replace the texts of sample i with the texts for the loaded picture."""
        for column, text in found.spelled(moved).items():
            columns[column][i] = text


def _wording(task: str, worded: Mapping[str, Any], form: str, contract: Mapping[str, Any]) -> _Wording:
    for template in (*worded["prompts"], worded["target"]):
        parts = [is_place for is_place, _ in pieces(template)]
        if set(POINTED) & set(placeholders(template)) and any(
            one and other for one, other in pairwise(parts)
        ):
            raise UsageError(
                f"task {task} names places that cannot be read back from its text: no text stands between two words in braces",
                got=template,
                hint=HINT,
            )
    cameras = worded.get("cameras", contract["images"]["cameras"])
    prompts = tuple(map(Target, worded["prompts"]))
    return _Wording(cameras[0] if cameras else "", form, prompts, Target(worded["target"]))


def _refuse_free(*texts: str) -> None:
    for text in texts:
        if ("<loc" in text or "," in text) and (place := LOOKS_LIKE_PLACES.search(text)):
            raise UnfitRecord(
                "unsayable",
                "the text seems to name places on the picture, which a crop, padding or turn moves",
                where="text",
                got=text[max(0, place.start() - 20) : place.end() + 20],
                hint=HINT,
            )
