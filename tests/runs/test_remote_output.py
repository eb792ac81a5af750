"""An output in an object store has the bytes of one in a folder, and goes on like one when it was stopped."""

import fsspec
import pytest

from tests.conversion import convert
from tests.files import files, stored
from tests.rlds_data import write_bridge_like
from vladata.errors import OutputExists, PlanDiffers
from vladata.robot.rederive import rederive
from vladata.robot.run import begin
from vladata.robot.settings import Settings
from vladata.robot.unit import Conversion
from vladata.runs.verify import verify
from vladata.shards.storage import open_output
from vladata.spec import find

SETTINGS = {"split": "train+val", "samples_per_shard": 5, "memory": 60_000}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_bridge_like(tmp_path_factory.mktemp("remote"), 6, (6, 4), val_episodes=2, num_shards=2)


@pytest.fixture
def url(tmp_path):
    return f"memory://{tmp_path.name}/bucket/out"


def settings(source, url, **changes):
    specs = {"spec": find.schema("bridge_dataset"), "recipe": find.recipe("rt2-pali-x")}
    return Settings(str(source), url, **specs, **{**SETTINGS, **changes})


@pytest.mark.parametrize("fmt", ["webdataset", "tfrecord"])
def test_the_same_bytes_as_in_a_folder(fmt, source, url, tmp_path):
    remote = convert(source, url, format=fmt, **SETTINGS)
    local = convert(source, tmp_path / "out", format=fmt, **SETTINGS)
    assert remote == local
    assert len(local["shards"]) > 4
    assert stored(url) == files(tmp_path / "out")


@pytest.mark.parametrize("fmt", ["webdataset", "tfrecord"])
def test_it_is_verified_where_it_is(fmt, source, url):
    convert(source, url, format=fmt, **SETTINGS)
    output = open_output(url)
    assert [*verify(output), *rederive(output, str(source))] == []
    path = next(name for name in output.names() if "-train" in name)
    output.write(path, [output.read(path)[:-1] + b"\x01"])
    assert path in {finding.where for finding in verify(output)}


def test_a_run_that_was_stopped_goes_on(source, url, tmp_path):
    with begin(settings(source, url)) as run:
        convert_unit = Conversion(run.output, run.prepared.job)
        units = list(run.prepared.plan)
        assert run.units == [unit.number for unit in units]
        for unit in units[:2]:
            convert_unit(unit)
    assert not any(name.startswith("manifest") for name in stored(url))
    with begin(settings(source, url)) as run:
        assert run.units == [unit.number for unit in units[2:]]
        run.convert_here()
        run.commit()
    convert(source, tmp_path / "out", **SETTINGS)
    assert stored(url) == files(tmp_path / "out")


def test_a_damaged_shard_is_made_again(source, url):
    with begin(settings(source, url)) as run:
        run.convert_here()
        shard = next(name for name in run.output.names() if name.endswith(".tar"))
        whole = run.output.read(shard)
        run.output.write(shard, [whole[:-1]])
    with begin(settings(source, url)) as run:
        assert len(run.units) == 1
        run.convert_here()
        run.commit()
    assert stored(url)[shard] == whole


def test_another_plan_is_refused(source, url):
    with begin(settings(source, url)):
        pass
    with pytest.raises(PlanDiffers, match=r"layout\.seed: 0 there, 3 here"):
        begin(settings(source, url, seed=3))


def test_a_finished_output_is_refused_and_replaced_when_that_is_asked_for(source, url):
    convert(source, url, **SETTINGS)
    with pytest.raises(OutputExists, match="a finished dataset is here already"):
        begin(settings(source, url))
    with begin(settings(source, url, split="val"), overwrite=True) as run:
        run.convert_here()
        run.commit()
    assert {name.split("/")[0] for name in stored(url) if name.endswith(".tar")} == {"val"}


def test_somebody_elses_files_are_left_alone(source, url):
    fsspec.filesystem("memory").pipe(f"{url.removeprefix('memory:/')}/notes.txt", b"mine")
    with pytest.raises(OutputExists, match="the folder holds files that vladata did not write"):
        begin(settings(source, url), overwrite=True)
    assert stored(url) == {"notes.txt": b"mine"}
