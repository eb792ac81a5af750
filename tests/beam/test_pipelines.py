"""Somebody's own pipeline, as docs/pipelines.md shows it."""

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to

import vladata
from tests.outcome import plainly
from tests.rlds_data import write_bridge_like
from vladata.beam import ConvertUnits, ReadEpisodes
from vladata.beam.running import hire
from vladata.commands.rlds2vla import convert
from vladata.errors import CorruptRecord, UnknownName, WorkerFailed
from vladata.robot.run import begin, index_here
from vladata.robot.settings import Settings
from vladata.robot.sources import open_sources


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_bridge_like(
        tmp_path_factory.mktemp("pipelines"), episodes=5, steps=(8, 5), num_shards=2, val_episodes=2
    )


@pytest.fixture
def pipeline():
    return beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions([]))


def test_standardised_episodes(source, pipeline):
    read = pipeline | ReadEpisodes(str(source), schema="bridge_dataset", split="train[:4]+val")
    seen = read | beam.Map(
        lambda e: (e.id, len(e), e.steps["action"].shape, type(e.steps["images/primary"][0]))
    )
    expected = [
        (e.id, len(e), e.steps["action"].shape, bytes)
        for e in vladata.episodes(source, "bridge_dataset", "train[:4]+val")
    ]
    assert len(expected) == 6
    assert_that(seen, equal_to(expected))
    pipeline.run().wait_until_finish()


def test_raw_episodes(source, pipeline):
    seen = pipeline | ReadEpisodes(str(source)) | beam.Map(lambda e: sorted(e.steps))
    columns = sorted(next(iter(vladata.episodes(source))).steps)
    assert_that(seen, equal_to([columns] * 5))
    pipeline.run().wait_until_finish()


def test_an_unknown_schema_is_refused_before_anything_runs(source):
    with pytest.raises(UnknownName, match='Did you mean "bridge_dataset"'):
        ReadEpisodes(str(source), schema="bridge_datset")


def test_a_damaged_record_stops_the_pipeline(source, tmp_path, pipeline):
    import shutil

    damaged = tmp_path / "bridge_dataset" / "1.0.0"
    shutil.copytree(source, damaged)
    file = next(damaged.glob("*train*00000-of*"))
    data = bytearray(file.read_bytes())
    data[1000] ^= 1
    file.write_bytes(data)
    pipeline | ReadEpisodes(str(damaged))
    with pytest.raises(
        CorruptRecord,
        match=r"tfrecord-00000-of-00002, byte 0: the checksum of a record's data does not match",
    ):
        pipeline.run().wait_until_finish()


def test_units_of_a_conversion(source, tmp_path, pipeline):
    settings = Settings(
        str(source),
        str(tmp_path / "out"),
        vladata.schema("bridge_dataset"),
        vladata.recipe("rt2-pali-x"),
        memory=60_000,
    )
    with begin(settings) as run:
        samples = pipeline | ConvertUnits(run.url, run.units) | beam.Map(lambda receipt: receipt.samples)
        total = samples | beam.CombineGlobally(sum)
        planned = sum(unit.samples for unit in run.prepared.plan)
        assert_that(total, equal_to([planned]))
        pipeline.run().wait_until_finish()
        manifest = run.commit()
    assert manifest.ledger["steps"]["written"] == planned == len(vladata.open(tmp_path / "out"))


def test_a_runner_that_ends_before_the_work_is_done(source, tmp_path, monkeypatch):
    """As Dataflow does when it only makes a template: nothing may be planned from half an index."""
    monkeypatch.setattr("vladata.beam.runners.run_on", lambda build, options: None)
    settings = plainly(source, tmp_path / "out")
    running = hire(beam=("--runner=FnApiRunner",))
    monkeypatch.setenv("VLADATA_CACHE", str(tmp_path / "cache"))
    with pytest.raises(WorkerFailed, match="2 of 2 pieces of its work are not done") as raised:
        convert(settings, running)
    assert raised.value.where == "bridge_dataset-train.tfrecord-00000-of-00002"
    index_here(open_sources(settings))
    with pytest.raises(WorkerFailed, match="1 of 1 pieces") as raised:
        convert(settings, running)
    assert raised.value.where == "unit 0"
