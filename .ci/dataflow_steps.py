"""What dataflow.py runs in its fresh environment: `python dataflow_steps.py STEP FOLDER WHEEL SOURCE SCHEMA`."""

import json
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.internal import pickler
from apache_beam.portability.api import beam_runner_api_pb2 as api
from vladata.pipelines import index, units

import vladata
from vladata.beam.runners import pipeline_with
from vladata.robot.job import Job as RobotJob
from vladata.robot.run import begin
from vladata.robot.settings import Settings
from vladata.robot.sources import open_sources
from vladata.runs.job_file import opened

PARDO = "beam:transform:pardo:v1"


class Job:
    """One conversion, step by step."""

    def __init__(self, folder: str, wheel: str, source: str, schema: str) -> None:
        self.folder, self.wheel = Path(folder), Path(wheel)
        specs = vladata.schema(schema), vladata.recipe("rt2-pali-x")
        self.settings = Settings(source, f"{folder}/out", *specs)

    def submit_index(self) -> None:
        sources = open_sources(self.settings)
        missing = sources.unindexed()
        assert missing
        self._submit(
            "index", partial(index.build, indexing=sources.indexing, cache=sources.cache, files=missing)
        )

    def work_index(self) -> None:
        dofn = self._dofn("index", "Index")
        self._work(dofn, dofn.indexing.source.shards("train"))

    def submit_convert(self) -> None:
        with begin(self.settings, index=self._indexed) as run:
            self._submit(
                "convert", partial(units.build, open_units=run.open_units, url=run.url, units=run.units)
            )

    def work_convert(self) -> None:
        dofn = self._dofn("convert", "Convert")
        self._work(dofn, range(len(opened(dofn.url, RobotJob.from_json)[2])))

    def commit(self) -> None:
        with begin(self.settings, index=self._indexed) as run:
            assert run.units == [], "the workers left units undone"
            manifest = run.commit()
        demo = json.loads((Path(self.settings.source).parents[2] / "vla" / "manifest.json").read_text())
        assert manifest.as_json()["shards"] == demo["shards"], (
            "a Dataflow worker and FnApiRunner wrote different shards"
        )
        print(f"{manifest.samples} samples, as the demo has them")

    @staticmethod
    def _indexed(sources: Any) -> None:
        assert not sources.unindexed(), "the workers left files unindexed"

    def _submit(self, name: str, build: Callable[[beam.Pipeline], Any]) -> None:
        folder = self.folder / name
        folder.mkdir()
        options = {
            "runner": "DataflowRunner",
            "project": "nobody",
            "region": "nowhere",
            "job_name": name,
            "extra_package": self.wheel,
            "dataflow_endpoint": "http://localhost:1",  # nobody listens there
            "staging_location": folder,
            "temp_location": folder / "temp",
            "template_location": folder / "job.json",
        }
        pipeline = pipeline_with([*(f"--{key}={value}" for key, value in options.items()), "--no_auth"])
        build(pipeline)
        pipeline.run()
        packages = json.loads((folder / "job.json").read_text())["environment"]["workerPools"][0]["packages"]
        assert self.wheel.name in [package["name"] for package in packages], packages
        assert (folder / self.wheel.name).read_bytes() == self.wheel.read_bytes()

    def _dofn(self, name: str, step: str) -> Any:
        """The DoFn of a step of the staged graph."""
        graph = api.Pipeline.FromString((self.folder / name / "pipeline.pb").read_bytes())
        transforms = graph.components.transforms.values()
        (found,) = (t for t in transforms if t.spec.urn == PARDO and t.unique_name.endswith(f"/{step}"))
        return pickler.loads(api.ParDoPayload.FromString(found.spec.payload).do_fn.payload)[0]

    @staticmethod
    def _work(dofn: Any, elements: Iterable[Any]) -> None:
        dofn.setup()
        for element in elements:
            list(dofn.process(element))


if __name__ == "__main__":
    getattr(Job(*sys.argv[2:]), sys.argv[1])()
