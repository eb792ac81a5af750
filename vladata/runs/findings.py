"""What a check found: a value, so that whoever asked decides what follows from it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One fault. where: file, sample or field.   says: what is wrong, with got and expected."""

    where: str
    says: str

    def __str__(self) -> str:
        return f"{self.where}: {self.says}"
