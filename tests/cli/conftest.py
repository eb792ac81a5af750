"""The command line in this process: the exit code, and what went to standard output and standard error."""

from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from vladata.cli.main import _run


@dataclass(frozen=True)
class Said:
    """What a command ended with, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON object; it holds nothing else."""
        value = orjson.loads(self.out)
        assert isinstance(value, dict)
        return value


@pytest.fixture
def run(capfd):
    """Runs `vladata ARGUMENTS`; capfd sees what worker processes print, too."""

    def call(*arguments: object) -> Said:
        code = _run([str(argument) for argument in arguments])
        return Said(code, *capfd.readouterr())

    return call
