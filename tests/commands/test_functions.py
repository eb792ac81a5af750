"""vladata.convert, begin, mix and verify: what the commands do, from a program."""

import logging
import shutil

import pytest

import vladata
from tests.files import snapshot
from tests.outcome import PLAIN
from tests.web.made import shards
from vladata.errors import UnknownName, UsageError

ROBOT = {"schema": str(PLAIN), "recipe": "rt2-pali-x"}


@pytest.fixture(scope="module")
def robot(clean, tmp_path_factory):
    out = tmp_path_factory.mktemp("robot") / "out"
    with vladata.begin(clean, out, **ROBOT, samples_per_shard=5) as run:
        run.convert_here()
        manifest = run.commit()
    assert (manifest.kind, manifest.samples) == ("robot", 20)
    return out


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    folder = tmp_path_factory.mktemp("web")
    source = shards(folder / "in", 12)
    with vladata.begin([str(source)], folder / "out", corpus="cc3m", recipe="rt2-pali-x") as run:
        run.convert_here()
        assert run.commit().kind == "web"
    return folder


def test_convert_gives_the_bytes_of_a_loop(robot, clean, tmp_path):
    manifest = vladata.convert(clean, tmp_path / "out", **ROBOT, samples_per_shard=5, workers=2)
    assert snapshot(tmp_path / "out") == snapshot(robot)
    assert manifest.digest == vladata.open(robot).manifest.digest


def test_specs_may_be_given_instead_of_their_names(robot, clean, tmp_path):
    specs = {"schema": vladata.schema(str(PLAIN)), "recipe": vladata.recipe("rt2-pali-x")}
    with vladata.begin(str(clean), str(tmp_path / "out"), **specs, samples_per_shard=5) as run:
        run.convert_here()
        run.commit()
    assert snapshot(tmp_path / "out") == snapshot(robot)


def test_verify_gives_findings(robot, clean, web):
    assert vladata.verify(robot) == vladata.verify(robot, clean) == []
    assert vladata.verify(web / "out", [web / "in"]) == []


def test_a_damaged_file_is_a_finding(robot, tmp_path):
    out = shutil.copytree(robot, tmp_path / "out")
    (out / "README.md").write_text("other words")
    assert [finding.where for finding in vladata.verify(out)] == ["README.md"]


@pytest.mark.parametrize("materialize", [False, True])
def test_mix(robot, web, tmp_path, materialize, caplog):
    (tmp_path / "mine.yaml").write_text(
        "name: mine\nweights: shares\nepoch: 64\nsources: {robot: 1, captions: 1}\n"
    )
    places = {"robot": robot, "captions": web / "out"}
    with caplog.at_level(logging.WARNING, logger="vladata"):
        manifest = vladata.mix(tmp_path / "out", str(tmp_path / "mine.yaml"), places, materialize=materialize)
    assert (manifest.kind, manifest.part.samples, len(manifest.shards)) == ("mixture", 64, int(materialize))
    assert vladata.verify(tmp_path / "out") == []
    assert len(vladata.open(tmp_path / "out")) == 64


@pytest.mark.parametrize(
    ("specs", "says"),
    [
        ({}, "a conversion has either a schema or a corpus; got 'schema=None, corpus=None'"),
        ({"schema": "bridge_dataset", "corpus": "cc3m"}, "a conversion has either a schema or a corpus"),
        (
            {"schema": "bridge_dataset", "memmory": 1},
            'there is no option "memmory".\n  Did you mean "memory"?',
        ),
        ({"corpus": "cc3m", "measured": "train"}, 'there is no option "measured"'),
    ],
)
def test_what_is_asked_wrongly_is_said(specs, says, tmp_path):
    with pytest.raises(UsageError) as caught:
        vladata.convert("in", tmp_path / "out", recipe="rt2-pali-x", **specs)
    assert says in str(caught.value)


def test_two_folders_are_no_robot_dataset(tmp_path):
    with pytest.raises(UsageError, match="a robot dataset is one folder; got '2 places'; allowed: one"):
        vladata.convert(["a", "b"], tmp_path / "out", **ROBOT)


def test_an_unknown_schema_offers_the_nearest(tmp_path):
    with pytest.raises(UnknownName, match='Did you mean "bridge_dataset"'):
        vladata.begin("in", tmp_path / "out", schema="bridge_datset", recipe="rt2-pali-x")
