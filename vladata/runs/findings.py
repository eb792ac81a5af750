"""One fault of an output as a value: the caller of a check decides what to do about it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One fault of an output. where: file, sample or field.   says: the fault, with the found and the expected value."""

    where: str
    says: str

    def __str__(self) -> str:
        return f"{self.where}: {self.says}"
