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


WRONG = {
    "workers must be a whole number; got 0; allowed: 1 to 512": {"workers": 0},
    "workers must be a whole number; got '2'": {"workers": "2"},
    "workers must be a whole number; got 2.5": {"workers": 2.5},
    "limit must be a whole number; got True": {"limit": True},
    "seed must be a whole number; got 9223372036854775808; allowed: 0 to 2": {"seed": 2**63},
    "memory must be a whole number of bytes; got '1GB'": {"memory": "1GB"},
    "split must be text.": {"split": None},
    "check_pictures must be True or False; got 'no'": {"check_pictures": "no"},
    "errata must be text; got {": {"errata": {"a": {"exclude": "bad"}}},
    "fps must be a number; got '10'": {"fps": "10"},
    'there is no option "image_size".\n  It is a key of the recipe. Write': {"image_size": 224},
    'there is no option "spec".': {"spec": "bridge_dataset"},
    "beam= must be a list of options; got '--runner=DirectRunner'": {"beam": "--runner=DirectRunner"},
    "recipe= is of another kind; got 'dict'; allowed: a name, a path, or": {"recipe": {"name": "x"}},
    "schema= is of another kind; got 'CorpusSpec'": {"schema": vladata.corpus("cc3m")},
}


@pytest.mark.parametrize(("says", "options"), WRONG.items())
def test_an_argument_of_the_wrong_type_is_refused_before_anything_is_written(clean, tmp_path, says, options):
    with pytest.raises(UsageError) as caught:
        vladata.convert(clean, tmp_path / "out", **{**ROBOT, **options})
    assert says in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_places_of_the_wrong_type(clean, tmp_path):
    for source, out in ((None, tmp_path), (clean, None), ([None], tmp_path)):
        with pytest.raises(UsageError, match=r"(source|out)= must be a path; allowed: text or a path"):
            vladata.convert(source, out, **ROBOT)
    with pytest.raises(UsageError, match="out= is empty"):
        vladata.convert(clean, "", **ROBOT)
    with pytest.raises(UsageError, match=r"places= must be a map; got \['x'\]"):
        vladata.mix(tmp_path / "mix", "rt2-pali-x", ["x"])


def test_one_path_may_stand_where_several_may(web, tmp_path):
    """And is not taken for a list of its letters."""
    with pytest.raises(UsageError, match="duplicate_elsewhere leaves nothing"):
        vladata.convert(
            web / "in", tmp_path / "out", corpus="cc3m", recipe="rt2-pali-x", without=str(web / "out")
        )


def test_a_commit_before_the_units(clean, tmp_path):
    with vladata.begin(clean, tmp_path / "out", **ROBOT) as run:
        with pytest.raises(
            vladata.errors.ChecksumMismatch, match="unit 0 is not done: its receipt"
        ) as caught:
            run.commit()
        assert caught.value.where == str(tmp_path / "out")
        run.convert_here()
        assert run.commit().samples == 20
