"""What is known about the past and the rules, as data files with their sources. Read once."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Gap:
    """A list of laureates that is not, or not wholly, publicly known. `year` and `total` may be None."""

    kind: str
    year: int | None
    edition: str
    known: int
    total: int | None
    note: str

    def __str__(self):
        count = f"{self.total}家中公开可查{self.known}家，" if self.total else ""
        return f"{self.edition}{self.kind}：{count}{self.note}。"


@dataclass(frozen=True)
class Condition:
    """One sentence of the award's own measure, with the document it stands in."""

    heading: str
    text: str
    document: str


@cache
def gaps() -> tuple[Gap, ...]:
    """Every known gap in the public record, in the order of the file."""
    return tuple(
        Gap(
            kind=row["kind"],
            year=int(row["year"]) if row["year"] else None,
            edition=row["edition"],
            known=int(row["known"]),
            total=int(row["total"]) if row["total"] else None,
            note=row["note"],
        )
        for row in _rows("gaps.csv")
    )


@cache
def conditions() -> tuple[Condition, ...]:
    """What the award's measure says about who may apply, and what it does not cost."""
    return tuple(Condition(**row) for row in _rows("conditions.csv"))


def _rows(name):
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
