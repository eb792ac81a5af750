"""Read the parts of an output that are needed to compare it with its source."""

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import numpy as np
import orjson
from pydantic import BaseModel

from vladata.errors import OutputError
from vladata.fields import Field
from vladata.keys import SampleId
from vladata.records import Sample
from vladata.shards.manifest import Manifest
from vladata.shards.naming import MANIFEST, REJECTED
from vladata.shards.storage import Output

Spec = TypeVar("Spec", bound=BaseModel)


def spec_of(manifest: Manifest, part: str, model: type[Spec]) -> Spec:
    """Return a spec from the manifest's part. Raises OutputError if it is of another version."""
    try:
        return model.model_validate_json(orjson.dumps(getattr(manifest.part, part)))
    except ValueError as fault:
        raise OutputError(
            f"this version of vladata cannot read the output's {part}",
            where=f"{MANIFEST}, {part}",
            got=f"written by version {manifest.created_by.version}",
            hint="Verify it with the version that wrote it, or convert again.",
        ) from fault


class LeftOut:
    """The samples in rejected.jsonl of an output. A line names a sample, or a step without a task: all samples of that step."""

    def __init__(self, output: Output) -> None:
        self._samples: set[SampleId] = set()
        self._steps: set[tuple[str, int]] = set()
        self._some: set[tuple[str, int]] = set()  # the steps of the samples
        for line in map(orjson.loads, (output.read(REJECTED) or b"").splitlines()):
            if task := line.get("task"):
                self._samples.add(SampleId(line["episode"], line["step"], task))
                self._some.add((line["episode"], line["step"]))
            else:
                self._steps.add((line["episode"], line["step"]))

    def step(self, episode: str, step: int) -> bool:
        """Return True if a step (an episode, if `step` is WHOLE) is left out with all its samples."""
        return (episode, step) in self._steps

    def any(self, episode: str, step: int) -> bool:
        """Return True if a step is left out, or one of its samples: a pair of a corpus has one sample."""
        return self.step(episode, step) or (episode, step) in self._some

    def sample(self, sample: SampleId) -> bool:
        """Return True if a sample is left out, alone or with its step."""
        return sample in self._samples or self.step(sample.episode, sample.step)


def differences(sample: Sample, expected: Sample, fields: Iterable[Field[Any]]) -> Iterator[str]:
    """Yield the differences of a stored sample from the one of the source: fields to the last digit, images to the last byte.

    fields: those of every sample of the output.
    """
    absent = [name for name in expected.fields if name not in sample.fields]
    if absent:
        yield f"it has no {', '.join(absent)}"
        return
    for field in fields:
        found, value = sample.fields[field.name], expected.fields[field.name]
        if not field.same(found, value):
            value = value.tolist() if isinstance(value, np.ndarray) else value
            yield f"{field.name} is {found!r}, but the source gives {value!r}"
    for camera in dict.fromkeys([*expected.images, *sample.images]):
        if bytes(sample.images.get(camera, b"")) != bytes(expected.images.get(camera, b"")):
            yield f"the {camera} image differs from the source's"
