"""The outcome of a conversion, in forms that a test can write down."""

from pathlib import Path
from typing import Any

import orjson

import vladata
from tests.conversion import convert
from vladata.robot.settings import Settings
from vladata.spec import find
from vladata.spec.dataset import DatasetSpec

PLAIN = Path(__file__).parent / "plain.yaml"


def plain() -> DatasetSpec:
    """Every step but the last becomes a sample, and no word is a fault: see plain.yaml."""
    return find.schema(str(PLAIN))


def plainly(source: Path, out: Path, **settings: Any) -> Settings:
    """The settings of such a conversion."""
    return Settings(
        str(source), str(out), **{"spec": plain(), "recipe": find.recipe("rt2-pali-x"), **settings}
    )


def convert_plainly(source: Path, out: Path, **settings: Any) -> dict[str, Any]:
    """Converts with that schema; the manifest."""
    return convert(source, out, **{"spec": plain(), **settings})


def ledger(manifest: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    """(read, written, filtered, rejected) of episodes and steps, and of each reason (outcome, episodes, steps)."""
    found = manifest["ledger"]
    counts = {
        unit: tuple(found[unit][name] for name in ("read", "written", "filtered", "rejected"))
        for unit in ("episodes", "steps")
    }
    return counts | {
        reason: tuple(entry[name] for name in ("outcome", "episodes", "steps"))
        for reason, entry in found["reasons"].items()
    }


def rejected(out: Path) -> list[dict[str, Any]]:
    """The lines of rejected.jsonl."""
    return [orjson.loads(line) for line in (out / "rejected.jsonl").read_bytes().splitlines()]


def samples(out: Path) -> list[tuple[str, int]]:
    """(episode, step) of every sample, sorted; each is read through the index."""
    return sorted((sample.fields["episode"], sample.fields["step"]) for sample in vladata.open(out))
