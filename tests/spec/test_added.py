"""Operations of other packages, installed as pip installs them: in schemas, their JSON Schema, conversions and the ledger."""

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import vladata
from tests.rlds_data import write_bridge_like
from vladata.errors import PluginError, SourceError, SpecError
from vladata.plugins import PluginTable
from vladata.sources.misfits import require_fit
from vladata.sources.readers import open_source
from vladata.spec import operations
from vladata.spec.added import AddedColumns, wrong
from vladata.spec.dataset import ActionChain, Actions, DatasetSpec
from vladata.spec.json_schema import json_schema
from vladata.spec.operations import OURS
from vladata.spec.read import validate

ROOT = Path(__file__).resolve().parent.parent.parent
CODE = '''
from typing import Literal

import numpy as np

from vladata.spec.added import AddedColumns, AddedCut
from vladata.spec.references import AnyReference


class Twist(AddedColumns):
    """Every column times a number, turned round."""

    op: Literal["twist"]
    times: float = 1.0
    """What each column is multiplied by."""

    def apply(self, x):
        return x[:, ::-1] * self.times


class Between(AddedCut):
    """Steps in which a column lies within two others."""

    op: Literal["between"]
    of: AnyReference
    low: AnyReference
    most: float

    def reads(self):
        return [(("of",), self.of), (("low",), self.low)]

    def keep(self, x, low):
        return ((x >= low) & (x <= self.most)).all(axis=1)


class Writes(Twist):
    op: Literal["writes"]

    def apply(self, x):
        x[:] = 0
        return x


class Short(Twist):
    op: Literal["short"]

    def apply(self, x):
        return x[1:]


class Words(Twist):
    op: Literal["words"]

    def apply(self, x):
        return np.full(x.shape, "x")


class Indices(Between):
    op: Literal["indices"]

    def keep(self, x, low):
        return np.arange(len(x))
'''
NAMES = ("twist:Twist", "between:Between", "writes:Writes", "short:Short", "words:Words", "indices:Indices")
HEAD = """name: mine
robot: WidowX
control_frequency_hz: 5
cameras: {primary: observation/image_0}
language: {path: language_instruction}
actions:
  default: added
  chains:
    added:
      gripper: none
      names: [a, b]
      operations:
"""
TAIL = """        - {op: concat, of: [$t]}
terminate: {path: is_terminal, form: flag}
"""
TWIST = '        - {op: twist, in: "action[0:2]", out: $t, times: -2}\n'
BETWEEN = '        - {op: between, of: "action[0]", low: "action[1]", most: 0.5}\n'


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder with an installed package: its module, and its metadata."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "twisting.py").write_text(CODE)
    info = folder / "twisting-2.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: twisting\nVersion: 2.1\n")
    entries = [f"{name} = twisting:{kind}" for name, kind in (each.split(":") for each in NAMES)]
    (info / "entry_points.txt").write_text("\n".join(["[vladata.operations]", *entries]) + "\n")
    return folder


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_bridge_like(tmp_path_factory.mktemp("source"), 2, (6, 5))


@pytest.fixture
def known(site, monkeypatch):
    """The package installed for this process, and the models that are made from the table made anew."""
    monkeypatch.syspath_prepend(str(site))
    table = PluginTable("operation", "vladata.operations", OURS, wrong)
    monkeypatch.setattr(operations, "OPERATIONS", table)
    made_anew()
    yield table
    monkeypatch.undo()
    made_anew()
    del sys.modules["twisting"]


def made_anew():
    for model in (ActionChain, Actions, DatasetSpec):
        model.model_rebuild(force=True)


def checked(text):
    return validate(DatasetSpec, text, "mine.yaml")


def test_from_a_schema_to_samples(site, source, tmp_path):
    """In processes of their own: they find the package as any program does, and know nothing of this one."""
    mine, out = tmp_path / "mine.yaml", tmp_path / "out"
    mine.write_text(HEAD + BETWEEN + TWIST + TAIL)
    environment = {
        "PYTHONPATH": f"{site}:{ROOT}",
        "PATH": "/usr/bin:/bin",
        "VLADATA_CACHE": str(tmp_path / "cache"),
    }

    def said(*arguments):
        command = [sys.executable, "-m", "vladata.cli.main", *map(str, arguments)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stderr

    converting = (source, out, "--schema", mine, "--recipe", "rt2-pali-x", "--workers", "2")
    assert said("convert", "rlds2vla", *converting)[0] == 0
    assert said("verify", out, "--source", source) == (0, "")
    expected, cut = {}, 0
    for episode in vladata.episodes(source):
        action = np.asarray(episode.steps["action"])
        for t in range(len(action)):
            if not action[t, 1] <= action[t, 0] <= 0.5:
                cut += 1
            elif t < len(action) - 1:  # the last RLDS step has no action
                expected[episode.id, t] = (action[t, [1, 0]] * -2).tolist()
    found = {
        (sample.fields["episode"], sample.fields["step"]): np.float32(sample.fields["action"]).tolist()
        for sample in vladata.open(out)
    }
    assert found == expected
    assert 0 < len(expected) < 9
    reasons = vladata.open(out).manifest.ledger["reasons"]
    assert reasons["between(of=action[0], low=action[1], most=0.5)"]["steps"] == cut


def test_what_it_is_told_is_checked_as_ours_is(known):
    assert list(known) == [*OURS, *sorted(name.split(":")[0] for name in NAMES)]
    spec = checked(HEAD + BETWEEN + TWIST + TAIL)
    assert DatasetSpec.model_validate(spec.model_dump(mode="json")) == spec
    assert pickle.loads(pickle.dumps(spec)) == spec
    assert [path for path, _ in spec.references() if "operations" in path] == [
        "actions.chains.added.operations[0].of",
        "actions.chains.added.operations[0].low",
        "actions.chains.added.operations[1].in",
        "actions.chains.added.operations[2].of[0]",
    ]
    with pytest.raises(SpecError) as caught:
        checked(HEAD + TWIST.replace("times: -2", "times: two").replace("in:", "inn:") + TAIL)
    assert 'operations[0].times  got "two"; allowed: a number' in str(caught.value)
    assert 'operations[0].inn    unknown key; did you mean "in"?' in str(caught.value)
    with pytest.raises(SpecError, match=r'got "twits"; did you mean "twist"\? \(one of 24\)'):
        checked(HEAD + TWIST.replace("twist", "twits") + TAIL)


def test_without_the_package_it_is_unknown():
    with pytest.raises(SpecError, match=r'operations\[0\].op  got "twist"'):
        checked(HEAD + TWIST + TAIL)


def test_the_json_schema_has_it(known):
    found = json_schema(DatasetSpec)["$defs"]["Twist"]
    assert found["properties"]["op"]["const"] == "twist"
    assert found["properties"]["times"]["description"] == "What each column is multiplied by."
    assert set(found["required"]) == {"op", "in", "out"}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (
            TWIST.replace("twist", "writes"),
            "the operation writes of another package failed; got 'ValueError: assignment destination is read-only'",
        ),
        (
            TWIST.replace("twist", "short"),
            "the operation short of another package returned a wrong result; got 'float32 [7, 2]'; allowed: numbers [8, columns]",
        ),
        (TWIST.replace("twist", "words"), "returned a wrong result; got '<U1 [8, 2]'"),
        (
            BETWEEN.replace("between", "indices") + TWIST,
            "got 'int64 [8]'; allowed: bool [8], one for each step",
        ),
    ],
)
def test_what_breaks_a_promise_is_told_before_anything_is_read(known, source, line, says):
    """By the episode that is made after features.json, which schemas check, index, doctor and convert try first."""
    with pytest.raises(SourceError) as caught:
        require_fit(checked(HEAD + line + TAIL), open_source(source), None)
    assert says in str(caught.value)


def test_an_episode_without_steps_that_are_left(known, source):
    """As after a filter that keeps none."""
    none = '        - {op: filter_steps, drop: [{path: "action[0]", test: gt, value: -9}]}\n'
    found = list(vladata.episodes(source, checked(HEAD + none + BETWEEN + TWIST + TAIL)))
    assert [episode.steps["action"].shape for episode in found] == [(0, 2)] * 2


def test_commands_are_not_integrated_after_a_cut(known):
    late = '        - {op: rel2abs_gripper, in: "action[6]", out: $t}\n'
    with pytest.raises(SpecError, match="runs after between: commands in the dropped steps are lost"):
        checked(HEAD.replace("[a, b]", "[a]") + BETWEEN + late + TAIL)


@pytest.mark.parametrize(
    ("name", "found", "says"),
    [
        ("cast", 3, "expected a subclass of vladata.spec.added.AddedColumns or AddedCut, got int"),
        (
            "cast",
            OURS["cast"],
            "expected a subclass of vladata.spec.added.AddedColumns or AddedCut, got Cast",
        ),
    ],
)
def test_what_is_no_operation_is_told_why(name, found, says):
    assert wrong(name, found) == says


def test_a_class_that_lacks_something(known):
    twist = known["twist"]

    class Nothing(AddedColumns):
        op: str

    assert wrong("twist", twist) == wrong("between", known["between"]) == ""
    assert wrong("turn", twist) == 'Twist must declare op: Literal["turn"], the name of the entry point'
    assert wrong("idle", Nothing) == "Nothing lacks apply"


def test_a_name_of_ours_is_not_taken_by_another_silently(tmp_path, monkeypatch):
    info = tmp_path / "bad-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: bad\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[vladata.operations]\ncast = bad:Cast\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(PluginError) as caught:
        list(PluginTable("operation", "vladata.operations", OURS, wrong))
    assert caught.value.what == (
        'an operation called "cast" is offered twice: by vladata itself, and by bad 1.0 (bad:Cast)'
    )
