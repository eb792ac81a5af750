"""A codec of somebody else: this file is all of it, and one line in the table; convert, verify and open know it then.

value  -> round(value / size), -9..9, of each dimension, size = 1 / per_unit     [0.02, -0.07] -> "dx+2 dy-7"
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

import vladata
from tests.conversion import convert
from tests.rlds_data import write_bridge_like
from tests.robot.test_rederive import forged, with_fields
from vladata.actions.codecs.table import CODECS
from vladata.actions.protocol import Codec
from vladata.actions.settings import Setting, Whole
from vladata.errors import CodecError, ParseError, SpecError
from vladata.robot.rederive import rederive
from vladata.runs.verify import verify
from vladata.shards.storage import open_output
from vladata.spec.read import validate
from vladata.spec.recipe import RecipeSpec

RECIPE = """
name: pinches
tasks:
  action: {prompt: "{instruction}", target: "Go: {action}!"}
action: {codec: pinches, per_unit: 200}
images: {cameras: [primary]}
"""


@dataclass(frozen=True)
class Pinches:
    """Every dimension in nine steps either way, by name; no terminate, no bounds."""

    kind: ClassVar[str] = "pinches"
    settings: ClassVar[Mapping[str, Setting]] = {"per_unit": Whole(100, "Steps a unit.", 1, 1000)}
    maskable: ClassVar[bool] = True
    chunk: ClassVar[int] = 1
    shorter: ClassVar[bool] = False

    per_unit: int
    names: tuple[str, ...]
    grippers: Mapping[str, str]
    statistics: None = None

    @property
    def spelled_names(self):
        return self.names

    @property
    def width(self):
        return len(self.names)

    @property
    def low(self):
        return -self.high

    @property
    def high(self):
        return np.full(len(self.names), 9 / self.per_unit, np.float32)

    @property
    def sources(self):
        return ("nine",) * len(self.names)

    def encode(self, actions, terminate=None):
        return np.clip(np.round(np.asarray(actions) * self.per_unit), -9, 9).astype(np.int32)

    def meant(self, actions):
        return np.clip(actions, self.low, self.high)

    def decode(self, bins):
        return (np.asarray(bins) / self.per_unit).astype(np.float32)

    def texts(self, bins):
        return [" ".join(f"{n}{b:+d}" for n, b in zip(self.names, row, strict=True)) for row in bins.tolist()]

    def text(self, bins):
        return self.texts(bins[np.newaxis])[0]

    def parse(self, text):
        words = text.split(" ")
        if [word[:-2] for word in words] != list(self.names):
            raise ParseError("these are other dimensions", got=text, allowed=" ".join(self.names))
        return np.array([int(word[-2:]) for word in words], np.int32)

    def automaton(self):
        raise NotImplementedError("nobody decodes under it here")

    def tolerance(self):
        return np.full(len(self.names), 0.5 / self.per_unit)

    def to_json(self) -> dict[str, Any]:
        names = {"names": list(self.names), "grippers": dict(self.grippers)}
        return {"codec": self.kind, "per_unit": self.per_unit, **names, "statistics": None}

    @classmethod
    def from_json(cls, part):
        return cls(part["per_unit"], tuple(part["names"]), part["grippers"])

    @classmethod
    def make(cls, settings, names, grippers, statistics, chunk=1, shorter=False):
        return cls(settings["per_unit"], names, grippers)


@pytest.fixture(autouse=True)
def known(monkeypatch):
    """The one line in the table; what was made from the table before is made again."""
    monkeypatch.setitem(CODECS, "pinches", Pinches)
    RecipeSpec.model_rebuild(force=True)
    yield
    monkeypatch.undo()
    RecipeSpec.model_rebuild(force=True)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_bridge_like(tmp_path_factory.mktemp("pinches"), 2, (5, 4))


@pytest.mark.parametrize("fmt", ["webdataset", "tfrecord"])
def test_from_a_recipe_to_the_decoded_action(source, tmp_path, fmt):
    recipe = validate(RecipeSpec, RECIPE, "mine.yaml")
    manifest = convert(source, tmp_path / "out", recipe=recipe, format=fmt)
    assert manifest["contract"]["per_unit"] == 200
    output = open_output(str(tmp_path / "out"))
    assert [str(finding) for finding in (*verify(output), *rederive(output, str(source)))] == []

    dataset = vladata.open(tmp_path / "out")
    codec: Codec = dataset.codec
    assert codec == Pinches(200, dataset.statistics["action"].names, {"gripper": "open_absolute"})
    fields = dataset[0].fields
    numbers = np.clip(np.round(np.array(fields["action"], np.float32) * 200), -9, 9).astype(int).tolist()
    names = ("dx", "dy", "dz", "droll", "dpitch", "dyaw", "gripper")
    spelled = " ".join(f"{name}{number:+d}" for name, number in zip(names, numbers, strict=True))
    assert fields["target"] == f"Go: {spelled}!"
    assert fields["bins"] == numbers
    assert (
        codec.decode(codec.parse(spelled)).tolist() == (np.array(numbers) / 200).astype(np.float32).tolist()
    )


def test_its_own_tolerance_is_what_verify_holds_it_against(source, tmp_path):
    """200 a unit: half a step is 0.0025, which no bin width of another codec is."""
    convert(source, tmp_path / "out", recipe=validate(RecipeSpec, RECIPE, "mine.yaml"), order="source")

    def nudge(samples):
        bins = np.array(samples[0].fields["bins"], np.int32)
        bins[0] += 1 if bins[0] < 9 else -1
        text = f"Go: {vladata.open(tmp_path / 'out').codec.text(bins)}!"
        return [with_fields(samples[0], bins=bins.tolist(), target=text), *samples[1:]]

    forged(tmp_path / "out", nudge)
    found = [str(finding) for finding in rederive(open_output(str(tmp_path / "out")), str(source))]
    assert len(found) == 3
    assert found[2].endswith("from the action; codec pinches allows 0.0025")


def test_features_json_has_its_width(source, tmp_path):
    convert(source, tmp_path / "out", recipe=validate(RecipeSpec, RECIPE, "mine.yaml"), format="tfrecord")
    features = json.loads((tmp_path / "out" / "features.json").read_text())["featuresDict"]["features"]
    assert features["bins"]["tensor"]["shape"] == {"dimensions": ["7"]}


def test_chunks_that_it_does_not_spell_are_refused():
    assert vladata.codec("pinches", chunk=1).chunk == 1
    with pytest.raises(
        CodecError, match="codec pinches cannot spell chunks of this length; got 4; allowed: 1"
    ):
        vladata.codec("pinches", chunk=4)


def test_its_settings_are_held_against_what_it_declares():
    with pytest.raises(SpecError) as caught:
        validate(RecipeSpec, RECIPE.replace("per_unit: 200", "per_unit: 0, bins: 256"), "mine.yaml")
    assert str(caught.value) == (
        "mine.yaml: 2 problems\n"
        "  line 5    action.per_unit  got 0; allowed: 1 or more\n"
        "  line 5    action.bins      unknown key; known: codec, chain, per_unit"
    )
    with pytest.raises(SpecError, match='got "pinch"; did you mean "pinches"\\?'):
        validate(RecipeSpec, RECIPE.replace("codec: pinches", "codec: pinch"), "mine.yaml")
